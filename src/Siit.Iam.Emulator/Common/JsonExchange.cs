using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Common;

/// <summary>Bodies in and out, the same for every vendor.</summary>
internal static class JsonExchange
{
    /// <param name="bad">The vendor's refusal of what is no JSON.</param>
    public static async Task<JsonNode?> ReadAsync(HttpContext context, Func<Exception> bad)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        if (text.Length == 0) return null;
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            throw bad();
        }
    }

    public static Task WriteAsync(HttpContext context, int status, JsonNode? body)
    {
        context.Response.StatusCode = status;
        if (body is null) return Task.CompletedTask;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }
}
