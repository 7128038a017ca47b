using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate.StandingApprovals;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate;

/// <summary>The only road from a call to an IdP. Read top down: each line is one step of it.</summary>
internal sealed partial class ActionExecutor(
    Places places,
    CallerPace pace,
    AuditTrail trail,
    Intake intake,
    Repeats repeats,
    Reads reads,
    Judge judge,
    Plans plans,
    StandingCover standings,
    Proposals proposals,
    ToolExecutor tools,
    Parking parking,
    Effects effects,
    KeyedLocks locks,
    UnsettledAccounts unsettled,
    CallEndings endings,
    IStore store,
    GateClock clock,
    TimeProvider time,
    ILogger<ActionExecutor> logger)
{
    /// <summary>
    /// Takes a call as far as it goes now: answered, refused, executed, or parked for approval. Cancelling the token before the
    /// intent is written withdraws the call; from then on the effect is brought to its end regardless.
    /// </summary>
    public async Task<CallAnswer> ExecuteAsync(ActionCall call, CancellationToken cancellationToken)
    {
        if (pace.Refuses(call.Caller) is { } tooFast)
            return CallAnswers.Refused(tooFast);

        using var waits = call.Progress is { } progress ? new CallWaits(progress, time) : null;
        using var urgency = AmbientUrgency.Of(UrgencyOf(call.Step?.Path));
        var record = intake.Receive(call);
        if (call.Step is not null && await store.GetAsync<CallRecord>(record.Id, cancellationToken) is { } known)
            return CallAnswers.Of(known);
        try
        {
            await trail.WriteAsync(AuditKinds.CallReceived, record, new JsonObject { ["input"] = record.Input.DeepClone() }, cancellationToken);
            return await TakeAsync(call, record, cancellationToken);
        }
        catch (AuditUnavailableException unavailable)
        {
            LogNoAudit(logger, unavailable, record.Id);
            return CallAnswers.NoAudit;
        }
        catch (IdpException trouble)
        {
            LogTrouble(logger, record.Id, trouble.Trouble, trouble.VendorCode, trouble.RequestId);
            return await endings.TroubleAsync(record, trouble);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return await endings.EndAsync(record, CallState.Cancelled, "withdrawn", "Cancelled before anything was done.");
        }
        catch (Exception bug)
        {
            LogBug(logger, bug, record.Id);
            return await endings.RefuseAsync(record, new Refusal("internal_error", $"Something is wrong in this server; nothing was sent. Tell its operator the call's id: {record.Id}."));
        }
    }

    /// <summary>An approved call runs as it is stored; nobody sends arguments again. Everything is checked again first.</summary>
    public async Task<CallAnswer> ResumeAsync(string callId, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<CallRecord>(callId, cancellationToken) is not { State: CallState.AwaitingApproval, Approval.CompleteAt: not null } found)
            return CallAnswers.Refused(new Refusal("not_approved", "This call is not approved, or not waiting any more."));
        // A second life by a clock that was put back: the keeper tries again when it is past that.
        if (clock.Trouble() is { } wrong)
            return CallAnswers.Refused(wrong);
        using var urgency = AmbientUrgency.Of(UrgencyOf(found.StepPath));
        try
        {
            if (found.Action == Plans.ActionName)
                return await endings.EndAsync(found, CallState.Succeeded, null, "Approved: the plan's calls may run, each once.");
            if (ToolName.IsOne(found.Action))
                return await tools.ResumeAsync(found, await CallerOfAsync(found, cancellationToken), cancellationToken);
            if (await CallerOfAsync(found, cancellationToken) is not { } caller)
                return await endings.RefuseAsync(found, new Refusal("caller_removed", $"Caller '{found.Starter ?? found.Caller}' does not exist any more."));
            var (action, input) = Stored(found);
            if (places.Named(found.Connection!) is not { } connection)
                return await endings.RefuseAsync(found, new Refusal("no_connection", $"The connection '{found.Connection}' is not configured any more."));
            if (places.Refusals(caller, found.Requester, action, connection) is { Count: > 0 } refusals)
                return await endings.RefuseAsync(found, refusals);

            using var held = await locks.AcquireAsync($"{connection.Name}:{Subjects.Of(found)}", cancellationToken);
            // Whoever was before at the account's lock may have run it.
            if (await store.GetAsync<CallRecord>(callId, cancellationToken) is not { } current || current.Version != found.Version)
                return CallAnswers.Of(await store.GetAsync<CallRecord>(callId, cancellationToken) ?? found);
            // The account was busy for too long: the keeper lets it expire.
            if (parking.IsTooLate(found))
                return CallAnswers.Of(found);
            return await ActAsync(found, caller, action, input, connection, found.Target?.AccountId, dryRun: false, cancellationToken);
        }
        catch (IdpException trouble)
        {
            // Nothing was sent. The decision stands until it runs out, and the keeper tries again.
            LogTrouble(logger, found.Id, trouble.Trouble, trouble.VendorCode, trouble.RequestId);
            return CallAnswers.Of(found);
        }
        catch (AuditUnavailableException unavailable)
        {
            LogNoAudit(logger, unavailable, found.Id);
            return CallAnswers.Of(found);
        }
    }

    /// <summary>Asks other people to approve the next effects of a run as one plan. Ends as succeeded (approved), denied, expired or cancelled.</summary>
    public async Task<CallAnswer> ProposeAsync(PlanProposal plan, CancellationToken cancellationToken)
    {
        var record = intake.Receive(new ActionCall { Action = Plans.ActionName, Input = [], Caller = plan.Caller, Door = Doors.Playbook, Step = plan.Step });
        if (await store.GetAsync<CallRecord>(record.Id, cancellationToken) is { } known)
            return CallAnswers.Of(known);
        record = record with { ActionVersion = 1, Request = plan.Request };
        using var urgency = AmbientUrgency.Of(plan.Entries.Count > 1 ? Urgency.Bulk : Urgency.Interactive);
        try
        {
            return await proposals.AskAsync(record, plan, cancellationToken);
        }
        catch (AuditUnavailableException unavailable)
        {
            LogNoAudit(logger, unavailable, record.Id);
            return CallAnswers.Refused(new Refusal("audit_unavailable", "The audit log cannot be written, and without it nothing is done."));
        }
        catch (IdpException trouble)
        {
            return await endings.TroubleAsync(record, trouble);
        }
    }

    /// <summary>Settles a call that was interrupted or whose outcome is unknown, by reading; sends it again only where that does no harm.</summary>
    public async Task<CallRecord> SettleAsync(CallRecord call, CancellationToken cancellationToken)
    {
        if (ToolName.IsOne(call.Action))
            return await tools.SettleAsync(call);
        var (action, input) = Stored(call);
        if (places.Named(call.Connection!) is not { } connection)
            return call;
        using var held = await locks.AcquireAsync($"{connection.Name}:{Subjects.Of(call)}", cancellationToken);
        if (await store.GetAsync<CallRecord>(call.Id, cancellationToken) is not { State: CallState.Executing or CallState.Unknown } current)
            return await store.GetAsync<CallRecord>(call.Id, cancellationToken) ?? call;
        try
        {
            var settled = await effects.SettleAsync(current, action, input, connection, cancellationToken);
            if (settled.State.IsEnded())
                await endings.TellAsync(settled);
            return settled;
        }
        catch (IdpException trouble)
        {
            LogTrouble(logger, call.Id, trouble.Trouble, trouble.VendorCode, trouble.RequestId);
            return current;
        }
    }

    private async Task<CallAnswer> TakeAsync(ActionCall call, CallRecord record, CancellationToken cancellationToken)
    {
        if (ActionCatalog.Find(call.Action) is not { } action)
            return await endings.RefuseAsync(record, new Refusal("unknown_action", $"There is no action '{HiddenText.Shown(call.Action, 60)}'. tools/list has them all."));
        if (!action.Input.TryRead(call.Input, out var input, out var problems))
            return await endings.RefuseAsync(record, [.. problems.Select(problem => new Refusal("invalid_input", problem))]);
        // Compared with approvers' addresses: what is nearly one would exclude nobody.
        if (call.Step is null && record.Requester is { Proved: false, Email: { } claimed } && !Addresses.LooksLikeOne(claimed))
            return await endings.RefuseAsync(record, new Refusal("invalid_input", "'requester' must be a work email."));
        if (SandboxRules.CheckCaller(call.Caller, action, record.Requester) is { Count: > 0 } refusals)
            return await endings.RefuseAsync(record, refusals);
        return action.IsRead
            ? await reads.AnswerAsync(call, record, action, input!, cancellationToken)
            : await ChangeAsync(call, record, action, (TargetsPerson)input!, cancellationToken);
    }

    private async Task<CallAnswer> ChangeAsync(ActionCall call, CallRecord record, ActionDefinition action, TargetsPerson input, CancellationToken cancellationToken)
    {
        using var asking = await TurnAsync($"fingerprint:{record.Fingerprint}", "Waiting for the same call, which came in before", cancellationToken);
        var dryRun = input.DryRun == true;
        if (!dryRun && call.Step is null)
        {
            var (same, used) = await repeats.FindAsync(record, cancellationToken);
            if (used is not null)
                return await endings.RefuseAsync(record, used);
            if (same is not null)
                return await SameAsync(record, same, cancellationToken);
        }

        var place = await places.OfAsync(call.Caller, record.Requester, action, input, cancellationToken);
        record = record with { Connection = place.Connection?.Name };
        if (place.Refusals.Count > 0)
            return await endings.RefuseAsync(record, place.Refusals);
        var (connection, accountId) = (place.Connection!, place.AccountId);
        using var held = await TurnAsync($"{connection.Name}:{accountId ?? input.Person.ToLowerInvariant()}", "Waiting for the account's turn", cancellationToken);
        return await ActAsync(record, call.Caller, action, input, connection, accountId, dryRun, cancellationToken);
    }

    /// <summary>With the account held: judges on fresh facts, then answers, refuses, parks or acts.</summary>
    private async Task<CallAnswer> ActAsync(
        CallRecord record, CallerRecord caller, ActionDefinition action, TargetsPerson input, IIdpConnection connection, string? accountId, bool dryRun, CancellationToken cancellationToken)
    {
        var asker = new Asker(caller, record.Requester, record.Trigger);
        var judgement = await judge.JudgeAsync(action, input, connection, accountId, asker, cancellationToken);
        // Two calls that each leave one super administrator leave none: these are judged again, one at a time per connection.
        using var administrators = judgement.ReducesSuperAdministrators ? await TurnAsync($"{connection.Name}:super-administrators", "Waiting for another change of a super administrator", cancellationToken) : null;
        if (administrators is not null)
            judgement = await judge.JudgeAsync(action, input, connection, accountId, asker, cancellationToken);

        // Looked at as it is stored, before anything in it is brought up to date.
        var isAsApproved = record.Approval is not { CompleteAt: not null } || CallDigest.IsBound(record);
        record = record with { Target = judgement.Target };
        var (planUse, planDrift) = record.Approval is null ? await plans.CoverAsync(record, judgement, cancellationToken) : PlanCover.None;
        var standing = record.Approval is null && planUse is null ? await standings.CoverAsync(record, judgement, cancellationToken) : null;
        // One that counts somebody anew is looked at again in its turn: two must not both be the last that there is room for.
        using var counting = standing is { Uses.Count: > 0 } && !dryRun && StandingCover.TurnOf(record) is { } turn ? await TurnAsync(turn, "Waiting for another call under the same standing approval", cancellationToken) : null;
        if (counting is not null)
            standing = await standings.CoverAsync(record, judgement, cancellationToken);
        if (dryRun)
            return await endings.DryRunAsync(record, judgement, planUse is null ? null : record.Plan);
        if (unsettled.CallOf(connection.Name, Subjects.Of(record)) is { } open && open != record.Id)
            return await endings.RefuseAsync(record, new Refusal("account_unsettled", $"It is not known yet whether call {open} changed this account. Wait until it is settled."));
        if (judgement.AlreadySo)
            return await endings.EndAsync(record with { Card = record.Card ?? judgement.Card }, CallState.AlreadySo, null, CallAnswers.AlreadySo(record, action));
        if (judgement.Refusals.Count > 0)
            return await endings.RefuseAsync(record, judgement.Refusals);
        if (!isAsApproved || await parking.MustAskAsync(record, action.Version, judgement, planUse is not null || standing is not null, cancellationToken))
            return await parking.ParkAsync(record, action.Title, action.Version, judgement, planDrift, cancellationToken);

        if (standing is not null)
            record = await StandingAsync(record, judgement, standing.Approval, cancellationToken);
        var ended = await effects.RunAsync(new ReadyCall(record, action, input, connection, judgement, planUse, standing?.Uses, counting), cancellationToken);
        if (ended.State.IsEnded())
            await endings.TellAsync(ended);
        return CallAnswers.Of(ended);
    }

    /// <summary>Nobody is asked: the log says by which standing approval, before anything is done.</summary>
    private async Task<CallRecord> StandingAsync(CallRecord record, Judgement judgement, StandingApproval approval, CancellationToken cancellationToken)
    {
        var approved = record with
        {
            StandingApproval = approval.Id,
            Card = judgement.Card with { Rule = $"{judgement.Card.Rule}; approved by standing approval {approval.Id} (owner: group {approval.Owner}, until {approval.Expires:yyyy-MM-dd HH:mm}Z)" },
        };
        var told = new JsonObject { ["standing"] = approval.Id, ["owner"] = approval.Owner, ["expires"] = approval.Expires.ToUnixTimeSeconds(), ["trigger"] = record.Trigger, ["content"] = record.Claim?.Content };
        await trail.WriteAsync(AuditKinds.ApprovalStanding, approved, told, cancellationToken);
        return approved;
    }

    /// <summary>A step with an index is an item of a loop, or one of a model's reads: whoever waits for a single call goes first.</summary>
    private static Urgency UrgencyOf(string? stepPath) => stepPath?.Contains('[', StringComparison.Ordinal) == true ? Urgency.Bulk : Urgency.Interactive;

    private Task<IDisposable> TurnAsync(string key, string why, CancellationToken cancellationToken) =>
        WaitReports.TellingAsync(locks.AcquireAsync(key, cancellationToken), why, time);

    private async Task<CallAnswer> SameAsync(CallRecord record, CallRecord same, CancellationToken cancellationToken)
    {
        await trail.WriteAsync(AuditKinds.CallAnswered, record, new JsonObject { ["state"] = same.State.Word(), ["same_as"] = same.Id }, cancellationToken);
        return CallAnswers.Of(same);
    }

    /// <summary>
    /// For a step of a run the caller was made for the run, within the playbook's policy; whoever started the run must still be
    /// registered and allowed. Null when the caller, or the starter, was removed.
    /// </summary>
    private async Task<CallerRecord?> CallerOfAsync(CallRecord call, CancellationToken cancellationToken)
    {
        if (call.Run is null)
            return await store.GetAsync<CallerRecord>(call.Caller, cancellationToken);
        var starter = call.Starter is { } id ? await store.GetAsync<CallerRecord>(id, cancellationToken) : null;
        return starter is { IsActive: false } || !await PageStarters.StandsAsync(store, call.Starter, cancellationToken) ? null : new CallerRecord
        {
            Id = call.Caller,
            Operator = call.Operator,
            Starter = call.Starter,
            Actions = starter?.Actions ?? [call.Action],
            Connections = starter?.Connections ?? [call.Connection!],
            ActsFor = starter?.ActsFor ?? ["*"],
            TokenHash = "",
            AddedAt = call.ReceivedAt,
        };
    }

    private static (ActionDefinition Action, TargetsPerson Input) Stored(CallRecord call)
    {
        var action = ActionCatalog.Find(call.Action) ?? throw new InvalidOperationException($"The stored call {call.Id} names no action.");
        return action.Input.TryRead(call.Input, out var input, out _)
            ? (action, (TargetsPerson)input!)
            : throw new InvalidOperationException($"The stored call {call.Id} does not fit its action any more.");
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Call {Call}: nothing is done, the audit log cannot be written")]
    private static partial void LogNoAudit(ILogger logger, Exception unavailable, string call);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Call {Call}: trouble {Trouble} at the IdP (vendor code {VendorCode}, request {RequestId})")]
    private static partial void LogTrouble(ILogger logger, string call, IdpTrouble trouble, string? vendorCode, string? requestId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Call {Call}: a defect of this server; nothing was sent")]
    private static partial void LogBug(ILogger logger, Exception bug, string call);
}
