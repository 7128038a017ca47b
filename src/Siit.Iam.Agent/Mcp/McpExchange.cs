using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Mcp;

/// <summary>What is known of one HTTP request before the MCP library sees it. One per request.</summary>
internal sealed class McpExchange
{
    /// <summary>Header by which a bridge says what it is. Believed on the callers' socket only.</summary>
    public const string DoorHeader = "Siit-Iam-Door";

    /// <summary>Known from its credential; null until then, and nothing is called without.</summary>
    public CallerRecord? Caller { get; set; }

    public string Door { get; set; } = Doors.McpHttp;

    /// <summary>The arguments as they came: the library's dictionary forgets what was given twice.</summary>
    public JsonObject Arguments { get; set; } = [];
}
