using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Mcp;

/// <summary>
/// Playbooks that a person picks from a client's menu. Getting a prompt starts nothing: it is the request to call
/// <c>run_playbook</c> with exactly these inputs, so that the call is the client's and its caller's.
/// </summary>
internal sealed class PromptList(PlaybookDesk desk)
{
    public ListPromptsResult List() => new()
    {
        Prompts = [.. Published().Select(found => new Prompt
        {
            Name = found.Trigger.Prompt,
            Title = found.Playbook.Title,
            Description = HiddenText.Shown(found.Trigger.Description ?? found.Playbook.Title, 200),
            Arguments = [.. found.Playbook.Inputs.Select(input => new PromptArgument { Name = input.Name, Description = Described(input), Required = input.Required })],
        })],
    };

    /// <exception cref="McpProtocolException">There is none, or the arguments do not fit.</exception>
    public GetPromptResult Get(RequestContext<GetPromptRequestParams> request)
    {
        var name = request.Params?.Name;
        var (playbook, _) = Published().Where(found => found.Trigger.Prompt == name).Select(found => ((Playbook, PromptTrigger)?)found).FirstOrDefault()
            ?? throw new McpProtocolException($"There is no prompt '{HiddenText.Shown(name, 60)}'; prompts/list has them all.", McpErrorCode.InvalidParams);
        var inputs = new JsonObject();
        var problems = new List<string>();
        foreach (var (given, value) in request.Params!.Arguments ?? new Dictionary<string, JsonElement>())
        {
            if (playbook.Inputs.FirstOrDefault(input => input.Name == given) is not { } input)
            {
                problems.Add($"'{HiddenText.Shown(given, 40)}' is not an argument of this prompt.");
                continue;
            }

            inputs[given] = Typed(input, value);
            if (input.Problem(inputs[given]!) is { } problem)
                problems.Add(problem);
        }

        problems.AddRange(playbook.Inputs.Where(input => input.Required && inputs[input.Name] is null).Select(input => $"'{input.Name}' is missing."));
        if (problems.Count > 0)
            throw new McpProtocolException(string.Join(" ", problems), McpErrorCode.InvalidParams);
        var call = new JsonObject { ["playbook"] = playbook.Id, ["inputs"] = inputs };
        return new GetPromptResult
        {
            Description = playbook.Title,
            Messages =
            [
                new PromptMessage
                {
                    Role = Role.User,
                    Content = new TextContentBlock { Text = $"Call run_playbook once with exactly these arguments, then tell me what it answers: {call.ToJsonString(ToolJson.Written)}" },
                },
            ],
        };
    }

    private IEnumerable<(Playbook Playbook, PromptTrigger Trigger)> Published() => desk.List()
        .SelectMany(playbook => playbook.Triggers.OfType<PromptTrigger>().Select(trigger => (playbook, trigger)))
        .DistinctBy(found => found.trigger.Prompt);

    private static string Described(PlaybookInput input) =>
        HiddenText.Shown(input.Values.Count > 0 ? $"{input.Description} One of {string.Join(", ", input.Values)}.".Trim() : input.Description ?? input.Kind.ToString(), 200);

    /// <summary>Clients send every argument of a prompt as a text.</summary>
    private static JsonValue Typed(PlaybookInput input, JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return input.Kind switch
        {
            InputKind.Int when long.TryParse(text, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
            InputKind.Bool when bool.TryParse(text, out var truth) => JsonValue.Create(truth),
            _ => JsonValue.Create(text),
        };
    }
}
