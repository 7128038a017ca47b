using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Requests;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Hands in a service request: what a form starts, starts; free text waits for people.</summary>
internal sealed class SubmitRequestTool(RequestIntake intake, RequestStarts starts, CallerPace pace) : IMcpTool
{
    private static readonly InputShape Input = InputShape.Of<Arguments>();

    public Tool Shown { get; } = ToolTexts.Beside(
        "submit_request", "Submit request", "Hands in a service request: free text for people, or a form from list_playbooks, which starts its playbook.", Input, ToolTexts.CallAnswer, reads: false);

    public async Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken)
    {
        if (pace.Refuses(use.Caller) is { } tooFast)
            return ToolAnswers.Of(CallAnswers.Refused(tooFast));
        if (Input.Check(use.Arguments) is { Count: > 0 } problems)
            return ToolAnswers.Refused("invalid_input", string.Join(" ", problems));
        try
        {
            var wish = new RequestWish(Text(use, "text"), Text(use, "form"), use.Arguments["fields"]?.DeepClone().AsObject(), Text(use, "requester"), Text(use, "idempotency_key"));
            var taken = await intake.SubmitAsync(use.Caller, use.Door, wish, cancellationToken);
            return taken.Request is { } request
                ? ToolAnswers.Found(Told(taken, await starts.OfAsync(request, cancellationToken)))
                : ToolAnswers.Refused(taken.Refusal!.Code, taken.Refusal.Message);
        }
        catch (AuditUnavailableException unavailable)
        {
            return ToolAnswers.Refused("audit_unavailable", unavailable.Message);
        }
    }

    private static JsonObject Told(RequestTaken taken, IReadOnlyList<RequestStart> started)
    {
        var request = taken.Request!;
        var begun = started.Count > 0 ? $"It has started {string.Join(", ", started.Select(start => start.Playbook))}; changes wait for approval like any other."
            : request.Form is null ? "A person has to look at it." : "What its form starts has not begun yet.";
        var told = new JsonObject
        {
            ["state"] = request.State.Word(),
            ["message"] = $"{(taken.IsRepeat ? "It was handed in before" : "Handed in")}: {request.Id}, for {HiddenText.Shown(request.Requester, 100)}. {begun}",
            ["request"] = request.Id,
        };
        if (started.Count > 0)
            told["started"] = new JsonArray([.. started.Select(start => new JsonObject { ["playbook"] = start.Playbook, ["run"] = start.Run, ["state"] = start.State, ["message"] = HiddenText.Shown(start.Message, 400) })]);
        return told;
    }

    private static string? Text(ToolUse use, string name) => use.Arguments[name]?.GetValue<string>();

    private sealed record Arguments
    {
        [MaxLength(RequestDesk.LongestText)]
        public string? Text { get; init; }

        [MaxLength(64)]
        public string? Form { get; init; }

        public JsonObject? Fields { get; init; }

        [MaxLength(320)]
        public string? Requester { get; init; }

        [MaxLength(200)]
        public string? IdempotencyKey { get; init; }
    }
}
