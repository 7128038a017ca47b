using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Console.Approvals;

/// <summary>A call in a few words, for lists and headings. Hidden characters are written out.</summary>
internal static class CallWords
{
    public static string What(CallRecord call) => ActionCatalog.Find(call.Action)?.Title
        ?? (call.Action == Plans.ActionName ? "Plan of a playbook" : HiddenText.Shown(call.Action, 60));

    public static string Whom(CallRecord call) => call.Target is { } target
        ? $"{HiddenText.Shown(target.Login, 100)} at {call.Connection}"
        : CallAnswers.Who(call) + (call.Connection is null ? "" : $" at {call.Connection}");

    public static string Requester(CallRecord call) => call.Requester switch
    {
        { Email: null } => "nobody named",
        { Proved: true } proved => HiddenText.Shown(proved.Email, 100),
        var claimed => $"{HiddenText.Shown(claimed.Email, 100)} (claimed)",
    };

    public static string Risk(CallRecord call) => (ActionCatalog.Find(call.Action)?.Risk.ToString() ?? call.Card?.Facts["risk"]?.GetValue<string>()) is { } risk
        ? $"{risk.ToLowerInvariant()} risk"
        : "as its calls";

    public static string RiskColour(CallRecord call) => ActionCatalog.Find(call.Action)?.Risk switch
    {
        Actions.Risk.High or null => "danger",
        Actions.Risk.Medium => "warn",
        _ => "",
    };

    public static string State(CallRecord call) => call.State.Word().Replace('_', ' ');

    public static string StateColour(CallRecord call) => call.State switch
    {
        CallState.Succeeded or CallState.AlreadySo => "safe",
        CallState.AwaitingApproval or CallState.Executing or CallState.Unknown or CallState.NeedsPerson => "warn",
        CallState.Failed => "danger",
        _ => "",
    };
}
