using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>The effects that a run wants approved together: exactly these, each once, in the name of the run.</summary>
/// <param name="Step">The approve step.</param>
/// <param name="Summary">Written by the playbook's author; values in it come from the run.</param>
/// <param name="Entries">The calls that will follow, with the very arguments that their steps will send.</param>
/// <param name="AtLeast">What the playbook asks for; the actions' own rules can only raise it.</param>
/// <param name="Timeout">Silence after this is a no.</param>
/// <param name="Headroom">How much of the playbook's limits its run will have used with these effects, as a sentence.</param>
/// <param name="Seats">Who the playbook says has to agree, besides; null: nobody in particular.</param>
internal sealed record PlanProposal(
    CallerRecord Caller, RunStep Step, string? Request, string Summary, IReadOnlyList<PlanEntry> Entries, Approvers AtLeast, TimeSpan Timeout,
    string? Headroom = null, AskedSeats? Seats = null);

/// <param name="Path">Of the step that will make the call.</param>
/// <param name="SkipUnsupported">Where the IdP does not have the action, the step is left out instead of the whole plan being refused.</param>
/// <param name="When">Not at once: <c>30 days later, about 2026-04-01</c>; null otherwise.</param>
/// <param name="MayFail">
/// Its playbook, or its loop, goes on past what fails: what is refused by now is left out instead of the whole plan being refused. Its call is then
/// covered by nothing, and is refused or asked for at its own gate.
/// </param>
internal sealed record PlanEntry(string Path, string Action, JsonObject Input, bool SkipUnsupported = false, string? When = null, bool MayFail = false);

/// <summary>One call of a plan that is about to be asked for, as it was judged.</summary>
/// <param name="Title">Of its action, for people.</param>
/// <param name="Version">Of its action.</param>
/// <param name="Action">Null: a tool of another server's; then there is no <paramref name="Input"/>, either.</param>
/// <param name="TakesBack">The path of the step of the same plan that gives what this one takes away; null when none does.</param>
internal sealed record JudgedEntry(
    PlanEntry Entry, string Title, int Version, Judgement Judgement, ActionDefinition? Action = null, TargetsPerson? Input = null, string? TakesBack = null);

/// <summary>Whether an approved plan covers a call.</summary>
/// <param name="Use">What marks the entry as used, to be stored in the commit that starts the effect; null when it is not covered.</param>
/// <param name="Drift">Where the call stands in the plan and is not covered any more: what has changed since, as sentences.</param>
internal sealed record PlanCover(Change? Use, IReadOnlyList<string> Drift)
{
    public static PlanCover None { get; } = new(null, []);
}

/// <summary>One entry of an approved plan was used: its existence is what keeps it from being used again.</summary>
[Stored("plan_uses")]
internal sealed record PlanUse : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Call { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}

/// <summary>Whether an approved plan of a run covers one of its calls.</summary>
internal sealed class Plans(IStore store, Seating seating, Returns returns, GateOptions options, GateClock clock)
{
    /// <summary>The name under which a plan's call stands on record. Not an action: it changes nothing by itself.</summary>
    public const string ActionName = "approve_plan";

    private const string Standing = "Who approved it may not decide on this any more, or the rules ask for others by now.";

    public async Task<PlanCover> CoverAsync(CallRecord call, Judgement judgement, CancellationToken cancellationToken)
    {
        if (call.Plan is null || call.Run is null || await store.GetAsync<CallRecord>(call.Plan, cancellationToken) is not { } plan)
            return PlanCover.None;
        if (plan.Action != ActionName || plan.Run != call.Run || plan.State != CallState.Succeeded || plan.Approval is not { CompleteAt: { } at } approval)
            return PlanCover.None;
        if (clock.Trouble() is not null || approval.Revoked is not null || !CallDigest.IsBound(plan))
            return PlanCover.None;
        var digest = CallDigest.OfPlanEntry(call.StepPath!, call.Action, call.ActionVersion, call.Input);
        if (plan.Input["entries"]!.AsArray().FirstOrDefault(entry => entry!["digest"]!.GetValue<string>() == digest) is not { } entry)
            return PlanCover.None;

        IReadOnlyList<string> drift = [.. Widened(entry, call, judgement), .. judgement.Demand.Needed > approval.Needed ? [$"It needs {ApprovalRules.Word(judgement.Demand.Needed)} now: {judgement.Demand.Rules}."] : Array.Empty<string>()];
        if (drift.Count > 0)
            return new PlanCover(null, drift);
        var takesBack = entry["takes_back"]?.GetValue<string>();
        if (takesBack is not null && await returns.WhyNotAsync(call, takesBack, cancellationToken) is { Count: > 0 } other)
            return new PlanCover(null, other);
        var why = takesBack is null
            ? await WhyNotAsync(call, plan, at, judgement, cancellationToken)
            : await HeldAsync(call, plan, judgement, cancellationToken) ? null : Standing;
        return why is null ? new PlanCover(Change.Create(new PlanUse { Id = $"{plan.Id}/{digest}", Call = call.Id }), []) : new PlanCover(null, [why]);
    }

