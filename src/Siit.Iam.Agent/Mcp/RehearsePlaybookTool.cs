using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Rehearsals;
using Siit.Iam.Agent.Playbooks.Runs;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Tells what a run would do. Nothing is changed, asked or sent by it.</summary>
internal sealed class RehearsePlaybookTool(RehearsalDesk desk, CallerPace pace) : IMcpTool
{
    private const int MostLines = 60;

    private static readonly InputShape Input = InputShape.Of<Arguments>();

    public Tool Shown { get; } = ToolTexts.Beside("rehearse_playbook", "Rehearse playbook", "Tells what a playbook would change, without changing anything.", Input, ToolTexts.RunAnswer, reads: true);

    public async Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken)
    {
        if (pace.Refuses(use.Caller) is { } tooFast)
            return ToolAnswers.Of(CallAnswers.Refused(tooFast));
        if (Input.Check(use.Arguments) is { Count: > 0 } problems)
            return ToolAnswers.Refused("invalid_input", string.Join(" ", problems));
        var inputs = use.Arguments["inputs"]?.DeepClone().AsObject() ?? [];
        var branches = use.Arguments["branches"]?.GetValue<bool>() == true;
        var (answer, refusal) = await desk.RehearseAsync(
            use.Arguments["playbook"]!.GetValue<string>(), playbook => new RehearsalWish(playbook, inputs, use.Caller, use.Door) { Branches = branches }, cancellationToken);
        return answer is null ? ToolAnswers.Refused(refusal!.Code, refusal.Message) : ToolAnswers.Found(Told(answer));
    }

    private static JsonObject Told(RehearsalAnswer answer)
    {
        var report = answer.Report;
        var told = new JsonObject { ["state"] = report.State.Word(), ["message"] = $"REHEARSED, nothing was changed. {report.Message}" };
        Add(told, "changes", [.. report.Changes.Select(change => change.ToString())]);
        Add(told, "difference", report.Difference);
        Add(told, "cannot_be_undone", report.CannotBeUndone);
        Add(told, "approvals", report.Approvals);
        Add(told, "notices", report.Notices);
        if (report.Headroom is { } headroom)
            told["headroom"] = headroom;
        if (answer.Ends.Count > 0)
            told["ends"] = new JsonArray([.. answer.Ends.Select(end => (JsonNode)$"{end.State.Word()}, {end.Writes} changes: {end.Message} ({end.Ways[0]}{(end.Ways.Count > 1 ? $", and {end.Ways.Count - 1} more ways" : "")})")]);
        if (answer.Cut)
            told["cut"] = $"Only {answer.Walks} ways were walked; there are more.";
        if (answer.Sampled.Count > 0)
            told["sampled"] = $"Of these answers only these values were walked, others may lead elsewhere. {string.Join("; ", answer.Sampled)}";
        return told;
    }

    private static void Add(JsonObject told, string name, IReadOnlyList<string> lines)
    {
        if (lines.Count > 0)
            told[name] = new JsonArray([.. lines.Take(MostLines).Select(line => (JsonNode)line), .. lines.Count > MostLines ? [(JsonNode)$"… and {lines.Count - MostLines} more"] : Array.Empty<JsonNode>()]);
    }

    private sealed record Arguments
    {
        [MaxLength(100)]
        public required string Playbook { get; init; }

        public JsonObject? Inputs { get; init; }

        public bool? Branches { get; init; }
    }
}
