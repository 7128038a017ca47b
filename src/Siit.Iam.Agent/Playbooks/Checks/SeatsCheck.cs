using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>Who an <c>approve</c> step says has to agree: in the words of the organisation's own rules, and of something that the plan is about.</summary>
internal static class SeatsCheck
{
    private const string Code = "PB038";

    /// <summary>The seats as they are written; null when there are none, or they do not go together, which was told.</summary>
    public static AskedSeats? Read(YamlMapping approve, Report report)
    {
        var written = approve.Sequence("seats");
        var needed = approve.Scalar("needed");
        var fallback = approve.Scalar("fallback");
        if (written is null)
        {
            if (approve.Scalar("approvers") is null)
                report.Add(Code, approve, "'approve' does not say who agrees.", "Write 'approvers: one' or 'two' for people of any approver group, or 'seats', such as [owner] or [manager, group:security].");
            foreach (var alone in new[] { needed, fallback }.OfType<YamlScalar>())
                report.Add(Code, alone, "'needed' and 'fallback' are about 'seats', and there are none.", "Name seats, or take it out.");
            return null;
        }

        var items = written.Items.OfType<YamlScalar>().Where(item => ApprovalRule.SeatOf(item.Text) is not null).ToList();
        var whole = items.Count == written.Items.Count && items.Count > 0;
        foreach (var twice in items.Where(item => item.Text != "any").GroupBy(item => item.Text).Where(same => same.Count() > 1))
            Tell(twice.Last(), $"The seat '{Report.Shown(twice.Key)}' is named twice; each is taken as something else.", "Take one of them out.");
        if (needed?.AsInt > written.Items.Count)
            Tell(needed, $"{needed.AsInt} of {written.Items.Count} seats cannot be taken.", "Name more seats, or need fewer.");
        if (fallback is not null && items.TrueForAll(item => item.Text is not ("manager" or "owner")))
            Tell(fallback, "The fallback takes the seat of a manager or an owner whom nobody could be, and there is no such seat.", "Take it out, or name the seat.");
        return whole
            ? new AskedSeats(
                [.. items.Select(item => ApprovalRule.SeatOf(item.Text)!).Select(seat => seat.Source is SeatSource.Manager or SeatSource.Owner ? seat with { Fallback = fallback?.Text } : seat)],
                (int)(needed?.AsInt ?? items.Count))
            : null;

        void Tell(YamlNode at, string message, string hint)
        {
            whole = false;
            report.Add(Code, at, message, hint);
        }
    }

    /// <summary>Owners of nothing, and managers of nobody: what is asked for is in none of the calls that the plan can hold.</summary>
    public static void Check(IReadOnlyList<Step> steps, Report report)
    {
        foreach (var (approve, covered) in Plan.Of(steps))
        {
            if (Has(approve, SeatSource.Owner) && !covered.Any(write => write.With.Any(argument => argument.Name is "group" or "application")))
                report.Add(Code, approve.Line, approve.Column, $"'{approve.Id}' asks the owner, and no step up to the next 'approve' is about a group or an application: nobody owns that.", "Ask somebody else, or put it before the step that it is about.");
            if (Has(approve, SeatSource.Manager) && covered.Count == 0)
                report.Add(Code, approve.Line, approve.Column, $"'{approve.Id}' asks the manager, and no step up to the next 'approve' changes anybody: nobody's manager is meant.", "Put it before the step that it is about.");
        }
    }

    private static bool Has(ApproveStep approve, SeatSource source) => approve.Seats?.Seats.Any(seat => seat.Source == source) == true;
}
