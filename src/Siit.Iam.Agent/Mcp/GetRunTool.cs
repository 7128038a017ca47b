using System.ComponentModel.DataAnnotations;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Where one of the caller's own runs stands.</summary>
internal sealed class GetRunTool(PlaybookDesk desk, CallerPace pace) : IMcpTool
{
    private static readonly InputShape Input = InputShape.Of<Arguments>();

    public Tool Shown { get; } = ToolTexts.Beside(
        "get_run", "Get run", "Tells where one of your runs stands, step by step.", Input, ToolTexts.RunAnswer, reads: true);

    public async Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken)
    {
        if (pace.Refuses(use.Caller) is { } tooFast)
            return ToolAnswers.Of(CallAnswers.Refused(tooFast));
        if (Input.Check(use.Arguments) is { Count: > 0 } problems)
            return ToolAnswers.Refused("invalid_input", string.Join(" ", problems));
        return await desk.GetRunAsync(use.Caller, use.Arguments["run"]!.GetValue<string>(), cancellationToken) is { } answer
            ? ToolAnswers.Of(answer)
            : ToolAnswers.Refused("not_found", "You have started no run with that id.");
    }

    private sealed record Arguments
    {
        [MaxLength(100)]
        public required string Run { get; init; }
    }
}
