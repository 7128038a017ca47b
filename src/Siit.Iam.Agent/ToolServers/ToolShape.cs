using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.ToolServers;

internal enum ToolKind
{
    Text,
    Whole,
    Number,
    Flag,
    Texts,
    /// <summary>Something that a playbook can neither give nor read: objects, mixed types.</summary>
    Other,
}

/// <summary>One argument, or one field of an answer, as far as the server's schema is understood here.</summary>
internal sealed record ToolField(string Name, ToolKind Kind, bool Required, IReadOnlyList<string> Words)
{
    public int? MaxLength { get; init; }

    public double? Min { get; init; }

    public double? Max { get; init; }

    /// <summary>Why a value does not fit; null when it does.</summary>
    public string? Problem(JsonNode? value)
    {
        var kind = value?.GetValueKind() ?? JsonValueKind.Null;
        return Kind switch
        {
            ToolKind.Text when kind == JsonValueKind.String => TextProblem(value!.GetValue<string>()),
            ToolKind.Whole when kind == JsonValueKind.Number => IsWhole(value!) ? RangeProblem(value!) : $"'{Name}' must be a whole number.",
            ToolKind.Number when kind == JsonValueKind.Number => RangeProblem(value!),
            ToolKind.Flag when kind is JsonValueKind.True or JsonValueKind.False => null,
            ToolKind.Texts when value is JsonArray list => list.Count > 1000 ? $"'{Name}' is too long a list." : list.Select(item => item is JsonValue && item.GetValueKind() == JsonValueKind.String ? TextProblem(item.GetValue<string>()) : $"'{Name}' must be a list of texts.").FirstOrDefault(problem => problem is not null),
            ToolKind.Other => $"'{Name}' is an object or of several types, which a playbook cannot give.",
            _ => $"'{Name}' must be {What}.",
        };
    }

    public string What => Kind switch
    {
        ToolKind.Text => Words.Count > 0 ? $"one of {string.Join(", ", Words.Select(word => HiddenText.Shown(word, 40)))}" : "a text",
        ToolKind.Whole => "a whole number",
        ToolKind.Number => "a number",
        ToolKind.Flag => "true or false",
        ToolKind.Texts => "a list of texts",
        _ => "an object",
    };

    /// <summary>Only the form: what the server wrote for models to read is left out.</summary>
    public JsonObject Schema()
    {
        var schema = new JsonObject
        {
            ["type"] = Kind switch { ToolKind.Whole => "integer", ToolKind.Number => "number", ToolKind.Flag => "boolean", ToolKind.Texts => "array", ToolKind.Other => "object", _ => "string" },
        };
        if (Kind == ToolKind.Texts)
            schema["items"] = new JsonObject { ["type"] = "string" };
        if (Words.Count > 0)
            schema["enum"] = new JsonArray([.. Words.Select(word => (JsonNode)word)]);
        return schema;
    }

    private string? TextProblem(string text)
    {
        if (!ToolText.IsWhole(text))
            return $"'{Name}' holds half of a character.";
        if (Words.Count > 0 && !Words.Contains(text, StringComparer.Ordinal))
            return $"'{Name}' must be {What}.";
        return text.Length > (MaxLength ?? ToolShape.LongestText) ? $"'{Name}' has {text.Length} characters; at most {MaxLength ?? ToolShape.LongestText} are allowed." : null;
    }

    private string? RangeProblem(JsonNode value)
    {
        var number = NumberOf(value);
        return number < (Min ?? double.MinValue) || number > (Max ?? double.MaxValue) ? $"'{Name}' must be{(Min is { } min ? $" at least {min}" : "")}{(Min is not null && Max is not null ? " and" : "")}{(Max is { } max ? $" at most {max}" : "")}." : null;
    }

    private static bool IsWhole(JsonNode value) => NumberOf(value) is var number && double.IsFinite(number) && Math.Floor(number) == number && Math.Abs(number) < 9e15;

    internal static double NumberOf(JsonNode value) => double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The top level of an object's schema. What is not understood is refused, not passed on.</summary>
internal sealed record ToolShape(IReadOnlyList<ToolField> Fields)
{
    public const int LongestText = 20_000;

    public static ToolShape Of(JsonObject schema)
    {
        var required = (schema["required"] as JsonArray ?? []).Select(Text).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return new ToolShape([.. (schema["properties"] as JsonObject ?? []).Take(100).Select(property => Field(property.Key, property.Value as JsonObject, required.Contains(property.Key)))]);
    }

    /// <summary>Everything that is wrong with arguments, or with an answer, at once.</summary>
    public IReadOnlyList<string> Problems(JsonObject given) =>
    [
        .. Fields.Where(field => field.Required && given[field.Name] is null).Select(field => $"'{HiddenText.Shown(field.Name, 40)}' is missing."),
        .. given.Where(member => Fields.All(field => field.Name != member.Key)).Select(member => $"'{HiddenText.Shown(member.Key, 40)}' is not one of its arguments ({string.Join(", ", Fields.Select(field => HiddenText.Shown(field.Name, 40)))})."),
        .. Fields.Where(field => given[field.Name] is not null).Select(field => field.Problem(given[field.Name])).OfType<string>(),
    ];

    /// <summary>Those fields of an answer that can be read; null when one that has to be there is not, or does not fit.</summary>
    public JsonObject? Known(JsonObject answer)
    {
        var known = new JsonObject();
        foreach (var field in Fields.Where(field => field.Kind != ToolKind.Other))
        {
            if (answer[field.Name] is not { } value)
            {
                if (field.Required)
                    return null;
                continue;
            }

            if (field.Problem(value) is not null)
                return null;
            known[field.Name] = field.Kind == ToolKind.Whole ? (long)ToolField.NumberOf(value) : value.DeepClone();
        }

        return known;
    }

    private static ToolField Field(string name, JsonObject? schema, bool required)
    {
        var types = (schema?["type"] is JsonArray several ? several.Select(Text) : [Text(schema?["type"])]).OfType<string>().Where(type => type != "null").ToList();
        var words = (schema?["enum"] as JsonArray ?? []).Select(Text).OfType<string>().ToList();
        var kind = types switch
        {
            ["string"] => ToolKind.Text,
            ["integer"] => ToolKind.Whole,
            ["number"] => ToolKind.Number,
            ["boolean"] => ToolKind.Flag,
            ["array"] when Text((schema!["items"] as JsonObject)?["type"]) == "string" => ToolKind.Texts,
            [] when words.Count > 0 => ToolKind.Text,
            _ => ToolKind.Other,
        };
        return new ToolField(name, kind, required, kind == ToolKind.Text ? words : [])
        {
            MaxLength = Number(schema?["maxLength"]) is { } length && length < LongestText ? (int)Math.Max(0, length) : null,
            Min = Number(schema?["minimum"]),
            Max = Number(schema?["maximum"]),
        };
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static double? Number(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? ToolField.NumberOf(value) : null;
}

internal static class ToolText
{
    /// <summary>No lone surrogate: such a text has no canonical form.</summary>
    public static bool IsWhole(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune))
                return false;
            if (!rune.IsBmp)
                at++;
        }

        return true;
    }
}
