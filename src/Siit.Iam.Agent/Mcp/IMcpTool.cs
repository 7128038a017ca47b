using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Mcp;

/// <summary>One tool: what is shown of it, and its use.</summary>
internal interface IMcpTool
{
    Tool Shown { get; }

    /// <summary>Answers with a result also when it says no; throws only when the caller has gone or for a defect.</summary>
    Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken);
}

/// <summary>One use of a tool.</summary>
/// <param name="Arguments">As they came, unchecked.</param>
/// <param name="Progress">Null when the client did not ask to be told.</param>
internal sealed record ToolUse(CallerRecord Caller, string Door, JsonObject Arguments, IProgress<string>? Progress);
