using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>
/// Filters over what an answer shows: <c>field:$eq:value</c> in the first API, <c>field:eq:value</c> in the second (several with commas),
/// objects in searches. Values are compared with their case.
/// </summary>
internal static class JumpCloudFilter
{
    public static Func<JsonObject, bool> First(string? filter) => filter is null or "" ? _ => true : Parse(filter, "$");

    public static Func<JsonObject, bool> Second(string? filter)
    {
        if (filter is null or "") return _ => true;
        var parts = filter.Split(',').Select(part => Parse(part, "")).ToList();
        return item => parts.All(holds => holds(item));
    }

    /// <summary><c>{"email":"x"}</c>, <c>{"and":[…]}</c>, <c>{"or":[…]}</c>, a value as <c>{"$regex":…}</c> is not understood here.</summary>
    public static Func<JsonObject, bool> Search(JsonNode? filter) => filter switch
    {
        null => _ => true,
        JsonArray list => All([.. list.Select(Search)]),
        JsonObject { Count: 1 } one when one["and"] is JsonArray both => All([.. both.Select(Search)]),
        JsonObject { Count: 1 } one when one["or"] is JsonArray either => Any([.. either.Select(Search)]),
        JsonObject fields => All([.. fields.Select(field => Equal(field.Key, field.Value))]),
        _ => throw JumpCloudErrors.Invalid("The filter must be an object."),
    };

    /// <summary><c>{"searchTerm": "ana", "fields": ["email"]}</c>: contained, whatever the case.</summary>
    public static Func<JsonObject, bool> Contains(JsonNode? search)
    {
        if (search is not JsonObject terms) return _ => true;
        var words = terms["searchTerm"] is JsonArray list ? [.. list.Select(w => (string)w!)] : new[] { (string?)terms["searchTerm"] ?? "" };
        var fields = terms["fields"] is JsonArray named ? named.Select(f => (string)f!).ToList() : ["username", "email", "firstname", "lastname"];
        return item => words.Any(word => fields.Any(field => Text(item, field)?.Contains(word, StringComparison.OrdinalIgnoreCase) == true));
    }

    private static Func<JsonObject, bool> Parse(string filter, string mark)
    {
        var parts = filter.Split(':', 3);
        if (parts.Length != 3 || !parts[1].StartsWith(mark, StringComparison.Ordinal)) throw JumpCloudErrors.Invalid($"invalid filter: {filter}", "invalidFilter");
        var (field, value) = (parts[0], parts[2]);
        int Compared(JsonObject item) => string.CompareOrdinal(Text(item, field) ?? "", value);
        return parts[1][mark.Length..] switch
        {
            "eq" => item => Text(item, field) == value,
            "ne" => item => Text(item, field) != value,
            "gt" => item => Compared(item) > 0,
            "ge" or "gte" => item => Compared(item) >= 0,
            "lt" => item => Compared(item) < 0,
            "le" or "lte" => item => Compared(item) <= 0,
            "in" => item => value.Split('|').Contains(Text(item, field)),
            "search" when mark.Length == 0 => item => Text(item, field)?.Contains(value, StringComparison.OrdinalIgnoreCase) == true,
            _ => throw JumpCloudErrors.Invalid($"invalid filter: {filter}", "invalidFilter"),
        };
    }

    private static Func<JsonObject, bool> Equal(string field, JsonNode? value)
    {
        if (value is not JsonValue) throw JumpCloudErrors.Invalid($"The filter for {field} is not understood.");
        return item => Text(item, field) == value.ToString();
    }

    private static Func<JsonObject, bool> All(IReadOnlyList<Func<JsonObject, bool>> parts) => item => parts.All(holds => holds(item));

    private static Func<JsonObject, bool> Any(IReadOnlyList<Func<JsonObject, bool>> parts) => item => parts.Any(holds => holds(item));

    private static string? Text(JsonObject item, string path)
    {
        JsonNode? node = item;
        foreach (var name in path.Split('.')) node = (node as JsonObject)?[name];
        return node is JsonValue value ? value.GetValueKind() is JsonValueKind.True ? "true" : value.GetValueKind() is JsonValueKind.False ? "false" : value.ToString() : null;
    }
}
