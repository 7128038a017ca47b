namespace Siit.Iam.Agent.Gate;

/// <summary>Whether approvals still mean something: how much is asked, how fast it is answered, and how often the answer is no.</summary>
/// <param name="Calls">Calls that change something, without those that a rule or a wrong input ended at once.</param>
/// <param name="Gated">Those among them that other people were asked about, plans included.</param>
/// <param name="GatedShare">0 to 1.</param>
/// <param name="MedianSecondsToDecide">From asking to the last decision; null when nothing was decided.</param>
/// <param name="RefusalRate">Denied among all that were decided; null when nothing was.</param>
internal sealed record ApprovalStats(
    TimeSpan Within, int Calls, int Gated, double GatedShare, int Approved, int Denied, int Expired, int Withdrawn, int Waiting, double? MedianSecondsToDecide, double? RefusalRate,
    IReadOnlyList<ApproverStats> Approvers)
{
    public static ApprovalStats Of(IReadOnlyList<CallRecord> calls, TimeSpan within, IReadOnlyList<ApproverRecord> approvers)
    {
        // A step that an approved plan covers was asked about with the plan.
        var counted = calls.Where(call => call.State != CallState.Refused || call.Approval is not null || call.Earlier.Count > 0).ToList();
        var rounds = counted.SelectMany(call => call.Earlier.Append(call.Approval).OfType<ApprovalPart>().Select(part => (Call: call, Part: part))).ToList();
        var gated = counted.Count(call => call.Approval is not null || call.Earlier.Count > 0);
        var approved = rounds.Count(round => round.Part.CompleteAt is not null);
        var denied = rounds.Count(round => IsDenied(round.Part));
        return new ApprovalStats(
            within, counted.Count, gated, counted.Count == 0 ? 0 : (double)gated / counted.Count, approved, denied,
            counted.Count(call => call.State == CallState.Expired), counted.Count(call => call.State == CallState.Cancelled && call.Approval is not null),
            counted.Count(call => call is { State: CallState.AwaitingApproval, Approval.CompleteAt: null }),
            Median([.. rounds.Where(round => round.Part.CompleteAt is not null || IsDenied(round.Part)).Select(round => Seconds(round.Part, round.Part.Decisions[^1].At, round.Call))]),
            approved + denied == 0 ? null : (double)denied / (approved + denied),
            [.. rounds.SelectMany(round => round.Part.Decisions.Select(decision => (round.Call, round.Part, Decision: decision))).GroupBy(one => one.Decision.Approver)
                .Select(own => new ApproverStats(
                    own.Key, approvers.FirstOrDefault(approver => approver.Id == own.Key)?.Email ?? own.Last().Decision.Email,
                    own.Count(one => one.Decision.Approved), own.Count(one => !one.Decision.Approved), (double)own.Count(one => !one.Decision.Approved) / own.Count(),
                    Median([.. own.Select(one => Seconds(one.Part, one.Decision.At, one.Call))]) ?? 0))
                .OrderBy(own => own.Email, StringComparer.Ordinal)]);
    }

    private static bool IsDenied(ApprovalPart part) => part.Decisions.Any(decision => !decision.Approved);

    private static double Seconds(ApprovalPart part, DateTimeOffset at, CallRecord call) => Math.Max(0, (at - (part.AskedAt ?? call.ReceivedAt)).TotalSeconds);

    private static double? Median(List<double> values)
    {
        if (values.Count == 0)
            return null;
        values.Sort();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[(values.Count / 2) - 1] + values[values.Count / 2]) / 2;
    }
}

/// <param name="Id">The approver's.</param>
internal sealed record ApproverStats(string Id, string Email, int Approved, int Denied, double RefusalRate, double MedianSecondsToDecide);
