using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate;

/// <summary>Puts a call before other people: what it would do, bound by its digest. Nothing waits in memory.</summary>
internal sealed class Parking(
    IStore store, AuditTrail trail, CallEndings endings, IRequestAuthors authors, Seating seating, CallHistory history, CallNotices notices, GateOptions options, GateClock clock, Ids ids)
{
    /// <summary>Whether other people must (still, or again) be asked before this call may act.</summary>
    /// <param name="version">Of the action as it is defined now.</param>
    public async Task<bool> MustAskAsync(CallRecord call, int version, Judgement judgement, bool covered, CancellationToken cancellationToken)
    {
        if (call.Approval is not { CompleteAt: not null } approval)
            return judgement.Demand.Needed != Approvers.None && !covered;
        if (judgement.Demand.Needed > approval.Needed
            || call.ActionVersion != version
            || call.Card!.PolicyVersion != judgement.Card.PolicyVersion
            || !CallDigest.IsBound(call)
            || approval.Decisions.Any(decision => decision.Digest != approval.Digest)
            || Drift.Between(call.Card!, judgement.Card).Count > 0)
        {
            return true;
        }

        var seated = await seating.ResolveAsync(call, judgement.Demand.Quorums, judgement.Demand.Rules, cancellationToken);
        return !await seating.HoldsAsync(call, approval, seated.Quorums, call.Card.Escalates, cancellationToken);
    }

    /// <summary>Whether an approved call has waited longer for its effect than an approval is good for.</summary>
    public bool IsTooLate(CallRecord call) => clock.Now >= call.Approval?.CompleteAt + options.GrantLifetime;

    /// <summary>Parks the call; when it was approved before, by itself or in a plan, says what has changed since and asks anew.</summary>
    /// <param name="title">What it is, for people.</param>
    /// <param name="version">Of the action as it is defined now.</param>
    /// <param name="plan">What has changed since its plan was approved; empty when none is, or nothing has.</param>
    public async Task<CallAnswer> ParkAsync(CallRecord call, string title, int version, Judgement judgement, IReadOnlyList<string> plan, CancellationToken cancellationToken)
    {
        IReadOnlyList<string>? drift = call.Approval is not null ? DriftOf(call, judgement) : plan.Count > 0 ? [$"The plan {call.Plan} was approved with it, and does not cover it any more.", .. plan] : null;
        var parked = call with
        {
            ActionVersion = version,
            Card = judgement.Card with { Drift = drift, Nonce = ids.New("nonce") },
            Earlier = call.Approval is { } used ? [.. call.Earlier, used] : call.Earlier,
        };
        return await AskAsync(parked, judgement.Demand, judgement.Identity.Earlier(clock.Now + options.ApprovalLifetime), title, cancellationToken);
    }

    /// <summary>Parks a plan: the strictest of what its calls need, and of what the playbook asks for.</summary>
    /// <param name="leftOut">Steps that will not happen, as sentences for the approver.</param>
    public async Task<CallAnswer> ParkPlanAsync(
        CallRecord call,
        PlanProposal plan,
        IReadOnlyList<JudgedEntry> judged,
        IReadOnlyList<string> leftOut,
        CancellationToken cancellationToken)
    {
        if (Unlike(judged) is { } unlike)
            return await endings.RefuseAsync(call, unlike);
        var asked = plan.Seats?.Of("the playbook asks for it", [.. judged.Select(entry => entry.Judgement.Abouts)]) ?? [];
        var demand = judged.Aggregate(
            asked.Aggregate(new ApprovalDemand(plan.AtLeast, "the playbook asks for it"), (most, quorum) => most.With(quorum)),
            (most, entry) => most.And(entry.Judgement.Demand, $"{entry.Entry.Path}: "));
        var entries = judged.Select(Plans.Entry);
        var parked = call with
        {
            Target = judged.Select(entry => entry.Judgement.Target).FirstOrDefault(target => target is not null),
            Connection = judged.Select(entry => entry.Judgement.Connection).Distinct().ToList() is [var only] ? only : null,
            Input = new JsonObject { ["summary"] = HiddenText.Shown(plan.Summary, 500), ["playbook"] = plan.Step.Playbook, ["entries"] = new JsonArray([.. entries]) },
            Card = new EffectCard
            {
                Lines = [.. judged.SelectMany(Lines)],
                Consequences = [.. judged.SelectMany(entry => entry.Judgement.Card.Consequences).Distinct(), .. AskedAgain(judged), .. plan.Headroom is null ? Array.Empty<string>() : [plan.Headroom]],
                Warnings = [.. leftOut, .. judged.SelectMany(entry => entry.Judgement.Card.Warnings).Distinct()],
                LookAlikes = [.. judged.SelectMany(entry => entry.Judgement.Card.LookAlikes).Distinct().Take(20)],
                Facts = [],
                Rule = demand.Rules,
                PolicyVersion = options.PolicyVersion(),
                Nonce = ids.New("nonce"),
            },
        };
        var expires = judged.Aggregate(clock.Now + plan.Timeout, (earliest, entry) => entry.Judgement.Identity.Earlier(earliest));
        return await AskAsync(parked, demand, expires, null, cancellationToken);
    }

    /// <summary>Nobody reads many different things for many people: a plan is about one person, or about one action.</summary>
    private static Refusal? Unlike(IReadOnlyList<JudgedEntry> all)
    {
        // A message or a ticket beside the changes is about nobody of its own.
        var judged = all.Where(entry => !ToolName.IsOne(entry.Entry.Action)).ToList();
        var people = judged.Select(entry => entry.Entry.Input["person"]?.GetValue<string>().ToLowerInvariant()).Distinct().Count();
        // What takes away at the end what another one gives is read as one with it.
        var actions = judged.Where(entry => entry.TakesBack is null).Select(entry => entry.Entry.Action).Distinct().Count();
        return people > 1 && actions > 1
            ? new Refusal("unlike_entries", $"The plan is about {people} people and {actions} actions. One decision is about one person, or about one action: put an approve step into the loop.")
            : null;
    }

    /// <summary>What comes so much later that this approval may be over by then.</summary>
    private IEnumerable<string> AskedAgain(IReadOnlyList<JudgedEntry> judged)
    {
        List<string> later = [.. judged.Where(entry => entry.Entry.When is not null && entry.TakesBack is null).Select(entry => entry.Entry.Path)];
        if (later.Count > 0)
            yield return $"This approval is good for {options.PlanLifetime.TotalHours:0.#} hours. What comes later is asked for again then: {string.Join(", ", later)}.";
    }

    private async Task<CallAnswer> AskAsync(CallRecord call, ApprovalDemand demand, DateTimeOffset expires, string? title, CancellationToken cancellationToken)
    {
        if (call.Request is { } request)
            call = call with { RequestAuthor = await authors.AuthorOfAsync(request, cancellationToken) };
        var seated = await seating.ResolveAsync(call, demand.Quorums, demand.Rules, cancellationToken);
        if (seated.Impossible is { } impossible)
            return await endings.RefuseAsync(call with { Approval = null }, impossible);

        call = call with
        {
            Card = call.Card! with
            {
                Quorums = seated.Quorums,
                Escalates = options is { EscalateAfter: { } after, EscalateTo: { } to } && clock.Now + after < expires ? new Escalation(clock.Now + after, to) : null,
                History = await history.OfAsync(call, cancellationToken),
                RequestText = call.Request is { } told ? await authors.TextOfAsync(told, cancellationToken) : null,
            },
        };
        var parked = call with
        {
            State = CallState.AwaitingApproval,
            Code = null,
            Approval = new ApprovalPart { Needed = demand.Needed, ExpiresAt = expires, AskedAt = clock.Now, Digest = CallDigest.Of(call, demand.Needed, expires) },
        };
        parked = parked with { Message = CallAnswers.Waiting(parked, title) };
        await trail.WriteAsync(AuditKinds.CallAwaitingApproval, parked, Asked(parked), cancellationToken);
        IReadOnlyList<Change> asked = notices.TellsAnybody ? notices.Asked(parked, await seating.CouldDecideAsync(parked, clock.Now, cancellationToken)) : [];
        var committed = await store.CommitAsync([call.Version == 0 ? Change.Create(parked) : Change.Save(parked), .. asked], cancellationToken);
        return CallAnswers.Of(committed.Done ? parked : await store.GetAsync<CallRecord>(call.Id, cancellationToken) ?? parked);
    }

    private static IReadOnlyList<string> DriftOf(CallRecord call, Judgement judgement)
    {
        var drift = Drift.Between(call.Card!, judgement.Card);
        return drift.Count > 0 ? drift : ["It was approved before; the rules, the approvers' standing or the policy have changed since."];
    }

    private static IEnumerable<EffectLine> Lines(JudgedEntry judged)
    {
        var (entry, judgement) = (judged.Entry, judged.Judgement);
        var who = judgement.Target is { } target ? $" {HiddenText.Quoted(target.Login)}" : "";
        var when = entry.When is null ? "" : $", {entry.When}";
        var back = judged.TakesBack is { } path ? $", which takes back what {path} gives and is not asked for again" : "";
        yield return new EffectLine("~", "step", entry.Path, $"{judged.Title}{who}{when}{back}{(judgement.AlreadySo ? " (is so already)" : "")}");
        foreach (var line in judgement.Card.Lines)
            yield return line with { Text = "  " + line.Text };
    }

    private static JsonObject Asked(CallRecord call) => new()
    {
        ["state"] = call.State.Word(),
        ["digest"] = call.Approval!.Digest,
        ["needed"] = call.Approval.Needed.ToString().ToLowerInvariant(),
        ["rule"] = call.Card!.Rule,
        ["expires"] = call.Approval.ExpiresAt.ToUnixTimeSeconds(),
        ["preview"] = new JsonArray([.. CallAnswers.Preview(call.Card).Select(line => (JsonNode)line)]),
        ["drift"] = call.Card.Drift is { } drift ? new JsonArray([.. drift.Select(text => (JsonNode)text)]) : null,
    };
}
