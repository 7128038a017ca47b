namespace Siit.Iam.Agent.Gate;

/// <summary>Looking at calls and withdrawing them, for those who may.</summary>
internal sealed class CallDesk
{
    /// <summary>The call as its own caller may see it; null when there is none or it belongs to another caller.</summary>
    public Task<CallAnswer?> GetAsync(CallerRecord caller, string callId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Withdraws the caller's own call before its effect has begun; null when there is none or it belongs to another caller.</summary>
    public Task<CallAnswer?> CancelAsync(CallerRecord caller, string callId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>For operators: newest first.</summary>
    public Task<IReadOnlyList<CallRecord>> ListAsync(CallState? state, string? request, int limit, string? after, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<CallRecord?> FindAsync(string callId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>A person who has looked at the IdP says whether an effect happened that could not be told from here. Audited with who said so.</summary>
    public Task<CallAnswer> SettleAsync(string callId, ApproverRecord by, bool happened, string note, CancellationToken cancellationToken) => throw new NotImplementedException();
}
