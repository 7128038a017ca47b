using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>
/// Values while an expression is evaluated: bool, long, double, string, DateTimeOffset, TimeSpan, a list of them, a dictionary
/// of them, and JSON objects as records. What type one has is known from the check.
/// </summary>
internal static class CelValues
{
    /// <exception cref="ExpressionException">The JSON is not of the type.</exception>
    public static object FromJson(JsonNode? node, CelType type, string what)
    {
        var value = type switch
        {
            RecordType => node as JsonObject,
            ListType list => (node as JsonArray)?.Select(item => FromJson(item, list.Item, what)).ToList(),
            MapType map => (node as JsonObject)?.ToDictionary(entry => entry.Key, entry => FromJson(entry.Value, map.Value, what), StringComparer.Ordinal),
            EnumType words => node is JsonValue word && word.TryGetValue<string>(out var text) && words.Words.Contains(text) ? text : null,
            _ => Scalar(node as JsonValue, type),
        };
        return value ?? throw new ExpressionException(
            node is null ? $"'{what}' is not there." : $"'{what}' is not {type}.");
    }

    public static JsonNode ToJson(object value) => value switch
    {
        JsonObject record => record.DeepClone(),
        IReadOnlyList<object> list => new JsonArray([.. list.Select(ToJson)]),
        IReadOnlyDictionary<string, object> map => new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)ToJson(entry.Value)))),
        bool truth => JsonValue.Create(truth),
        long number => JsonValue.Create(number),
        double real when double.IsFinite(real) => JsonValue.Create(real),
        double => throw new ExpressionException("The result is not a number."),
        DateTimeOffset time => JsonValue.Create(CelTime.Text(time)),
        TimeSpan span => JsonValue.Create(CelTime.IsoText(span)),
        _ => JsonValue.Create((string)value),
    };

    public static new bool Equals(object left, object right) => (left, right) switch
    {
        (IReadOnlyList<object> a, IReadOnlyList<object> b) => a.Count == b.Count && a.Zip(b).All(pair => Equals(pair.First, pair.Second)),
        (IReadOnlyDictionary<string, object> a, IReadOnlyDictionary<string, object> b) =>
            a.Count == b.Count && a.All(entry => b.TryGetValue(entry.Key, out var other) && Equals(entry.Value, other)),
        (JsonObject a, JsonObject b) => JsonNode.DeepEquals(a, b),
        (double a, double b) => a == b, // NaN is not itself
        _ => left.Equals(right),
    };

    /// <summary>Null for numbers that cannot be compared (NaN).</summary>
    public static int? Compare(object left, object right) => (left, right) switch
    {
        (long a, long b) => a.CompareTo(b),
        (double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? null : a.CompareTo(b),
        (string a, string b) => CompareTexts(a, b),
        (bool a, bool b) => a.CompareTo(b),
        (DateTimeOffset a, DateTimeOffset b) => a.CompareTo(b),
        (TimeSpan a, TimeSpan b) => a.CompareTo(b),
        _ => throw new ExpressionException("The values have no order."),
    };

    /// <summary>As Go writes the shortest text of a double, which the vectors take for granted.</summary>
    public static string Text(double value)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        var text = value.ToString("E16", CultureInfo.InvariantCulture);
        var exponent = int.Parse(text.AsSpan(text.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        if (value == 0 || exponent is >= -4 and < 21)
            return shortest.Contains('E', StringComparison.Ordinal) ? ((decimal)value).ToString(CultureInfo.InvariantCulture) : shortest;
        var digits = new string([.. shortest.TakeWhile(c => c != 'E').Where(char.IsAsciiDigit)]).TrimStart('0').TrimEnd('0');
        var rest = digits.Length > 1 ? "." + digits[1..] : "";
        return $"{(value < 0 ? "-" : "")}{digits[0]}{rest}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent):D2}";
    }

    public static long Length(string text)
    {
        long length = 0;
        foreach (var _ in text.EnumerateRunes())
            length++;
        return length;
    }

    private static object? Scalar(JsonValue? node, CelType type)
    {
        if (node is null)
            return null;
        if (type == CelType.Bool)
            return node.TryGetValue<bool>(out var truth) ? truth : null;
        if (type == CelType.Int)
            return Whole(node);
        if (type == CelType.Double)
            return node.GetValueKind() == JsonValueKind.Number ? double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture) : null;
        if (!node.TryGetValue<string>(out var text))
            return null;
        return type == CelType.Timestamp ? CelTime.Timestamp(text) : type == CelType.Duration ? CelTime.Iso(text) : text;
    }

    // A JsonValue answers only for the very CLR type that it was made from.
    private static object? Whole(JsonValue node) =>
        node.TryGetValue<long>(out var wide) ? wide
        : node.TryGetValue<int>(out var narrow) ? (long)narrow
        : node.GetValueKind() == JsonValueKind.Number && long.TryParse(node.ToJsonString(), CultureInfo.InvariantCulture, out var read) ? read
        : null;

    // By characters, not by UTF-16 halves: a character beyond U+FFFF sorts after U+FFFD.
    private static int CompareTexts(string left, string right)
    {
        var a = left.EnumerateRunes();
        var b = right.EnumerateRunes();
        while (true)
        {
            var (moreA, moreB) = (a.MoveNext(), b.MoveNext());
            if (!moreA || !moreB)
                return moreA.CompareTo(moreB);
            if (a.Current.CompareTo(b.Current) is var order and not 0)
                return order;
        }
    }
}
