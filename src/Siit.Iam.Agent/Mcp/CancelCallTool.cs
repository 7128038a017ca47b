using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Withdraws one of the caller's own calls while other people have not decided.</summary>
internal sealed class CancelCallTool(CallDesk desk, CallerPace pace) : IMcpTool
{
    public Tool Shown { get; } = ToolTexts.Beside(
        "cancel_call", "Cancel call", "Withdraws one of your calls that awaits approval; it then never runs.", CallReference.Shape, ToolTexts.CallAnswer, reads: false);

    public async Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken)
    {
        if (pace.Refuses(use.Caller) is { } tooFast)
            return ToolAnswers.Of(CallAnswers.Refused(tooFast));
        var (call, problem) = CallReference.Read(use.Arguments);
        if (call is null)
            return ToolAnswers.Refused("invalid_input", problem!);
        return await desk.CancelAsync(use.Caller, call, cancellationToken) is { } answer ? ToolAnswers.Of(answer) : ToolAnswers.NoSuchCall();
    }
}
