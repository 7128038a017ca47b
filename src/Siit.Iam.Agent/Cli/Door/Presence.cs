using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>What changes who may decide needs somebody who may: present, with a code that counts once.</summary>
internal sealed class Presence(OneTimeCodes codes)
{
    /// <summary>Runs <paramref name="then"/> with the approver whose code was sent, or answers why it does not count.</summary>
    /// <param name="purpose">What the code is given for, for the audit log.</param>
    public async Task<DoorAnswer> WithAsync(DoorRequest request, string purpose, Func<ApproverRecord, Task<DoorAnswer>> then)
    {
        var check = await codes.CheckAsync(request.Text("as"), request.Text("code"), purpose, request.Aborted);
        return check.Approver is { } approver ? await then(approver) : DoorAnswer.Refused(check.Refusal!.Code, check.Refusal.Message);
    }
}
