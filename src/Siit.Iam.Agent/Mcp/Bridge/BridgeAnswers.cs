using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Carries what the server answers to one message to the client, as it comes.</summary>
/// <param name="negotiated">Told the revision that <c>initialize</c> agreed on.</param>
internal sealed class BridgeAnswers(BridgeMessage message, BridgeSettings settings, BridgeOutput output, Action<string> negotiated)
{
    private const int LongestBody = 16 * 1024 * 1024;

    /// <summary>Whether the answer to the message has been written; others (progress) may have been.</summary>
    public async Task<bool> RelayAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var kind = response.Content.Headers.ContentType?.MediaType;
        if (!response.IsSuccessStatusCode)
            return await TellAsync(response, kind == "application/json" ? await BodyAsync(response, cancellationToken) : [], cancellationToken);
        if (kind == "text/event-stream")
            return await StreamAsync(response, cancellationToken);
        var body = await BodyAsync(response, cancellationToken);
        return body.Length > 0 ? await WriteAsync(body) : message.Id is null;
    }

    private async Task<bool> StreamAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var answered = false;
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(stream, (_, data) => data.ToArray()).EnumerateAsync(cancellationToken))
        {
            if (item.Data.Length > 0)
                answered |= await WriteAsync(item.Data);
        }

        return answered;
    }

    private async Task<bool> WriteAsync(byte[] json)
    {
        bool answers;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1000 });
            answers = Answers(document.RootElement);
        }
        catch (JsonException)
        {
            // Never on standard output what is no message.
            if (message.Id is not null)
                await output.WriteErrorAsync(message.Id, JsonRpcErrors.InternalError, BridgeSentences.Unreadable);
            return true;
        }

        await output.WriteAsync(json);
        return answers;
    }

    private bool Answers(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new JsonException();
        if (message.Method == "initialize" && root.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Object
            && result.TryGetProperty("protocolVersion", out var version) && version.ValueKind == JsonValueKind.String)
            negotiated(version.GetString()!);
        return root.TryGetProperty("result", out _) || root.TryGetProperty("error", out _);
    }

    /// <summary>An error of the way: the server's own JSON-RPC error when it sent one, under the id of the request.</summary>
    private async Task<bool> TellAsync(HttpResponseMessage response, byte[] body, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (message.Id is not { } id)
            return true;
        if (response.StatusCode != System.Net.HttpStatusCode.Unauthorized && Error(body) is { } told)
        {
            told["id"] = JsonNode.Parse(id);
            await output.WriteAsync(JsonSerializer.SerializeToUtf8Bytes<JsonNode>(told, ToolJson.Written));
        }
        else
        {
            await output.WriteErrorAsync(id, JsonRpcErrors.Refused, BridgeSentences.Of(response.StatusCode, settings));
        }

        return true;
    }

    private static JsonObject? Error(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) is JsonObject told && told["error"] is JsonObject ? told : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<byte[]> BodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await response.Content.LoadIntoBufferAsync(LongestBody, cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }
}
