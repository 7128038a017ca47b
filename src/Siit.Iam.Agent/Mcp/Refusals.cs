using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Answers a request that does not get as far as a tool.</summary>
internal static class Refusals
{
    public static Task WriteAsync(HttpContext context, int status, int code, string message, JsonNode? id = null)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonRpcErrors.Of(id, code, message).ToJsonString(ToolJson.Written), context.RequestAborted);
    }
}
