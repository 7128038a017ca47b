using System.Text.Json.Serialization;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>The effects that have started under one budget, within its window.</summary>
[Stored("budgets")]
internal sealed record BudgetRecord : IRecord
{
    /// <summary>So many are kept each by itself. Of more, those that began within a part of the window are one: a record does not grow with its budget.</summary>
    private const int KeptApart = 32;

    public required string Id { get; init; }

    public long Version { get; init; }

    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<Spending> Spent { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();

    /// <summary>What still counts.</summary>
    public static List<Spending> Within(BudgetRecord? stored, DateTimeOffset now, TimeSpan window) => [.. (stored?.Spent ?? []).Where(spending => spending.At > now - window)];

    /// <summary>With one effect more. Where several are one, they count until the last of them does not any more: never too few.</summary>
    public static BudgetRecord With(string id, BudgetRecord? stored, DateTimeOffset at, DateTimeOffset now, TimeSpan window)
    {
        var spent = Within(stored, now, window);
        if (spent.Count >= KeptApart && spent[^1] is var last && at - (last.Since ?? last.At) <= window / KeptApart)
            spent[^1] = new Spending(at > last.At ? at : last.At) { Since = last.Since ?? last.At, Count = last.Count + 1 };
        else
            spent.Add(new Spending(at));
        return new BudgetRecord { Id = id, Version = stored?.Version ?? 0, Spent = spent };
    }
}

/// <param name="At">When it began; of several, the last.</param>
internal sealed record Spending(DateTimeOffset At)
{
    /// <summary>When the first of several began; null when it is one.</summary>
    public DateTimeOffset? Since { get; init; }

    public int Count { get; init; } = 1;
}

/// <summary>Budgets are consumed when an effect starts, in the same commit as its intent; never by asking.</summary>
internal sealed class Budgets(IStore store, GateOptions options, TimeProvider time)
{
    /// <summary>The changes that spend one effect of every budget that covers it, or the refusal of the first that is used up.</summary>
    /// <param name="action">The name of an action, or of a tool of another server.</param>
    public async Task<(IReadOnlyList<Change> Changes, Refusal? Refusal)> SpendAsync(
        string action, Risk risk, string caller, string connection, CancellationToken cancellationToken)
    {
        var changes = new List<Change>();
        foreach (var rule in options.BudgetsInForce.Where(rule => rule.Covers(action, risk)))
        {
            var (change, refusal) = await SpendAsync(rule, rule.Per == BudgetScope.Caller ? caller : connection, cancellationToken);
            if (refusal is not null)
                return ([], refusal);
            changes.Add(change!);
        }

        return (changes, null);
    }

    /// <summary>Counts an effect that the audit log knows and a store restored from before does not; over the limit or not.</summary>
    /// <param name="action">The name of an action, or of a tool of another server.</param>
    /// <param name="risk">Null when nobody knows it any more: then it counts for the budgets of every risk.</param>
    public async Task RecallAsync(string action, Risk? risk, string caller, string connection, DateTimeOffset at, CancellationToken cancellationToken)
    {
        foreach (var rule in options.BudgetsInForce.Where(rule => rule.Covers(action, risk) && at > time.GetUtcNow() - rule.Window))
        {
            var id = IdOf(rule, rule.Per == BudgetScope.Caller ? caller : connection);
            await store.CommitAsync([Change.Revise<BudgetRecord>(id, stored => BudgetRecord.With(id, stored, at, time.GetUtcNow(), rule.Window))], cancellationToken);
        }
    }

    private static string IdOf(BudgetRule rule, string whose) =>
        $"{rule.Per.ToString().ToLowerInvariant()}:{whose}:{rule.Actions}:{rule.Window.TotalSeconds:0}";

    private async Task<(Change?, Refusal?)> SpendAsync(BudgetRule rule, string whose, CancellationToken cancellationToken)
    {
        var id = IdOf(rule, whose);
        var now = time.GetUtcNow();
        var spent = BudgetRecord.Within(await store.GetAsync<BudgetRecord>(id, cancellationToken), now, rule.Window);
        if (IsUsedUp(rule, spent))
        {
            var free = spent.Min(spending => spending.At) + rule.Window;
            return (null, new Refusal("budget_used_up",
                $"The budget of {rule.Max} effects ({rule.Actions}) in {Span(rule.Window)} for {(rule.Per == BudgetScope.Caller ? "caller" : "connection")} '{whose}' is used up. "
                + $"The next is free at {free:HH:mm:ss}Z; the administrator of this server sets budgets (gate:budgets)."));
        }

        // Counted in the commit: many effects begin at once, and none has to wait for another's because both count.
        return (Change.Revise<BudgetRecord>(id, stored => IsUsedUp(rule, BudgetRecord.Within(stored, now, rule.Window)) ? null : BudgetRecord.With(id, stored, now, now, rule.Window)), null);
    }

    private static bool IsUsedUp(BudgetRule rule, List<Spending> spent) => spent.Sum(spending => spending.Count) >= rule.Max;

    private static string Span(TimeSpan span) =>
        span.TotalHours >= 1 ? $"{span.TotalHours:0.#} h" : span.TotalMinutes >= 1 ? $"{span.TotalMinutes:0.#} min" : $"{span.TotalSeconds:0} s";
}
