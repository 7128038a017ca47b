using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// Reminds of what waits and hands it on, each once. First in the log, then in the record; what a crash leaves in the log only is
/// learnt from it at the next start, so that nothing is said twice.
/// </summary>
internal sealed class ApprovalTimers(IStore store, AuditTrail trail, KeyedLocks locks, GateOptions options, GateClock clock) : ILogLearner
{
    /// <summary>Does what is due for one call that waits.</summary>
    public async Task LookAsync(CallRecord call, CancellationToken cancellationToken)
    {
        if (Due(call) is null)
            return;
        using var held = await locks.AcquireAsync($"call:{call.Id}", cancellationToken);
        while (await store.GetAsync<CallRecord>(call.Id, cancellationToken) is { } current && Due(current) is { } kind)
        {
            await trail.WriteAsync(kind, current, Told(kind, current), cancellationToken);
            if (!(await store.CommitAsync([Change.Save(Marked(current, kind, clock.Now))], CancellationToken.None)).Done)
                return;
        }
    }

    /// <summary>What the log knows to have been said already, and what was taken back.</summary>
    public async Task LearnAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var entry in entries.Where(entry => entry.Kind is AuditKinds.ApprovalReminded or AuditKinds.ApprovalEscalated or AuditKinds.ApprovalRevoked))
        {
            // Of an approval that was asked for anew since, another entry tells.
            if (entry.Call is not { } id || await store.GetAsync<CallRecord>(id, cancellationToken) is not { Approval: { } approval } call || entry.Data?["digest"]?.GetValue<string>() != approval.Digest)
                continue;
            if (entry.Kind == AuditKinds.ApprovalRevoked)
                await RevokeAsync(call, entry, cancellationToken);
            else if ((entry.Kind == AuditKinds.ApprovalReminded ? approval.RemindedAt : approval.EscalatedAt) is null)
                await store.CommitAsync([Change.Save(Marked(call, entry.Kind, entry.Time))], cancellationToken);
        }
    }

    private async Task RevokeAsync(CallRecord call, AuditEntry entry, CancellationToken cancellationToken)
    {
        if (call.Approval!.Revoked is not null)
            return;
        var revocation = new Revocation(entry.Data?["approver"]?.GetValue<string>() ?? "", entry.Data?["email"]?.GetValue<string>() ?? "", null, entry.Time);
        var revoked = call with { Approval = call.Approval with { Revoked = revocation } };
        if (call.State == CallState.AwaitingApproval)
            revoked = revoked with { State = CallState.Cancelled, Code = "revoked", Message = "NOT EXECUTED. Taken back by an approver. Nothing was done.", EndedAt = entry.Time };
        await store.CommitAsync([Change.Save(revoked)], cancellationToken);
    }

    private string? Due(CallRecord call)
    {
        if (call is not { State: CallState.AwaitingApproval, Approval: { CompleteAt: null } approval } || clock.Trouble() is not null || clock.Now >= approval.ExpiresAt)
            return null;
        if (approval.RemindedAt is null && options.RemindAfter is { } remind && clock.Now >= (approval.AskedAt ?? call.ReceivedAt) + remind)
            return AuditKinds.ApprovalReminded;
        return approval.EscalatedAt is null && call.Card?.Escalates is { } escalates && clock.Now >= escalates.At ? AuditKinds.ApprovalEscalated : null;
    }

    private static CallRecord Marked(CallRecord call, string kind, DateTimeOffset at) => call with
    {
        Approval = kind == AuditKinds.ApprovalReminded ? call.Approval! with { RemindedAt = at } : call.Approval! with { EscalatedAt = at },
    };

    private static JsonObject Told(string kind, CallRecord call) => new()
    {
        ["digest"] = call.Approval!.Digest,
        ["to"] = kind == AuditKinds.ApprovalEscalated ? call.Card?.Escalates?.To : null,
        ["expires"] = call.Approval.ExpiresAt.ToUnixTimeSeconds(),
    };
}
