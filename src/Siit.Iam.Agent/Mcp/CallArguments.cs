using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Mcp;

/// <summary>
/// Arguments as the gate takes them, whatever a client sent. What an object cannot hold (something that is no object, a name given
/// twice, a depth without end) is put in as an argument that no action has and whose name says what is wrong: so the gate refuses
/// it beside everything else that is wrong, and it is in the audit log like every refusal.
/// </summary>
internal static class CallArguments
{
    private const int Most = 60;
    private const int Deepest = 16;

    public static JsonObject From(JsonElement? arguments) => arguments switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.Object } given => Read(given),
        _ => new JsonObject { ["arguments: must be an object"] = true },
    };

    private static JsonObject Read(JsonElement given)
    {
        var problems = new List<string>();
        var read = new JsonObject();
        var count = 0;
        foreach (var property in given.EnumerateObject())
        {
            if (++count > Most)
                continue;
            var name = Text(property);
            if (read.ContainsKey(name))
                problems.Add($"{Short(name)}: given twice");
            else
                read[name] = Node(property.Value, name, 1, problems);
        }

        if (count > Most)
            problems.Add($"and {count - Most} more");
        foreach (var problem in problems.Distinct().Take(Most))
            read[problem] = true;
        return read;
    }

    private static JsonNode? Node(JsonElement value, string argument, int depth, List<string> problems)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.String:
                return JsonValue.Create(Text(value));
            case JsonValueKind.Object or JsonValueKind.Array when depth > Deepest:
                problems.Add($"{Short(argument)}: nested too deeply");
                return null;
            case JsonValueKind.Array:
                return new JsonArray([.. value.EnumerateArray().Select(item => Node(item, argument, depth + 1, problems))]);
            case JsonValueKind.Object:
                var read = new JsonObject();
                foreach (var property in value.EnumerateObject())
                {
                    var name = Text(property);
                    if (read.ContainsKey(name))
                        problems.Add($"{Short(argument)}: '{Short(name)}' twice");
                    else
                        read[name] = Node(property.Value, argument, depth + 1, problems);
                }

                return read;
            default:
                return JsonValue.Create(value.Clone());
        }
    }

    /// <summary>Half a surrogate pair is no text: it becomes U+FFFD, which the input check refuses by name.</summary>
    private static string Text(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Mended(value.GetRawText());
        }
    }

    private static string Text(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }

    private static string Mended(string raw)
    {
        var text = new StringBuilder();
        foreach (var rune in raw.Trim('"').EnumerateRunes())
            text.Append(rune.ToString());
        return text.Append('\uFFFD').ToString();
    }

    private static string Short(string name) => name.Length <= 16 ? name : name[..16] + "…";
}
