using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>The effects that a run wants approved together: exactly these, each once, in the name of the run.</summary>
/// <param name="Step">The approve step.</param>
/// <param name="Summary">Written by the playbook's author; values in it come from the run.</param>
/// <param name="Entries">The calls that will follow, with the very arguments that their steps will send.</param>
/// <param name="AtLeast">What the playbook asks for; the actions' own rules can only raise it.</param>
/// <param name="Timeout">Silence after this is a no.</param>
/// <param name="Headroom">How much of the playbook's limits its run will have used with these effects, as a sentence.</param>
internal sealed record PlanProposal(
    CallerRecord Caller, RunStep Step, string? Request, string Summary, IReadOnlyList<PlanEntry> Entries, Approvers AtLeast, TimeSpan Timeout,
    string? Headroom = null);

/// <param name="Path">Of the step that will make the call.</param>
/// <param name="SkipUnsupported">Where the IdP does not have the action, the step is left out instead of the whole plan being refused.</param>
internal sealed record PlanEntry(string Path, string Action, JsonObject Input, bool SkipUnsupported = false);

/// <summary>An entry that could be judged.</summary>
/// <param name="Title">Of its action, for people.</param>
/// <param name="Version">Of its action.</param>
internal sealed record JudgedEntry(PlanEntry Entry, string Title, int Version, Judgement Judgement);

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
internal sealed class Plans(IStore store, Seating seating, GateOptions options, GateClock clock)
{
    /// <summary>The name under which a plan's call stands on record. Not an action: it changes nothing by itself.</summary>
    public const string ActionName = "approve_plan";

    /// <summary>What marks the entry as used, to be stored in the commit that starts the effect; null when the plan does not cover it.</summary>
    public async Task<Change?> CoverAsync(CallRecord call, Judgement judgement, CancellationToken cancellationToken)
    {
        if (call.Plan is null || call.Run is null || await store.GetAsync<CallRecord>(call.Plan, cancellationToken) is not { } plan)
            return null;
        if (plan.Action != ActionName || plan.Run != call.Run || plan.State != CallState.Succeeded || plan.Approval is not { CompleteAt: { } at } approval)
            return null;
        // Approved under other rules: what they would have asked for is not known.
        if (plan.Card?.PolicyVersion != judgement.Card.PolicyVersion)
            return null;
        if (clock.Trouble() is not null || clock.Now >= at + options.PlanLifetime || judgement.Demand.Needed > approval.Needed || approval.Revoked is not null)
            return null;
        if (plan.Approval.Digest != CallDigest.Of(plan, approval.Needed, approval.ExpiresAt))
            return null;

        var digest = CallDigest.OfPlanEntry(call.StepPath!, call.Action, call.ActionVersion, call.Input);
        var entry = plan.Input["entries"]!.AsArray().FirstOrDefault(entry => entry!["digest"]!.GetValue<string>() == digest);
        if (entry is null || Widened(entry, call, judgement))
            return null;
        // What the call itself would need now, and what the plan needed: by people who still may decide on both.
        var needed = judgement.Demand.Quorums.Concat(ApprovalRules.QuorumsOf(plan)).ToList();
        var seated = await seating.ResolveAsync(call, needed, judgement.Demand.Rules, cancellationToken);
        if (!await seating.HoldsAsync(call, approval, seated.Quorums, plan.Card.Escalates, cancellationToken))
            return null;
        return Change.Create(new PlanUse { Id = $"{plan.Id}/{digest}", Call = call.Id });
    }

    /// <summary>As the approvers saw it: the lines of the entry, and the account they belonged to.</summary>
    public static JsonObject Entry(PlanEntry entry, int version, string connection, Judgement judgement)
    {
        var target = judgement.Target;
        return new JsonObject
        {
            ["path"] = entry.Path,
            ["action"] = entry.Action,
            ["connection"] = connection,
            ["account"] = target?.AccountId,
            ["login"] = target?.Login,
            ["email"] = target?.Email,
            ["digest"] = CallDigest.OfPlanEntry(entry.Path, entry.Action, version, entry.Input),
            ["input"] = entry.Input.DeepClone(),
            ["lines"] = new JsonArray([.. judgement.Card.Lines.Select(line => (JsonNode)line.Text)]),
            ["roles"] = judgement.Card.Facts["roles"]?.DeepClone(),
        };
    }

    /// <summary>Another account, new lines or new administrator roles were not approved. That it shrank is fine; the plan's own earlier steps change the status.</summary>
    private static bool Widened(JsonNode entry, CallRecord call, Judgement judgement)
    {
        var lines = entry["lines"]!.AsArray().Select(line => line!.GetValue<string>()).ToHashSet();
        return entry["account"]?.GetValue<string>() != call.Target?.AccountId
            || entry["connection"]?.GetValue<string>() != call.Connection
            || judgement.Card.Lines.Any(line => line.What != "status" && !lines.Contains(line.Text))
            || !JsonNode.DeepEquals(entry["roles"], judgement.Card.Facts["roles"]);
    }
}
