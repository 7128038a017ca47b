using System.Text.Json.Serialization;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>The effects that have started under one budget, within its window.</summary>
[Stored("budgets")]
internal sealed record BudgetRecord : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required IReadOnlyList<Spending> Spent { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}

internal sealed record Spending(string Call, DateTimeOffset At);

/// <summary>Budgets are consumed when an effect starts, in the same commit as its intent; never by asking.</summary>
internal sealed class Budgets(IStore store, GateOptions options, TimeProvider time)
{
    /// <summary>The changes that spend one effect of every budget that covers it, or the refusal of the first that is used up.</summary>
    public Task<(IReadOnlyList<Change> Changes, Refusal? Refusal)> SpendAsync(
        ActionDefinition action, string call, string caller, string connection, CancellationToken cancellationToken) =>
        SpendAsync(action.Name, action.Risk, call, caller, connection, cancellationToken);

    /// <inheritdoc cref="SpendAsync(ActionDefinition, string, string, string, CancellationToken)"/>
    /// <param name="action">The name of an action, or of a tool of another server.</param>
    public async Task<(IReadOnlyList<Change> Changes, Refusal? Refusal)> SpendAsync(
        string action, Risk risk, string call, string caller, string connection, CancellationToken cancellationToken)
    {
        var changes = new List<Change>();
        foreach (var rule in options.BudgetsInForce.Where(rule => rule.Covers(action, risk)))
        {
            var (change, refusal) = await SpendAsync(rule, call, rule.Per == BudgetScope.Caller ? caller : connection, cancellationToken);
            if (refusal is not null)
                return ([], refusal);
            changes.Add(change!);
        }

        return (changes, null);
    }

    /// <summary>Counts an effect that the audit log knows and a store restored from before does not; over the limit or not.</summary>
    public async Task RecallAsync(ActionDefinition action, string call, string caller, string connection, DateTimeOffset at, CancellationToken cancellationToken)
    {
        foreach (var rule in options.BudgetsInForce.Where(rule => rule.Covers(action) && at > time.GetUtcNow() - rule.Window))
        {
            var id = IdOf(rule, rule.Per == BudgetScope.Caller ? caller : connection);
            var stored = await store.GetAsync<BudgetRecord>(id, cancellationToken);
            if (stored?.Spent.Any(spending => spending.Call == call) == true)
                continue;
            var record = new BudgetRecord { Id = id, Version = stored?.Version ?? 0, Spent = [.. stored?.Spent ?? [], new Spending(call, at)] };
            await store.CommitAsync([stored is null ? Change.Create(record) : Change.Save(record)], cancellationToken);
        }
    }

    private static string IdOf(BudgetRule rule, string whose) =>
        $"{rule.Per.ToString().ToLowerInvariant()}:{whose}:{rule.Actions}:{rule.Window.TotalSeconds:0}";

    private async Task<(Change?, Refusal?)> SpendAsync(BudgetRule rule, string call, string whose, CancellationToken cancellationToken)
    {
        var id = IdOf(rule, whose);
        var stored = await store.GetAsync<BudgetRecord>(id, cancellationToken);
        var now = time.GetUtcNow();
        List<Spending> spent = [.. (stored?.Spent ?? []).Where(spending => spending.At > now - rule.Window)];
        if (spent.Any(spending => spending.Call == call))
            return (Change.Save(stored! with { Spent = spent }), null);
        if (spent.Count >= rule.Max)
        {
            var free = spent.Min(spending => spending.At) + rule.Window;
            return (null, new Refusal("budget_used_up",
                $"The budget of {rule.Max} effects ({rule.Actions}) in {Span(rule.Window)} for {(rule.Per == BudgetScope.Caller ? "caller" : "connection")} '{whose}' is used up. "
                + $"The next is free at {free:HH:mm:ss}Z; the administrator of this server sets budgets (gate:budgets)."));
        }

        spent.Add(new Spending(call, now));
        var record = new BudgetRecord { Id = id, Version = stored?.Version ?? 0, Spent = spent };
        return (stored is null ? Change.Create(record) : Change.Save(record), null);
    }

    private static string Span(TimeSpan span) =>
        span.TotalHours >= 1 ? $"{span.TotalHours:0.#} h" : span.TotalMinutes >= 1 ? $"{span.TotalMinutes:0.#} min" : $"{span.TotalSeconds:0} s";
}
