using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Audit;

/// <summary>
/// RFC 8785 (JSON Canonicalization Scheme): one byte sequence per JSON value, so that a digest binds the value and not
/// its spelling. Stricter than the RFC in one point: an integer literal that a double cannot hold is refused, because
/// two different numbers would otherwise share a digest; such a number belongs in a string.
/// </summary>
/// <exception cref="FormatException">The value is not I-JSON (RFC 7493); thrown by every member of this class.</exception>
internal static class CanonicalJson
{
    private const int MaxDepth = 100;

    // Throws on lone surrogates, where Encoding.UTF8 would put a replacement character.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonDocumentOptions StrictParsing = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <summary>The canonical form as UTF-8.</summary>
    public static byte[] Utf8(JsonNode? node)
    {
        var text = new StringBuilder(256);
        Append(text, node, depth: 0);
        return Encode(text);
    }

    /// <inheritdoc cref="Utf8(JsonNode?)"/>
    public static byte[] Utf8(JsonElement element)
    {
        var text = new StringBuilder(256);
        Append(text, element, depth: 0);
        return Encode(text);
    }

    /// <summary>Lower hex SHA-256 of the canonical form.</summary>
    public static string Digest(JsonNode? node) => Convert.ToHexStringLower(SHA256.HashData(Utf8(node)));

    /// <inheritdoc cref="Digest(JsonNode?)"/>
    public static string Digest(JsonElement element) => Convert.ToHexStringLower(SHA256.HashData(Utf8(element)));

