using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.People.Hris.Scim;

/// <summary>One comparison with <c>eq</c>; others are not offered.</summary>
internal sealed record ScimComparison(string Attribute, JsonValue Value)
{
    public bool Holds(JsonObject of) => ScimJson.Member(of, Attribute) is JsonValue value
        && (value.TryGetValue<string>(out var text) && Value.TryGetValue<string>(out var wanted)
            ? text.Equals(wanted, StringComparison.OrdinalIgnoreCase)
            : JsonNode.DeepEquals(value, Value));

    /// <summary>Reads <c>attribute eq value</c>.</summary>
    /// <exception cref="ScimException">It has another form.</exception>
    public static ScimComparison Parse(string text)
    {
        var parts = text.Trim().Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts is not [var attribute, var op, var literal] || !op.Equals("eq", StringComparison.OrdinalIgnoreCase))
            throw ScimException.BadFilter("Filters have the form: attribute eq \"value\".");
        try
        {
            return JsonNode.Parse(literal) is JsonValue value
                ? new ScimComparison(attribute, value)
                : throw ScimException.BadFilter("A filter compares with a text, a number, true or false.");
        }
        catch (System.Text.Json.JsonException)
        {
            throw ScimException.BadFilter("The value of a filter is written in JSON, a text in double quotes.");
        }
    }
}

/// <summary>Where a PATCH operation points (RFC 7644 §3.5.2): <c>active</c>, <c>name.givenName</c>, <c>emails[type eq "work"].value</c>.</summary>
/// <param name="Schema">The extension that it is in; null for the user itself.</param>
/// <param name="Attribute">Null: the whole extension.</param>
/// <param name="Filter">Which of several.</param>
internal sealed record ScimPath(string? Schema, string? Attribute, ScimComparison? Filter, string? Sub)
{
    /// <returns>Null for a schema that is not ours.</returns>
    /// <exception cref="ScimException">It is no path.</exception>
    public static ScimPath? Parse(string text)
    {
        var rest = text.Trim();
        string? schema = null;
        if (rest.StartsWith("urn:", StringComparison.OrdinalIgnoreCase))
        {
            schema = new[] { ScimUrns.User, ScimUrns.Enterprise, ScimUrns.Hris }.FirstOrDefault(
                known => rest.StartsWith(known, StringComparison.OrdinalIgnoreCase) && (rest.Length == known.Length || rest[known.Length] is ':' or '.'));
            if (schema is null)
                return null;
            rest = rest.Length == schema.Length ? "" : rest[(schema.Length + 1)..];
            schema = schema == ScimUrns.User ? null : schema;
            if (rest.Length == 0)
                return schema is null ? throw Wrong() : new ScimPath(schema, null, null, null);
        }

        ScimComparison? filter = null;
        var open = rest.IndexOf('[', StringComparison.Ordinal);
        var sub = "";
        if (open >= 0)
        {
            var close = rest.LastIndexOf(']');
            if (close < open)
                throw Wrong();
            filter = ScimComparison.Parse(rest[(open + 1)..close]);
            sub = rest[(close + 1)..];
            rest = rest[..open];
        }
        else if (rest.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0)
        {
            (rest, sub) = (rest[..dot], rest[dot..]);
        }

        if (!IsName(rest) || (sub.Length > 0 && (sub[0] != '.' || !IsName(sub[1..]))))
            throw Wrong();
        return new ScimPath(schema, rest, filter, sub.Length > 0 ? sub[1..] : null);
    }

    private static bool IsName(string text) => text.Length is > 0 and <= 100 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '$');

    private static ScimException Wrong() => ScimException.BadPath("'path' is no attribute path such as name.givenName or emails[type eq \"work\"].value.");
}
