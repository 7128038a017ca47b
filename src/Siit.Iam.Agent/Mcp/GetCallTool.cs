using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Where one of the caller's own calls stands.</summary>
internal sealed class GetCallTool(CallDesk desk, CallerPace pace) : IMcpTool
{
    public Tool Shown { get; } = ToolTexts.Beside(
        "get_call", "Get call", "Tells where one of your calls stands, with its result.", CallReference.Shape, ToolTexts.CallAnswer, reads: true);

    public async Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken)
    {
        if (pace.Refuses(use.Caller) is { } tooFast)
            return ToolAnswers.Of(CallAnswers.Refused(tooFast));
        var (call, problem) = CallReference.Read(use.Arguments);
        if (call is null)
            return ToolAnswers.Refused("invalid_input", problem!);
        return await desk.GetAsync(use.Caller, call, cancellationToken) is { } answer ? ToolAnswers.Of(answer) : ToolAnswers.NoSuchCall();
    }
}
