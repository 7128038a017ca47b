using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate;

/// <summary>The sentences of the gate: what happened, to what, and what to do next.</summary>
internal static class CallAnswers
{
    /// <summary>Nothing was done and nothing is on record.</summary>
    public static CallAnswer NoAudit =>
        Refused(new Refusal("audit_unavailable", "The audit log cannot be written, and without it nothing is done. The operator of this server has to mend it."));

    public static CallAnswer Of(CallRecord call) => new()
    {
        State = call.State,
        Code = call.Code,
        Message = call.Message,
        Call = call.Id,
        Connection = call.Connection,
        Preview = call.Card is { } card ? Preview(card) : [],
        ExpiresAt = call.State == CallState.AwaitingApproval ? call.Approval?.ExpiresAt : null,
    };

    public static CallAnswer Refused(Refusal refusal) => new()
    {
        State = CallState.Refused,
        Code = refusal.Code,
        Message = "Refused, nothing was done. " + refusal.Message,
    };

    public static CallAnswer DryRun(CallRecord call, Judgement judgement, string? coveredBy)
    {
        var (state, code, sentence) = judgement switch
        {
            { AlreadySo: true } => (CallState.AlreadySo, "dry_run", "It is so already; nothing would change."),
            { Refusals.Count: > 0 } => (CallState.Refused, judgement.Refusals[0].Code, "It would be refused. " + Told(judgement.Refusals)),
            { Demand.Needed: Approvers.Refuse } => (CallState.Refused, "not_approvable", $"It would be refused, nobody can approve it: {judgement.Demand.Rules}."),
            { Demand.Needed: Approvers.None } => (CallState.Received, "dry_run", "It would be executed at once."),
            _ when coveredBy is not null => (CallState.Received, "dry_run", "It would be executed at once, covered by the approved plan."),
            _ => (CallState.Received, "dry_run", $"It would wait for {string.Join(", and ", judgement.Demand.Quorums.Select(quorum => quorum.Word()))}: {judgement.Demand.Rules}."),
        };
        return new CallAnswer
        {
            State = state,
            Code = code,
            Message = $"NOT EXECUTED. Dry run of {call.Action}. {sentence}",
            Connection = call.Connection,
            Preview = Preview(judgement.Card),
        };
    }

    public static string Waiting(CallRecord call, string? title) =>
        $"NOT EXECUTED. {title ?? "A plan"} for {Who(call)} waits for {ApprovalRules.Word(call)} until {call.Approval!.ExpiresAt:yyyy-MM-dd HH:mm}Z. "
        + "Another person decides, on the approval page or at the command line; nobody can through this tool. Read the result with get_call.";

    public static string Done(CallRecord call, ActionDefinition action, string readBack) => readBack switch
    {
        "confirmed" => $"Done: {action.Title} for {Who(call)}, and read back at {call.Connection}.",
        "settled_by_reading" => $"Done: {action.Title} for {Who(call)}. The answer was lost on the way; reading it back at {call.Connection} shows that it happened.",
        _ => $"Done: {action.Title} for {Who(call)}. {call.Connection} accepted it; it cannot be read back.",
    } + (call.StandingApproval is { } standing ? $" Approved by standing approval {standing}." : "");

    public static string AlreadySo(CallRecord call, ActionDefinition action) =>
        $"Nothing to do: {action.Title} for {Who(call)} at {call.Connection} is so already.";

    public static string NotKnown(CallRecord call, ActionDefinition action) =>
        $"NOT KNOWN whether it happened: {action.Title} for {Who(call)} at {call.Connection}. It is being settled by reading back and is never repeated blindly. Do not call it again; read get_call in a minute.";

    public static string NeedsPerson(CallRecord call, ActionDefinition action) =>
        $"A person has to look: it cannot be told from here whether {action.Title} for {Who(call)} happened at {call.Connection}. "
        + $"Look at the account there (about {call.Intent?.At:yyyy-MM-dd HH:mm:ss}Z), then: siit-iam calls settle {call.Id}.";

    public static string NotDone(CallRecord call, ActionDefinition action) =>
        $"Not done: {action.Title} for {Who(call)} at {call.Connection} was interrupted before it happened; reading back shows no change. Ask again if it is still wanted.";

    /// <summary>A refusal by trouble at an IdP; the message is the connector's own sentence.</summary>
    public static string Trouble(IdpException trouble) => trouble.Trouble switch
    {
        IdpTrouble.RateLimited when trouble.RetryAt is { } at => $"{trouble.Message} Ask again after {at:HH:mm:ss}Z.",
        _ => trouble.Message,
    };

    public static string Told(IReadOnlyList<Refusal> refusals) => string.Join(" ", refusals.Select(refusal => refusal.Message));

    public static string Who(CallRecord call) => call.Target is { } target
        ? HiddenText.Shown(target.Login, 100)
        : ToolName.IsOne(call.Action) ? $"the server {call.Connection}"
        : HiddenText.Shown(call.Person ?? call.Input["person"]?.ToJsonString() ?? $"run {call.Run}", 100);

    public static IReadOnlyList<string> Preview(EffectCard card) =>
    [
        .. card.Lines.Select(line => $"{line.Sign} {line.Text}"),
        .. card.Consequences.Select(consequence => $"! {consequence}"),
        .. card.Warnings.Select(warning => $"? {warning}"),
    ];
}
