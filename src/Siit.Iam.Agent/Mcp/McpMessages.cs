using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Siit.Iam.Agent.Mcp;

/// <summary>
/// Reads a message before the MCP library does: bounded, well-formed, one message and not a batch, nothing given twice. The library
/// has no limits, answers broken JSON without a JSON-RPC error, and keeps of arguments only what fits its dictionary, so the
/// arguments of a call are taken aside here.
/// </summary>
internal sealed class McpMessages(RequestDelegate next, McpOptions options)
{
    /// <summary>Less than the library reads; arguments, which it does not get to see, are measured on their own.</summary>
    private const int DeepestEnvelope = 30;

    private static readonly JsonDocumentOptions Envelope = new() { MaxDepth = DeepestEnvelope, AllowDuplicateProperties = false };

    public async Task InvokeAsync(HttpContext context, McpExchange exchange)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            await next(context);
            return;
        }

        if (!context.Request.HasJsonContentType())
        {
            await Refusals.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, JsonRpcErrors.InvalidRequest, "Send the message as application/json.");
            return;
        }

        if (await ReadAsync(context) is not { } sent)
        {
            var limit = $"A message of more than {options.MaxMessageBytes:N0} bytes is not read.";
            await Refusals.WriteAsync(context, StatusCodes.Status413PayloadTooLarge, JsonRpcErrors.InvalidRequest, limit);
            return;
        }

        var (message, problem) = Take(sent, exchange);
        if (problem is not null)
        {
            await Refusals.WriteAsync(context, StatusCodes.Status400BadRequest, problem.Code, problem.Message, problem.Id);
            return;
        }

        context.Request.Body = new MemoryStream(message!);
        context.Request.ContentLength = message!.Length;
        await next(context);
    }

    private async Task<byte[]?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > options.MaxMessageBytes)
            return null;
        using var read = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is var count and > 0)
        {
            if (read.Length + count > options.MaxMessageBytes)
                return null;
            read.Write(buffer, 0, count);
        }

        return read.ToArray();
    }

    /// <summary>The message for the library, with the arguments of a call taken aside; or what is wrong with it.</summary>
    private static (byte[]? Message, Wrong? Problem) Take(byte[] sent, McpExchange exchange)
    {
        if (!Utf8.IsValid(sent))
            return (null, new Wrong(JsonRpcErrors.ParseError, "The message is not valid UTF-8."));
        JsonDocument document;
        try
        {
            // Arguments may be nested without end: that is an answer of the tool, not of the reader.
            document = JsonDocument.Parse(ShallowJson.Of(sent));
        }
        catch (JsonException)
        {
            return (null, new Wrong(JsonRpcErrors.ParseError, "The message is not valid JSON."));
        }

        using (document)
        {
            try
            {
                return Take(document.RootElement, sent, exchange);
            }
            catch (Exception broken) when (broken is JsonException or InvalidOperationException or ArgumentException)
            {
                return (null, new Wrong(JsonRpcErrors.InvalidRequest, "The message gives a property twice, is nested too deeply or holds half a surrogate pair."));
            }
        }
    }

    private static (byte[]? Message, Wrong? Problem) Take(JsonElement root, byte[] sent, McpExchange exchange)
    {
        if (root.ValueKind == JsonValueKind.Array)
            return (null, new Wrong(JsonRpcErrors.InvalidRequest, "Batches are not part of this protocol; send one message at a time."));
        if (root.ValueKind != JsonValueKind.Object)
            return (null, new Wrong(JsonRpcErrors.InvalidRequest, "A message is a JSON object."));
        var message = IsCall(root) ? TakeArguments(root, exchange) : sent;
        using var checkedAgain = JsonDocument.Parse(message, Envelope);
        return Problem(checkedAgain.RootElement) is { } problem ? (null, problem) : (message, null);
    }

    private static bool IsCall(JsonElement root) =>
        root.TryGetProperty("method", out var method) && method.ValueKind == JsonValueKind.String && method.ValueEquals("tools/call")
        && root.TryGetProperty("params", out var parameters) && parameters.ValueKind == JsonValueKind.Object;

    private static byte[] TakeArguments(JsonElement root, McpExchange exchange)
    {
        var message = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(message, new JsonWriterOptions { MaxDepth = int.MaxValue }))
        {
            writer.WriteStartObject();
            foreach (var property in root.EnumerateObject())
            {
                if (!property.NameEquals("params") || property.Value.ValueKind != JsonValueKind.Object)
                {
                    property.WriteTo(writer);
                    continue;
                }

                writer.WriteStartObject("params");
                foreach (var parameter in property.Value.EnumerateObject())
                {
                    if (!parameter.NameEquals("arguments"))
                    {
                        parameter.WriteTo(writer);
                        continue;
                    }

                    exchange.Arguments = CallArguments.From(parameter.Value);
                    writer.WriteStartObject("arguments");
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        return message.WrittenSpan.ToArray();
    }

    private static Wrong? Problem(JsonElement root)
    {
        JsonNode? id = null;
        if (root.TryGetProperty("id", out var given))
        {
            if (given.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
                return new Wrong(JsonRpcErrors.InvalidRequest, "'id' must be a string or a number.");
            id = JsonNode.Parse(given.GetRawText());
        }

        if (!root.TryGetProperty("jsonrpc", out var version) || version.ValueKind != JsonValueKind.String || !version.ValueEquals("2.0"))
            return new Wrong(JsonRpcErrors.InvalidRequest, "'jsonrpc' must be \"2.0\".", id);
        if (!root.TryGetProperty("method", out var method))
            return root.TryGetProperty("result", out _) || root.TryGetProperty("error", out _) ? null : new Wrong(JsonRpcErrors.InvalidRequest, "'method' is missing.", id);
        if (method.ValueKind != JsonValueKind.String)
            return new Wrong(JsonRpcErrors.InvalidRequest, "'method' must be a string.", id);
        if (root.TryGetProperty("params", out var parameters) && parameters.ValueKind != JsonValueKind.Object)
            return new Wrong(JsonRpcErrors.InvalidParams, "'params' must be an object.", id);
        return method.ValueEquals("tools/call") && !HasName(parameters)
            ? new Wrong(JsonRpcErrors.InvalidParams, "'params.name' must be the name of a tool.", id)
            : null;
    }

    private static bool HasName(JsonElement parameters) =>
        parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String;

    private sealed record Wrong(int Code, string Message, JsonNode? Id = null);
}
