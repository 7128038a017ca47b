using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Which playbooks there are, and what each is started with.</summary>
internal sealed class ListPlaybooksTool(PlaybookDesk desk, CallerPace pace) : IMcpTool
{
    private static readonly InputShape Input = InputShape.Of<Nothing>();

    public Tool Shown { get; } = ToolTexts.Beside(
        "list_playbooks", "List playbooks", "Lists the playbooks with their inputs and how much each can change at most.", Input, ToolTexts.ReadAnswer, reads: true);

    public Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken)
    {
        if (pace.Refuses(use.Caller) is { } tooFast)
            return Task.FromResult(ToolAnswers.Of(CallAnswers.Refused(tooFast)));
        if (Input.Check(use.Arguments) is { Count: > 0 } problems)
            return Task.FromResult(ToolAnswers.Refused("invalid_input", string.Join(" ", problems)));
        var playbooks = desk.List();
        return Task.FromResult(ToolAnswers.Found(Answers.Page("playbooks", [.. playbooks], next: null, Told)));
    }

    private JsonObject Told(Playbook playbook)
    {
        var told = new JsonObject
        {
            ["id"] = playbook.Id,
            ["version"] = playbook.Version,
            ["published"] = desk.StandingOf(playbook.Id).State,
            ["title"] = Answers.Text(playbook.Title),
            ["description"] = HiddenText.Shown(playbook.Description, 400),
            ["changes"] = playbook.Bound.ToString(),
            ["inputs"] = new JsonArray([.. playbook.Inputs.Select(Told)]),
        };
        // The form's fields are the inputs that its trigger does not give itself.
        if (playbook.Triggers.OfType<RequestTrigger>().ToList() is { Count: > 0 } forms)
        {
            told["forms"] = new JsonObject(forms.Select(form => KeyValuePair.Create(
                form.Form, (JsonNode?)new JsonArray([.. playbook.Inputs.Where(input => form.Bind.All(bound => bound.Name != input.Name)).Select(input => (JsonNode)input.Name)]))));
        }

        return told;
    }

    private static JsonNode Told(PlaybookInput input)
    {
        var told = new JsonObject { ["name"] = input.Name, ["kind"] = input.Kind.ToString().ToLowerInvariant(), ["required"] = input.Required };
        if (input.Values.Count > 0)
            told["values"] = new JsonArray([.. input.Values.Select(value => (JsonNode)value)]);
        if (input.Description is { } description)
            told["description"] = HiddenText.Shown(description, 200);
        return told;
    }

    private sealed record Nothing;
}
