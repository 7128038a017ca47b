using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>Where people decide. One method decides, whatever the door.</summary>
internal sealed class ApprovalDesk(
    IStore store, AuditTrail trail, CallEndings endings, KeyedLocks locks, CallKeeper keeper, Seating seating, ApproverBudgets budgets, Withdrawals withdrawals, CallNotices notices, GateClock clock)
{
    private const int LongestReason = 500;


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
        string callId, ApproverRecord approver, bool approve, string digest, string? reason, CancellationToken cancellationToken, string door = Doors.CommandLine)
    {
        using var held = await locks.AcquireAsync($"call:{callId}", cancellationToken);
        // One decision of a person after the other: they are counted.
        using var deciding = await locks.AcquireAsync($"approver:{approver.Id}", cancellationToken);
        if (await store.GetAsync<CallRecord>(callId, cancellationToken) is not { } call)
            return new DecisionResult(false, "unknown_call", "There is no such call.", null);
        // Read again: what the door knows of the approver may be older than his removal.
        approver = await store.GetAsync<ApproverRecord>(approver.Id, cancellationToken) ?? approver with { RemovedAt = clock.Now };
        if (await RefusalAsync(call, approver, digest, cancellationToken) is { } refusal)
        {
            await trail.WriteAsync(AuditKinds.ApprovalRefusedDecision, call, Told(approver, approve, digest, refusal.Code, door), cancellationToken);
            return new DecisionResult(false, refusal.Code, refusal.Message, call);
        }

        var (spending, tired) = approve ? await budgets.SpendAsync(approver, clock.Now, cancellationToken) : (null, null);
        if (tired is not null)
        {
            await trail.WriteAsync(AuditKinds.ApprovalRefusedDecision, call, Told(approver, approve, digest, tired.Code, door), cancellationToken);
            return new DecisionResult(false, tired.Code, tired.Message, call);
        }

        var decision = new Decision(approver.Id, approver.Email, approver.Groups, approve, Cut(reason), digest, clock.Now);
        var decided = call with { Approval = call.Approval! with { Decisions = [.. call.Approval.Decisions, decision] } };
        await trail.WriteAsync(AuditKinds.ApprovalDecided, call, Told(approver, approve, digest, null, door), cancellationToken);
        return approve ? await ApproveAsync(decided, spending!) : await DenyAsync(decided, decision, approver);
    }

    /// <summary>
    /// Takes back what waits, or what is approved and has not begun. Any approver may: it only stops. Of an approved plan the calls
    /// that have not begun are not covered any more.
    /// </summary>
    /// <returns>As for a decision.</returns>
    /// <exception cref="AuditUnavailableException">It could not be recorded, so it does not count.</exception>
    public async Task<DecisionResult> RevokeAsync(string callId, ApproverRecord by, string? reason, CancellationToken cancellationToken)
    {
        // From here on the call does not begin any more; if it stands before its effect, it gives the lock back.
        using var wanted = withdrawals.Want(callId);
        using var held = await locks.AcquireAsync($"call:{callId}", cancellationToken);
        if (await store.GetAsync<CallRecord>(callId, cancellationToken) is not { } call)
            return new DecisionResult(false, "unknown_call", "There is no such call.", null);
        by = await store.GetAsync<ApproverRecord>(by.Id, cancellationToken) ?? by with { RemovedAt = clock.Now };
        if (!by.IsActive)
            return new DecisionResult(false, "not_an_approver", $"{by.Email} is no approver any more.", call);
        var plan = call is { Action: Plans.ActionName, State: CallState.Succeeded, Approval.Revoked: null };
        if (call.Approval is null || (call.State != CallState.AwaitingApproval && !plan))
            return new DecisionResult(false, "too_late", $"There is nothing to take back: the call is {call.State.Word()}.", call);

        var revoked = call with { Approval = call.Approval with { Revoked = new Revocation(by.Id, by.Email, Cut(reason), clock.Now) } };
        var told = new JsonObject { ["approver"] = by.Id, ["email"] = by.Email, ["digest"] = call.Approval.Digest };
        if (!plan)
        {
            await trail.WriteAsync(AuditKinds.ApprovalRevoked, call, told, cancellationToken);
            var ended = await endings.EndAsync(revoked, CallState.Cancelled, "revoked", $"NOT EXECUTED. Taken back by {by.Name}{Quoted(Cut(reason))}. Nothing was done.");
            return ended.State == CallState.Cancelled
                ? new DecisionResult(true, null, "Taken back; nothing is done.", await store.GetAsync<CallRecord>(callId, CancellationToken.None))
                : new DecisionResult(false, "too_late", "It changed while it was taken back. Look at it again.", await store.GetAsync<CallRecord>(callId, CancellationToken.None));
        }

        using var covering = await locks.AcquireAsync(Withdrawals.LockOf(callId), cancellationToken);
        await trail.WriteAsync(AuditKinds.ApprovalRevoked, call, told, cancellationToken);
        withdrawals.Keep(callId);
        return (await store.CommitAsync([Change.Save(revoked)], CancellationToken.None)).Done
            ? new DecisionResult(true, null, "Taken back; calls of the plan that have not begun need an approval of their own.", revoked with { Version = revoked.Version + 1 })
            : new DecisionResult(false, "changed_meanwhile", "It changed while it was taken back. Look at it again.", await store.GetAsync<CallRecord>(callId, CancellationToken.None));
    }

    private async Task<Refusal?> RefusalAsync(CallRecord call, ApproverRecord approver, string digest, CancellationToken cancellationToken)
    {
        if (call.State != CallState.AwaitingApproval || call.Approval is not { } approval)
            return new Refusal("not_waiting", $"This call does not wait for a decision; it is {call.State.Word()}.");
        if (approval.CompleteAt is not null)
            return new Refusal("decided_already", "This call has every approval that it needs.");
        if (clock.Trouble() is { } trouble)
            return trouble;
        if (clock.Now >= approval.ExpiresAt)
            return new Refusal("expired", "The time for deciding is over; silence is a no.");
        if (!string.Equals(digest, approval.Digest, StringComparison.Ordinal) || !CallDigest.IsBound(call))
            return new Refusal("not_what_was_shown", "The call is not what was shown any more. Look at it again: siit-iam approvals show.");
        return await seating.RefusalAsync(call, approver, clock.Now, cancellationToken);
    }

    private async Task<DecisionResult> ApproveAsync(CallRecord decided, Change spending)
    {
        var complete = Seating.IsComplete(decided);
        var approved = decided with { Approval = decided.Approval! with { CompleteAt = complete ? clock.Now : null } };
        if (!(await store.CommitAsync([Change.Save(approved), spending, .. await notices.DecidedAsync(approved, approved.Approval!.Decisions[^1], CancellationToken.None)], CancellationToken.None)).Done)
            return new DecisionResult(false, "changed_meanwhile", "The call changed while it was decided. Look at it again.", await store.GetAsync<CallRecord>(decided.Id));
        approved = approved with { Version = approved.Version + 1 };
        if (!complete)
            return new DecisionResult(true, null, StillNeeded(approved), approved);
        keeper.Wake(decided.Id);
        return new DecisionResult(true, null, "Approved; it is being executed.", approved);
    }

    private static string StillNeeded(CallRecord call) => call.Card!.Quorums.All(quorum => quorum.Seats.All(seat => seat.Source == SeatSource.Any))
        ? "Approved; one more approver from another group is needed."
        : $"Approved; it needs {ApprovalRules.Word(call)}, and that is not complete yet.";

    private async Task<DecisionResult> DenyAsync(CallRecord decided, Decision decision, ApproverRecord approver)
    {
        var denied = decided with
        {
            State = CallState.Denied,
            Message = $"NOT EXECUTED. Denied by {approver.Name}{Quoted(decision.Reason)}. Nothing was done.",
            EndedAt = clock.Now,
        };
        if (!(await store.CommitAsync([Change.Save(denied), .. await notices.DecidedAsync(denied, decision, CancellationToken.None)], CancellationToken.None)).Done)
            return new DecisionResult(false, "changed_meanwhile", "The call changed while it was decided. Look at it again.", await store.GetAsync<CallRecord>(decided.Id));
        await endings.TellAsync(denied);
        return new DecisionResult(true, null, "Denied; nothing is done.", denied with { Version = denied.Version + 1 });
    }

    /// <summary>An approver's text is data, too: a model reads it.</summary>
    private static string Quoted(string? reason) => reason is null ? "" : $", who says: \"{HiddenText.Shown(reason, LongestReason).Replace("\"", "''", StringComparison.Ordinal)}\"";

    private static string? Cut(string? reason) => reason is { Length: > LongestReason } ? reason[..LongestReason] : reason;

    private static JsonObject Told(ApproverRecord approver, bool approve, string digest, string? refused, string door) => new()
    {
        ["approver"] = approver.Id,
        ["email"] = approver.Email,
        ["approved"] = approve,
        ["digest"] = digest,
        ["refused"] = refused,
        ["door"] = door,
    };
}

/// <param name="Taken">False: it does not count, and <paramref name="Message"/> says why.</param>
/// <param name="Code">snake_case reason when it was not taken, such as <c>is_requester</c>.</param>
internal sealed record DecisionResult(bool Taken, string? Code, string Message, CallRecord? Call);
