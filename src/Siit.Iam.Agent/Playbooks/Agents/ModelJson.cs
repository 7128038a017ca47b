using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Playbooks.Agents;

/// <summary>Reads what a model wrote as JSON, whole and at once: the library reads texts late, and half a surrogate pair only then breaks.</summary>
internal static class ModelJson
{
    /// <summary>Null when it is not one JSON object of whole texts in which nothing is given twice.</summary>
    public static JsonObject? Object(string text, int deepest)
    {
        try
        {
            var read = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = deepest }) as JsonObject;
            Touch(read);
            return read;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static void Touch(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (_, value) in members)
                    Touch(value);
                break;
            case JsonArray items:
                foreach (var item in items)
                    Touch(item);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                _ = value.GetValue<string>();
                break;
        }
    }
}
