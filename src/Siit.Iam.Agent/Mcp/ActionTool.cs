using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Mcp;

/// <summary>An action as a tool: turns a use of it into a call and the gate's answer into a result. No policy here.</summary>
internal sealed class ActionTool(ActionDefinition action, ActionExecutor executor, ActionSupport support, GateOptions options) : IMcpTool
{
    public Tool Shown { get; } = ToolTexts.Of(action, support.CannotAt(action), options);

    public async Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken)
    {
        var call = new ActionCall { Action = action.Name, Input = use.Arguments, Caller = use.Caller, Door = use.Door, Progress = use.Progress };
        return ToolAnswers.Of(await executor.ExecuteAsync(call, cancellationToken));
    }
}