    /// <summary>Null: by people who still may decide on the plan and on the call itself, not long ago and under the same rules.</summary>
    private async Task<string?> WhyNotAsync(CallRecord call, CallRecord plan, DateTimeOffset at, Judgement judgement, CancellationToken cancellationToken)
    {
        if (clock.Now >= at + options.PlanLifetime)
            return $"It was approved at {at:yyyy-MM-dd HH:mm}Z; a plan is good for {options.PlanLifetime.TotalHours:0.#} hours, but for taking back what it gave.";
        if (plan.Card?.PolicyVersion != judgement.Card.PolicyVersion)
            return "It was approved under other rules than those in force: what they would have asked for is not known.";
        var needed = judgement.Demand.Quorums.Concat(ApprovalRules.QuorumsOf(plan)).ToList();
        var seated = await seating.ResolveAsync(call, needed, judgement.Demand.Rules, cancellationToken);
        return await seating.HoldsAsync(call, plan.Approval!, seated.Quorums, plan.Card.Escalates, cancellationToken) ? null : Standing;
    }

    /// <summary>
    /// At the end of a term: what the rules ask for now has to be filled by those who agreed then. Their standing was read when what is
    /// taken away was given; that somebody has left since would only leave access behind that nobody wants.
    /// </summary>
    private async Task<bool> HeldAsync(CallRecord call, CallRecord plan, Judgement judgement, CancellationToken cancellationToken)
    {
        var agreed = ApprovalRules.QuorumsOf(plan).SelectMany(quorum => quorum.Seats).ToList();
        var seated = await seating.ResolveAsync(call, judgement.Demand.Quorums, judgement.Demand.Rules, cancellationToken);
        return Seating.IsFilled(plan, [.. seated.Quorums.Select(quorum => quorum with { Seats = [.. quorum.Seats.Select(seat => agreed.Find(seat.IsSame) ?? seat)] })]);
    }

    /// <summary>As the approvers saw it: the lines of the entry, and the account they belonged to.</summary>
    public static JsonObject Entry(JudgedEntry judged)
    {
        var (entry, target) = (judged.Entry, judged.Judgement.Target);
        return new JsonObject
        {
            ["path"] = entry.Path,
            ["action"] = entry.Action,
            ["connection"] = judged.Judgement.Connection,
            ["account"] = target?.AccountId,
            ["login"] = target?.Login,
            ["email"] = target?.Email,
            ["digest"] = CallDigest.OfPlanEntry(entry.Path, entry.Action, judged.Version, entry.Input),
            ["input"] = entry.Input.DeepClone(),
            ["lines"] = new JsonArray([.. judged.Judgement.Card.Lines.Select(line => (JsonNode)line.Text)]),
            ["roles"] = judged.Judgement.Card.Facts["roles"]?.DeepClone(),
            ["when"] = entry.When,
            ["takes_back"] = judged.TakesBack,
        };
    }

    /// <summary>Another account, new lines or new administrator roles were not approved. That it shrank is fine; the plan's own earlier steps change the status.</summary>
    private static IEnumerable<string> Widened(JsonNode entry, CallRecord call, Judgement judgement)
    {
        var lines = entry["lines"]!.AsArray().Select(line => line!.GetValue<string>()).ToHashSet();
        if (entry["account"]?.GetValue<string>() != call.Target?.AccountId || entry["connection"]?.GetValue<string>() != call.Connection)
            yield return "It is another account now.";
        foreach (var line in judgement.Card.Lines.Where(line => line.What != "status" && !lines.Contains(line.Text)))
            yield return $"New: {line.Text}.";
        if (!JsonNode.DeepEquals(entry["roles"], judgement.Card.Facts["roles"]))
            yield return $"roles was {entry["roles"]?.ToJsonString() ?? "nothing"} and is now {judgement.Card.Facts["roles"]?.ToJsonString() ?? "nothing"}.";
    }
}
