using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Model;

/// <summary>What <c>strict</c> demands of a schema: every property required, nothing else allowed, and a small vocabulary.</summary>
internal static class StrictSchema
{
    private static readonly string[] Known =
    [
        "$defs", "$ref", "additionalProperties", "anyOf", "const", "description", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "items",
        "maximum", "maxItems", "minimum", "minItems", "multipleOf", "pattern", "properties", "required", "title", "type",
    ];

    public static void Check(string name, JsonNode? schema)
    {
        if (schema is not JsonObject { } root || root["type"]?.GetValue<string>() != "object")
            throw Wrong(name, "schema must be a JSON Schema of 'type: \"object\"'");
        Node(name, root, "");
    }

    private static void Node(string name, JsonObject schema, string at)
    {
        if (schema.FirstOrDefault(member => !Known.Contains(member.Key)) is { Key: { } unknown })
            throw Wrong(name, $"In context=({at}), '{unknown}' is not permitted");
        if (schema["enum"] is JsonArray { Count: 0 })
            throw Wrong(name, $"In context=({at}), enum value list must not be empty");
        if (schema["items"] is JsonObject items)
            Node(name, items, at + "'items'");
        if (schema["properties"] is not JsonObject properties)
            return;
        if (schema["additionalProperties"]?.GetValueKind() != JsonValueKind.False)
            throw Wrong(name, $"In context=({at}), 'additionalProperties' is required to be supplied and to be false");
        var required = (schema["required"] as JsonArray ?? []).Select(item => item!.GetValue<string>()).ToHashSet();
        if (properties.FirstOrDefault(property => !required.Contains(property.Key)) is { Key: { } missing })
            throw Wrong(name, $"In context=({at}), 'required' is required to be supplied and to be an array including every key in properties. Missing '{missing}'");
        foreach (var (key, property) in properties)
            Node(name, property!.AsObject(), $"{at}'properties', '{key}'");
    }

    private static ModelRefusal Wrong(string name, string why) =>
        new(400, $"Invalid schema for response_format '{name}': {why}.", "invalid_json_schema", "response_format");
}