    /// <summary>Reads JSON text that keeps the rules of I-JSON: no duplicate members, no lone surrogates, only finite numbers.</summary>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var node = JsonNode.Parse(utf8, documentOptions: StrictParsing);
            Append(new StringBuilder(utf8.Length), node, depth: 0);
            return node;
        }
        catch (JsonException e)
        {
            throw new FormatException($"Not valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw LoneSurrogate(e); // of a member's name, met while looking for duplicates
        }
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static JsonNode? Parse(string json)
    {
        try
        {
            return Parse(StrictUtf8.GetBytes(json));
        }
        catch (EncoderFallbackException e)
        {
            throw LoneSurrogate(e);
        }
    }

    private static byte[] Encode(StringBuilder text)
    {
        try
        {
            return StrictUtf8.GetBytes(text.ToString());
        }
        catch (EncoderFallbackException e)
        {
            throw LoneSurrogate(e);
        }
    }

    private static void Append(StringBuilder text, JsonNode? node, int depth)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                AppendObject(text, members, static m => m.Key, static (t, m, d) => Append(t, m.Value, d), depth);
                break;
            case JsonArray items:
                AppendArray(text, items, static (t, item, d) => Append(t, item, d), depth);
                break;
            case JsonValue value:
                AppendValue(text, value, depth);
                break;
        }
    }

    private static void Append(StringBuilder text, JsonElement element, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                AppendObject(text, element.EnumerateObject(), NameOf, static (t, m, d) => Append(t, m.Value, d), depth);
                break;
            case JsonValueKind.Array:
                AppendArray(text, element.EnumerateArray(), static (t, item, d) => Append(t, item, d), depth);
                break;
            case JsonValueKind.String:
                AppendString(text, TextOf(element));
                break;
            case JsonValueKind.Number:
                AppendNumber(text, element.GetRawText());
                break;
            case JsonValueKind.Undefined:
                throw new FormatException("There is no JSON value.");
            default:
                text.Append(element.GetRawText());
                break;
        }
    }

    private static void AppendValue(StringBuilder text, JsonValue value, int depth)
    {
        if (value.TryGetValue<JsonElement>(out var element))
            Append(text, element, depth);
        else if (value.TryGetValue<string>(out var s))
            AppendString(text, s);
        else if (value.TryGetValue<char>(out var c))
            AppendString(text, c.ToString());
        else if (value.TryGetValue<double>(out var number))
            text.Append(Number(number));
        else if (value.TryGetValue<float>(out var single) && !float.IsFinite(single))
            throw NotFinite();
        else
            AppendAsWritten(text, value, depth);
    }

    // Every other CLR type (long, decimal, DateTimeOffset, enums, ...) counts as what it would be once written and read again.
    private static void AppendAsWritten(StringBuilder text, JsonValue value, int depth)
    {
        using var document = JsonDocument.Parse(value.ToJsonString(), StrictParsing);
        Append(text, document.RootElement, depth);
    }

    private static void AppendObject<T>(
        StringBuilder text, IEnumerable<T> members, Func<T, string> nameOf, Action<StringBuilder, T, int> append, int depth)
    {
        CheckDepth(depth);
        var sorted = members.Select(m => (Name: nameOf(m), Member: m)).ToArray();
        // By UTF-16 code units, which is what ordinal comparison does.
        Array.Sort(sorted, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        text.Append('{');
        for (var i = 0; i < sorted.Length; i++)
        {
            if (i > 0 && sorted[i].Name == sorted[i - 1].Name)
                throw new FormatException($"The member '{sorted[i].Name}' is there twice.");
            if (i > 0)
                text.Append(',');
            AppendString(text, sorted[i].Name);
            text.Append(':');
            append(text, sorted[i].Member, depth + 1);
        }

        text.Append('}');
    }

    private static void AppendArray<T>(StringBuilder text, IEnumerable<T> items, Action<StringBuilder, T, int> append, int depth)
    {
        CheckDepth(depth);
        text.Append('[');
        var first = true;
        foreach (var item in items)
        {
            if (!first)
                text.Append(',');
            first = false;
            append(text, item, depth + 1);
        }

        text.Append(']');
    }

    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    private static void AppendNumber(StringBuilder text, string literal)
    {
        var canonical = Number(double.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture));
        var isInteger = literal.AsSpan().IndexOfAny('.', 'e', 'E') < 0;
        // An integer that the double changes is let through only in the spelling that ECMAScript itself gives that double.
        if (isInteger && literal.Length > 15 && canonical != literal
            && new BigInteger(double.Parse(literal, CultureInfo.InvariantCulture)) != BigInteger.Parse(literal, CultureInfo.InvariantCulture))
            throw new FormatException($"The integer {literal} is more than a JSON number can hold exactly; put it in a string.");
        text.Append(canonical);
    }

    /// <summary>A number as ECMAScript's Number.prototype.toString writes it.</summary>
    internal static string Number(double value)
    {
        if (!double.IsFinite(value))
            throw NotFinite();
        if (value == 0)
            return "0"; // also for -0

        // "E16" would not be the shortest; "R" is, but in .NET's own layout. Take its digits and lay them out again.
        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var e = shortest.IndexOf('E', StringComparison.Ordinal);
        var mantissa = e < 0 ? shortest : shortest[..e];
        var exponent = e < 0 ? 0 : int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var all = dot < 0 ? mantissa : mantissa.Remove(dot, 1);
        var point = (dot < 0 ? mantissa.Length : dot) + exponent;
        var digits = all.TrimStart('0');
        point -= all.Length - digits.Length;
        digits = digits.TrimEnd('0');
        return (value < 0 ? "-" : "") + Layout(digits, point);
    }

    // The cases of ECMA-262 Number::toString, where `point` is its n: the value is 0.digits * 10^point.
    private static string Layout(string digits, int point) => point switch
    {
        > 0 and <= 21 when digits.Length <= point => digits.PadRight(point, '0'),
        > 0 and <= 21 => $"{digits.AsSpan(0, point)}.{digits.AsSpan(point)}",
        > -6 and <= 0 => "0." + new string('0', -point) + digits,
        _ => $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits.AsSpan(1)}e{(point > 0 ? "+" : "")}{point - 1}",
    };

    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw LoneSurrogate(e);
        }
    }

    private static string TextOf(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw LoneSurrogate(e);
        }
    }

    private static void CheckDepth(int depth)
    {
        if (depth >= MaxDepth)
            throw new FormatException($"JSON deeper than {MaxDepth} levels.");
    }

    private static FormatException NotFinite() => new("JSON has no NaN and no infinity.");

    private static FormatException LoneSurrogate(Exception inner) => new("A text holds half of a surrogate pair.", inner);
}
