namespace Siit.Iam.Agent.Gate;

/// <summary>Where people decide. One method decides, whatever the door.</summary>
internal sealed class ApprovalDesk
{
    /// <summary>Calls and plans that wait, oldest first.</summary>
    public Task<IReadOnlyList<CallRecord>> ListAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// Decides on exactly what was shown. <paramref name="approver"/> has proved presence just before (one-time code); everything
    /// else (not the requester, not the target, not the operator, not twice, registered, in time, same digest) is checked here.
    /// </summary>
    /// <returns>Whether it was taken, and a sentence; the call as it stands now.</returns>
    public Task<DecisionResult> DecideAsync(string callId, ApproverRecord approver, bool approve, string digest, string? reason, CancellationToken cancellationToken) => throw new NotImplementedException();
}

/// <param name="Taken">False: it does not count, and <paramref name="Message"/> says why.</param>
/// <param name="Code">snake_case reason when it was not taken, such as <c>is_requester</c>.</param>
internal sealed record DecisionResult(bool Taken, string? Code, string Message, CallRecord? Call);
