using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>Where people decide. One method decides, whatever the door.</summary>
internal sealed class ApprovalDesk(IStore store, AuditTrail trail, CallEndings endings, KeyedLocks locks, CallKeeper keeper, CallNotices notices, TimeProvider time)
{
    /// <summary>Calls and plans that wait, oldest first.</summary>
    public async Task<IReadOnlyList<CallRecord>> ListAsync(CancellationToken cancellationToken) =>
        await store.FindAsync<CallRecord>("state", CallState.AwaitingApproval.Word(), 1000, cancellationToken: cancellationToken);

    /// <summary>
    /// Decides on exactly what was shown. <paramref name="approver"/> has proved presence just before (one-time code); everything
    /// else (not the requester, not the target, not the operator, not twice, registered, in time, same digest) is checked here.
    /// </summary>
    /// <returns>Whether it was taken, and a sentence; the call as it stands now.</returns>
    /// <exception cref="AuditUnavailableException">It could not be recorded, so it does not count.</exception>
    public async Task<DecisionResult> DecideAsync(
        string callId, ApproverRecord approver, bool approve, string digest, string? reason, CancellationToken cancellationToken)
    {
        using var held = await locks.AcquireAsync($"call:{callId}", cancellationToken);
        if (await store.GetAsync<CallRecord>(callId, cancellationToken) is not { } call)
            return new DecisionResult(false, "unknown_call", "There is no such call.", null);
        // Read again: what the door knows of the approver may be older than his removal.
        approver = await store.GetAsync<ApproverRecord>(approver.Id, cancellationToken) ?? approver with { RemovedAt = time.GetUtcNow() };
        if (Refusal(call, approver, digest) is { } refusal)
        {
            await trail.WriteAsync(AuditKinds.ApprovalRefusedDecision, call, Told(approver, approve, digest, refusal.Code), cancellationToken);
            return new DecisionResult(false, refusal.Code, refusal.Message, call);
        }

        var decisions = call.Approval!.Decisions;
        var decision = new Decision(approver.Id, approver.Email, approver.Groups, approve, reason, digest, time.GetUtcNow());
        IReadOnlyList<Decision> all = [.. decisions, decision];
        await trail.WriteAsync(AuditKinds.ApprovalDecided, call, Told(approver, approve, digest, null), cancellationToken);
        return approve ? await ApproveAsync(call, all) : await DenyAsync(call, all, approver);
    }

    private Refusal? Refusal(CallRecord call, ApproverRecord approver, string digest)
    {
        if (call.State != CallState.AwaitingApproval || call.Approval is not { } approval)
            return new Refusal("not_waiting", $"This call does not wait for a decision; it is {call.State.Word()}.");
        if (approval.CompleteAt is not null)
            return new Refusal("decided_already", "This call has every approval that it needs.");
        if (time.GetUtcNow() >= approval.ExpiresAt)
            return new Refusal("expired", "The time for deciding is over; silence is a no.");
        if (!string.Equals(digest, approval.Digest, StringComparison.Ordinal))
            return new Refusal("not_what_was_shown", "The call is not what was shown any more. Look at it again: siit-iam approvals show.");
        if (Separation.Excludes(approver, call) is { } excluded)
            return excluded;
        return approval.Decisions.Count > 0 && !ApprovalRules.CanFill(approval.Needed, [.. approval.Decisions.Select(decision => decision.Groups), approver.Groups])
            ? new Refusal("no_seat", "The other approver must come from another group.")
            : null;
    }

    private async Task<DecisionResult> ApproveAsync(CallRecord call, IReadOnlyList<Decision> decisions)
    {
        var complete = ApprovalRules.CanFill(call.Approval!.Needed, [.. decisions.Select(decision => decision.Groups)]);
        var approved = call with { Approval = call.Approval with { Decisions = decisions, CompleteAt = complete ? time.GetUtcNow() : null } };
        if (!(await store.CommitAsync([Change.Save(approved), .. await notices.DecidedAsync(approved, decisions[^1], CancellationToken.None)], CancellationToken.None)).Done)
            return new DecisionResult(false, "changed_meanwhile", "The call changed while it was decided. Look at it again.", await store.GetAsync<CallRecord>(call.Id));
        approved = approved with { Version = approved.Version + 1 };
        if (!complete)
            return new DecisionResult(true, null, "Approved; one more approver from another group is needed.", approved);
        keeper.Wake(call.Id);
        return new DecisionResult(true, null, "Approved; it is being executed.", approved);
    }

    private async Task<DecisionResult> DenyAsync(CallRecord call, IReadOnlyList<Decision> decisions, ApproverRecord approver)
    {
        var denied = call with
        {
            State = CallState.Denied,
            Message = $"NOT EXECUTED. Denied by {approver.Name}. Nothing was done.",
            Approval = call.Approval! with { Decisions = decisions },
            EndedAt = time.GetUtcNow(),
        };
        if (!(await store.CommitAsync([Change.Save(denied), .. await notices.DecidedAsync(denied, decisions[^1], CancellationToken.None)], CancellationToken.None)).Done)
            return new DecisionResult(false, "changed_meanwhile", "The call changed while it was decided. Look at it again.", await store.GetAsync<CallRecord>(call.Id));
        await endings.TellAsync(denied);
        return new DecisionResult(true, null, "Denied; nothing is done.", denied with { Version = denied.Version + 1 });
    }

    private static JsonObject Told(ApproverRecord approver, bool approve, string digest, string? refused) => new()
    {
        ["approver"] = approver.Id,
        ["email"] = approver.Email,
        ["approved"] = approve,
        ["digest"] = digest,
        ["refused"] = refused,
    };
}

/// <param name="Taken">False: it does not count, and <paramref name="Message"/> says why.</param>
/// <param name="Code">snake_case reason when it was not taken, such as <c>is_requester</c>.</param>
internal sealed record DecisionResult(bool Taken, string? Code, string Message, CallRecord? Call);
