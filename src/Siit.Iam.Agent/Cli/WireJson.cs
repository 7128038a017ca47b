using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Cli;

/// <summary>
/// JSON as it goes over the operators' socket and out with <c>--json</c>: snake_case, no nulls, everything outside of ASCII
/// escaped, so that it is safe on a terminal.
/// </summary>
internal static class WireJson
{
    public static JsonSerializerOptions Options { get; } = new(StoreJson.Options)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.Default,
    };

    public static JsonSerializerOptions Indented { get; } = new(Options) { WriteIndented = true };

    public static JsonNode Node<T>(T value) => JsonSerializer.SerializeToNode(value, Options)!;

    public static T Read<T>(JsonNode node) => node.Deserialize<T>(Options)!;

    public static JsonArray Array<T>(IEnumerable<T> values, Func<T, JsonNode> node) => new([.. values.Select(node)]);
}
