using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Siit.Iam.Emulator.Entra;

/// <summary>The part of OData's filter language that directory objects understand: comparisons, in, startswith, endswith, any, and, or, not.</summary>
internal sealed partial class EntraFilter
{
    private readonly List<string> tokens;
    private int at;

    private EntraFilter(string text) => tokens = [.. Token().Matches(text).Select(match => match.Value)];

    /// <summary>What only an advanced query may ask (<c>ConsistencyLevel: eventual</c> and <c>$count=true</c>).</summary>
    public bool IsAdvanced { get; private set; }

    public Func<JsonObject, bool> Holds { get; private set; } = _ => true;

    public static EntraFilter Parse(string text)
    {
        var filter = new EntraFilter(text);
        try
        {
            var holds = filter.Or();
            if (filter.at != filter.tokens.Count) throw new FormatException();
            filter.Holds = item => holds(new Scope(item, null, null));
            return filter;
        }
        catch (FormatException)
        {
            throw EntraErrors.BadRequest($"Invalid filter clause: {text}");
        }
    }

    /// <summary>The ids that a filter of nothing but ids (<c>id in ('a','b')</c>) names, so that nothing else has to be looked at.</summary>
    public static HashSet<string>? Ids(string text) =>
        OnlyIds().Match(text) is { Success: true } found ? [.. found.Groups["id"].Captures.Select(id => id.Value.ToLowerInvariant())] : null;

    [GeneratedRegex("""^id (?:eq '(?<id>[^']*)'|in \((?:'(?<id>[^']*)',?)+\))$""")]
    private static partial Regex OnlyIds();

    private Func<Scope, bool> Or()
    {
        var left = And();
        while (Take("or"))
        {
            var (a, b) = (left, And());
            left = scope => a(scope) || b(scope);
        }

        return left;
    }

    private Func<Scope, bool> And()
    {
        var left = One();
        while (Take("and"))
        {
            var (a, b) = (left, One());
            left = scope => a(scope) && b(scope);
        }

        return left;
    }

    private Func<Scope, bool> One()
    {
        if (Take("not"))
        {
            IsAdvanced = true;
            var negated = One();
            return scope => !negated(scope);
        }

        if (Take("("))
        {
            var inner = Or();
            return Take(")") ? inner : throw new FormatException();
        }

        var word = Next();
        if (word is "startswith" or "endswith" or "contains" && Take("(")) return Function(word);
        if (word.EndsWith("/any", StringComparison.Ordinal) && Take("(")) return Any(word[..^4]);
        if (Take("in")) return In(word);
        return Comparison(word, Next(), Value(Next()));
    }

    private Func<Scope, bool> Function(string name)
    {
        if (name == "contains") throw EntraErrors.Unsupported("Unsupported or invalid query filter clause specified for property.");
        if (name == "endswith") IsAdvanced = true;
        var path = Next();
        if (!Take(",")) throw new FormatException();
        var wanted = Value(Next()) ?? throw new FormatException();
        if (!Take(")")) throw new FormatException();
        return scope => scope.Read(path)?.ToString() is { } text
            && (name == "startswith" ? text.StartsWith(wanted, StringComparison.OrdinalIgnoreCase) : text.EndsWith(wanted, StringComparison.OrdinalIgnoreCase));
    }

    private Func<Scope, bool> Any(string path)
    {
        var variable = Next();
        if (!Take(":")) throw new FormatException();
        var inner = Or();
        if (!Take(")")) throw new FormatException();
        return scope => scope.Read(path) is JsonArray list && list.Any(item => inner(scope with { Variable = variable, Item = item }));
    }

    private Func<Scope, bool> In(string path)
    {
        if (!Take("(")) throw new FormatException();
        var wanted = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        do wanted.Add(Value(Next()) ?? "");
        while (Take(","));
        return Take(")") ? scope => scope.Read(path) is { } value && wanted.Contains(Text(value)) : throw new FormatException();
    }

    private Func<Scope, bool> Comparison(string path, string comparison, string? wanted)
    {
        if (comparison == "ne") IsAdvanced = true;
        return comparison switch
        {
            "eq" => scope => Equal(scope.Read(path), wanted),
            "ne" => scope => !Equal(scope.Read(path), wanted),
            "gt" => scope => Order(scope.Read(path), wanted) > 0,
            "ge" => scope => Order(scope.Read(path), wanted) >= 0,
            "lt" => scope => Order(scope.Read(path), wanted) < 0,
            "le" => scope => Order(scope.Read(path), wanted) <= 0,
            _ => throw new FormatException(),
        };
    }

    private static bool Equal(JsonNode? value, string? wanted) =>
        value is null ? wanted is null : wanted is not null && string.Equals(Text(value), wanted, StringComparison.OrdinalIgnoreCase);

    private static int? Order(JsonNode? value, string? wanted)
    {
        if (value is null || wanted is null) return null;
        var text = Text(value);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var a)
            && DateTimeOffset.TryParse(wanted, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var b)
            ? a.CompareTo(b)
            : string.Compare(text, wanted, StringComparison.OrdinalIgnoreCase);
    }

    private static string Text(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => value.ToString(),
    };

    private static string? Value(string token) =>
        token == "null" ? null : token.StartsWith('\'') ? token[1..^1].Replace("''", "'", StringComparison.Ordinal) : token;

    private bool Take(string word)
    {
        if (at >= tokens.Count || tokens[at] != word) return false;
        at++;
        return true;
    }

    private string Next() => at < tokens.Count ? tokens[at++] : throw new FormatException();

    /// <summary>What a path is read from: the object, or the item that a lambda stands on.</summary>
    private sealed record Scope(JsonObject Object, string? Variable, JsonNode? Item)
    {
        public JsonNode? Read(string path)
        {
            var parts = path.Split('/');
            var (node, rest) = parts[0] == Variable ? (Item, parts[1..]) : (Object, parts);
            foreach (var part in rest) node = node is JsonObject json ? json[part] : null;
            return node;
        }
    }

    [GeneratedRegex("""\(|\)|,|:|'(?:[^']|'')*'|\d[^\s(),']*|[^\s(),':]+|\S""")]
    private static partial Regex Token();
}
