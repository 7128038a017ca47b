using System.Globalization;
using System.Text;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate;

internal sealed record NoticeText(string Subject, string Text);

/// <summary>
/// The texts about calls. What somebody else wrote (reasons, names of groups, a model's words) is not in them: a mail reader would make
/// links of it. It stands on the page and at the command line, marked as what it is.
/// </summary>
internal sealed class NoticeTexts(NoticesOptions options)
{
    /// <summary>Of the page's address.</summary>
    private const string ApprovalPage = "console/approvals/";

    private const string Foot = "\nNothing in this mail decides anything, and no link in it signs anybody in. If it surprises you, tell your IT desk under a number that you know.\n";

    public NoticeText Approval(CallRecord call, string opening, string subject, AuditLog log) => new(
        $"{subject}: {What(call)} for \"{CallAnswers.Who(call)}\"",
        $"{opening}\n\n{Facts(call)}\nLook at all of it and decide there, signed in as yourself:\n{Places(call)}"
        + $"\nUntil {Moment(call.Approval!.ExpiresAt)}. Silence is a no.\n{Foot}\n{Head(log)}");

    public NoticeText Decided(CallRecord call, Decision decision) => new(
        $"{(decision.Approved ? "Approved" : "Denied")}: {What(call)} for \"{CallAnswers.Who(call)}\"",
        $"{(decision.Approved
            ? call.Approval!.CompleteAt is null ? "Somebody has approved it; it needs more than that before anything is done." : "It is approved and runs now."
            : "It was denied. Nothing was done. The reason stands with the call.")}\n\n{Facts(call)}{Places(call)}{Foot}");

    public NoticeText Ended(CallRecord call) => new(
        $"{Outcome(call.State)}: {What(call)} for \"{CallAnswers.Who(call)}\"",
        $"{call.State switch
        {
            CallState.Succeeded => "It was approved and is done.",
            CallState.AlreadySo => "It was so already; nothing had to be done.",
            CallState.Expired when call.Approval?.CompleteAt is null => "Nobody decided in time, which is a no. Nothing was done. Ask again if it is still wanted.",
            CallState.Expired => "It was approved, but could not start in time. Nothing was done. Ask again if it is still wanted.",
            CallState.Cancelled => "It was withdrawn. Nothing was done.",
            CallState.Refused => "It was refused when it was to be done, because something had changed since it was asked for. Nothing was done.",
            _ => "It was not done.",
        }}\n\n{Facts(call)}{Places(call)}{Foot}");

    public NoticeText NeedsPerson(CallRecord call) => new(
        $"Somebody has to look: {What(call)} for \"{CallAnswers.Who(call)}\"",
        $"The answer of {call.Connection} was lost, and it cannot be told from here whether this happened. {(ToolName.IsOne(call.Action) ? "It is never sent again. Until" : "The account stays closed to other calls until")} an approver has looked at it there and says so{(ToolName.IsOne(call.Action) ? ", its run waits" : "")}:\n"
        + $"  siit-iam calls settle {call.Id}\n\n{Facts(call)}{(call.Intent is { } intent ? $"Sent at:    {Moment(intent.At)}\n" : "")}{Places(call)}{Foot}");

    /// <param name="inPlaceOf">For somebody else, because no other address of the person is known than the one concerned.</param>
    public static NoticeText Person(CallRecord call, bool inPlaceOf)
    {
        var whose = inPlaceOf ? $"the account \"{CallAnswers.Who(call)}\"" : "your account";
        var sentence = call.State == CallState.Succeeded ? Done(call, whose) : $"Somebody asked for this, and it is not certain yet whether it happened: {What(call)} of {whose}.";
        var why = inPlaceOf ? "You get this because you are named as the manager, and no address of the person is known but the one whose sign-in it is about. Please pass it on by another way than mail.\n\n" : "";
        return new NoticeText(
            inPlaceOf ? $"About \"{CallAnswers.Who(call)}\": {What(call)}" : $"About your account: {What(call)}",
            $"{sentence}\n\n{why}At:         {call.Connection}, {Moment(call.EndedAt ?? call.Intent!.At)}\n{(call.Request is { } request ? $"Request:    {HiddenText.Shown(request, 64)}\n" : "")}Call:       {call.Id}\n\n"
            + $"If {(inPlaceOf ? "the person" : "you")} did not ask for this and nobody has talked about it, call your IT desk at once, under a number that you know.\n");
    }

    private static string Done(CallRecord call, string whose)
    {
        var first = $"{char.ToUpperInvariant(whose[0])}{whose[1..]}";
        return call.Action switch
        {
            "reset_password" => call.Input["mode"]?.GetValue<string>() switch
            {
                "link" => $"A link that sets a new password of {whose} was mailed by {call.Connection}.",
                "expire" => $"The password of {whose} must be changed at the next sign-in.",
                _ => $"The password of {whose} was reset.",
            },
            "reset_mfa" => $"Second factors of {whose} were removed; they are set up again at the next sign-in.",
            "suspend_user" => $"Signing in to {whose} was stopped.",
            "deactivate_user" => $"{first} was ended: no sign-in is possible, and its applications were taken away.",
            _ => $"{first} was signed out everywhere.",
        };
    }

    private static string Facts(CallRecord call)
    {
        var facts = new StringBuilder();
        facts.Append(CultureInfo.InvariantCulture, $"What:       {What(call)}\n");
        facts.Append(CultureInfo.InvariantCulture, $"For:        \"{CallAnswers.Who(call)}\"{(call.Connection is { } connection ? $" at {connection}" : "")}\n");
        if (call.Requester.Email is { } requester)
            facts.Append(CultureInfo.InvariantCulture, $"Wished by:  \"{HiddenText.Shown(requester, 100)}\" ({(call.Requester.Proved ? "proved" : $"claimed by caller {call.Caller}")})\n");
        facts.Append(CultureInfo.InvariantCulture, $"Asked by:   caller {call.Caller}, for whom \"{HiddenText.Shown(call.Operator, 100)}\" answers\n");
        if (call.Request is { } request)
            facts.Append(CultureInfo.InvariantCulture, $"Request:    {HiddenText.Shown(request, 64)}\n");
        return facts.Append(CultureInfo.InvariantCulture, $"Call:       {call.Id}\n").ToString();
    }

    private string Places(CallRecord call)
    {
        var command = $"  siit-iam {(call.State == CallState.AwaitingApproval ? "approvals" : "calls")} show {call.Id}\n";
        return options.Page is { } page ? $"  {new Uri(page, ApprovalPage + Uri.EscapeDataString(call.Id))}\n{command}" : command;
    }

    /// <summary>Whoever keeps the mail can prove later that the log was not rolled back behind this.</summary>
    private static string Head(AuditLog log) => log.Latest is { } latest
        ? $"The audit log's latest checkpoint (keep this mail, and siit-iam audit verify --checkpoint can prove that the log was not rolled back):\n\n{latest.Note}\n"
        : "";

    private static string What(CallRecord call) => ActionCatalog.Find(call.Action)?.Title ?? (ToolName.IsOne(call.Action) ? ToolCards.Title(HiddenText.Shown(call.Action, 60)) : "A playbook's plan");

    private static string Outcome(CallState state) => state switch
    {
        CallState.Succeeded => "Done",
        CallState.AlreadySo => "Nothing to do",
        CallState.Expired => "Not done, nobody decided",
        CallState.Cancelled => "Withdrawn",
        CallState.Denied => "Denied",
        CallState.Refused => "Refused",
        _ => "Not done",
    };

    private static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
