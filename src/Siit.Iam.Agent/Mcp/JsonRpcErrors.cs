using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Codes of JSON-RPC errors. Only what is wrong with a message as such is one; what an action says no to is a result.</summary>
internal static class JsonRpcErrors
{
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;
    public const int InvalidParams = -32602;
    public const int InternalError = -32603;

    /// <summary>Free for servers: refused before the message was read.</summary>
    public const int Refused = -32000;

    public static JsonObject Of(JsonNode? id, int code, string message) => new()
    {
        ["jsonrpc"] = "2.0",
        ["id"] = id,
        ["error"] = new JsonObject { ["code"] = code, ["message"] = message },
    };
}
