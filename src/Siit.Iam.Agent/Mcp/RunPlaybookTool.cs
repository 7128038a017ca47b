using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Starts a run of a playbook. What its steps do goes through the gate, each by itself.</summary>
internal sealed class RunPlaybookTool(PlaybookDesk desk, CallerPace pace, GateOptions options) : IMcpTool
{
    private static readonly InputShape Input = InputShape.Of<Arguments>();

    public Tool Shown { get; } = Show(options);

    public async Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken)
    {
        if (pace.Refuses(use.Caller) is { } tooFast)
            return ToolAnswers.Of(CallAnswers.Refused(tooFast));
        if (Input.Check(use.Arguments) is { Count: > 0 } problems)
            return ToolAnswers.Refused("invalid_input", string.Join(" ", problems));
        var inputs = use.Arguments["inputs"]?.DeepClone().AsObject() ?? [];
        use.Progress?.Report("Starting the run.");
        return ToolAnswers.Of(await desk.RunAsync(
            use.Caller, use.Door, Text(use, "playbook")!, inputs, Text(use, "requester"), Text(use, "request"), cancellationToken));
    }

    private static string? Text(ToolUse use, string name) => use.Arguments[name]?.GetValue<string>();

    private static Tool Show(GateOptions options)
    {
        var shown = ToolTexts.Beside(
            "run_playbook", "Run playbook", "Starts a playbook; its changes wait for approval like any other.", Input, ToolTexts.RunAnswer, reads: false);
        shown.Annotations = new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = false, OpenWorldHint = true };
        shown.Meta = new JsonObject { [ToolTexts.GateKey] = ToolTexts.Gate("policy", Risk.High, Approvers.None, options.PlanLifetime) };
        return shown;
    }

    private sealed record Arguments
    {
        [Description("Id from list_playbooks."), MaxLength(100)]
        public required string Playbook { get; init; }

        public JsonObject? Inputs { get; init; }

        [MaxLength(64)]
        public string? Request { get; init; }

        [MaxLength(320)]
        public string? Requester { get; init; }
    }
}
