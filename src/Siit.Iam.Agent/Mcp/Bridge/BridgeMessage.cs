using System.Text.Json;

namespace Siit.Iam.Agent.Mcp;

/// <summary>One line from the client: forwarded as it is, with what the way needs to know of it.</summary>
internal sealed record BridgeMessage
{
    private const string VersionInMeta = "io.modelcontextprotocol/protocolVersion";

    public required byte[] Line { get; init; }

    /// <summary>The id as JSON text; null for notifications and answers.</summary>
    public string? Id { get; init; }

    /// <summary>Null for answers.</summary>
    public string? Method { get; init; }

    /// <summary>The revision that the message itself declares: since 2026-07-28 each does.</summary>
    public string? Version { get; init; }

    /// <summary>The tool, prompt or resource that it is about.</summary>
    public string? Name { get; init; }

    /// <summary>For a cancellation: the id of the request that is not wanted any more, as JSON text.</summary>
    public string? Cancels { get; init; }

    /// <exception cref="JsonException">The line is no JSON.</exception>
    /// <exception cref="InvalidDataException">It is JSON but no message; the text says why.</exception>
    public static BridgeMessage Read(byte[] line)
    {
        using var document = JsonDocument.Parse(ShallowJson.Of(line));
        var root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Array)
            throw new InvalidDataException("Batches are not part of this protocol; send one message at a time.");
        if (root.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException("A message is a JSON object.");
        var parameters = Member(root, "params", JsonValueKind.Object);
        var method = Text(root, "method");
        return new BridgeMessage
        {
            Line = line,
            Id = root.TryGetProperty("id", out var id) && id.ValueKind is JsonValueKind.String or JsonValueKind.Number ? id.GetRawText() : null,
            Method = method,
            Version = Text(Member(parameters, "_meta", JsonValueKind.Object), VersionInMeta),
            Name = Text(parameters, method == "resources/read" ? "uri" : "name"),
            Cancels = method == "notifications/cancelled" && parameters?.TryGetProperty("requestId", out var cancelled) == true ? cancelled.GetRawText() : null,
        };
    }

    private static JsonElement? Member(JsonElement? of, string name, JsonValueKind kind) =>
        of is { } parent && parent.TryGetProperty(name, out var member) && member.ValueKind == kind ? member : null;

    private static string? Text(JsonElement? of, string name) => Member(of, name, JsonValueKind.String)?.GetString();
}
