using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.People.Hris.Scim;

/// <summary>Looking into SCIM resources: names of attributes are compared without regard to case (RFC 7643 §2.1).</summary>
internal static class ScimJson
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>The body of a request, looked through once: half a surrogate pair is found only when its text is read.</summary>
    public static JsonObject Parse(byte[] body)
    {
        try
        {
            var parsed = JsonNode.Parse(body, documentOptions: Strict) as JsonObject ?? throw ScimException.BadSyntax("The body must be a JSON object.");
            ReadAll(parsed);
            return parsed;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or ArgumentException)
        {
            throw ScimException.BadSyntax("The body is no JSON object that can be read: is it cut, nested too deeply, or does it give a name twice?");
        }
    }

    /// <summary>The name as it stands in the object; null when it is not there.</summary>
    public static string? NameIn(JsonObject of, string name) =>
        of.ContainsKey(name) ? name : of.Select(member => member.Key).FirstOrDefault(key => key.Equals(name, StringComparison.OrdinalIgnoreCase));

    public static JsonNode? Member(JsonObject? of, string name) => of is not null && NameIn(of, name) is { } key ? of[key] : null;

    public static JsonObject? Child(JsonObject of, string name) => Member(of, name) switch
    {
        null => null,
        JsonObject child => child,
        _ => throw ScimException.BadValue($"'{name}' must be an object."),
    };

    /// <summary>Trimmed; null when it is missing, null or empty.</summary>
    public static string? Text(JsonObject? of, string name) => Text(Member(of, name), name);

    public static string? Text(JsonNode? node, string name) => node switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text.Trim() is { Length: > 0 } trimmed ? trimmed : null,
        _ => throw ScimException.BadValue($"'{name}' must be a text."),
    };

    /// <summary>Some clients write booleans as texts.</summary>
    public static bool? Flag(JsonObject of, string name) => Member(of, name) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value when value.TryGetValue<string>(out var text) && bool.TryParse(text, out var flag) => flag,
        _ => throw ScimException.BadValue($"'{name}' must be true or false."),
    };

    public static IEnumerable<JsonObject> Children(JsonObject of, string name) => Member(of, name) switch
    {
        null => [],
        JsonArray list => list.OfType<JsonObject>(),
        JsonObject one => [one],
        _ => throw ScimException.BadValue($"'{name}' must be a list of objects."),
    };

    private static void ReadAll(JsonNode? node)
    {
        if (node is JsonObject members)
        {
            foreach (var (_, value) in members)
                ReadAll(value);
        }
        else if (node is JsonArray list)
        {
            foreach (var value in list)
                ReadAll(value);
        }
        else
        {
            _ = node?.AsValue().TryGetValue<string>(out _);
        }
    }

    public static JsonArray Array(params IEnumerable<JsonNode> nodes) => new([.. nodes]);
}
