using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.ToolServers;

/// <summary>What a server says of one of its tools. Untrusted: a description may try to give orders to a model, and may change any day.</summary>
internal sealed record ToolDefinition
{
    /// <summary>Longer ones are not locked: nobody reads them.</summary>
    public const int Longest = 32_000;

    public string? Title { get; init; }

    public string? Description { get; init; }

    public JsonObject InputSchema { get; init; } = [];

    public JsonObject? OutputSchema { get; init; }

    public JsonObject? Annotations { get; init; }

    /// <summary>In the form that is digested and stands in the lock.</summary>
    public JsonObject ToJson() => new()
    {
        ["title"] = Title,
        ["description"] = Description,
        ["inputSchema"] = InputSchema.DeepClone(),
        ["outputSchema"] = OutputSchema?.DeepClone(),
        ["annotations"] = Annotations?.DeepClone(),
    };

    public static ToolDefinition Of(JsonObject json) => new()
    {
        Title = json["title"]?.GetValue<string>(),
        Description = json["description"]?.GetValue<string>(),
        InputSchema = json["inputSchema"]?.DeepClone() as JsonObject ?? [],
        OutputSchema = json["outputSchema"]?.DeepClone() as JsonObject,
        Annotations = json["annotations"]?.DeepClone() as JsonObject,
    };

    /// <summary>SHA-256 over the RFC 8785 form of everything that the server says of the tool, its name included.</summary>
    public string Digest(string name)
    {
        var whole = ToJson();
        whole["name"] = name;
        return CanonicalJson.Digest(whole);
    }
}
