using System.Globalization;
using System.Text.RegularExpressions;

namespace Siit.Iam.Emulator.Okta;

/// <summary>The part of SCIM's filter language that Okta's lists understand: comparisons joined by and, or, parentheses.</summary>
internal sealed partial class OktaFilter
{
    private readonly List<string> tokens;
    private int at;

    private OktaFilter(string text) => tokens = [.. Token().Matches(text).Select(m => m.Value)];

    /// <summary>How an attribute's values are read; null for an attribute that cannot be asked for.</summary>
    public delegate Func<T, IEnumerable<string?>>? Values<in T>(string attribute);

    public static Func<T, bool>? TryParse<T>(string text, Values<T> values)
    {
        var filter = new OktaFilter(text);
        try
        {
            var predicate = filter.Or(values);
            return filter.at == filter.tokens.Count ? predicate : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The ids of a filter that asks for nothing else: <c>id eq "a" or id eq "b"</c>.</summary>
    public static IReadOnlyList<string>? Ids(string? text) => text is not null && OnlyIds().Match(text) is { Success: true } match
        ? [.. match.Groups["id"].Captures.Select(c => c.Value).Distinct()]
        : null;

    /// <summary>The time of a filter that asks for nothing else than what came after it: <c>lastUpdated gt "…"</c>.</summary>
    public static DateTimeOffset? After(string? text, string attribute) =>
        text is not null && OnlyAfter().Match(text) is { Success: true } match && match.Groups["attribute"].Value == attribute
        && DateTimeOffset.TryParse(match.Groups["time"].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    private Func<T, bool> Or<T>(Values<T> values)
    {
        var left = And(values);
        while (Take("or"))
        {
            var (a, b) = (left, And(values));
            left = item => a(item) || b(item);
        }

        return left;
    }

    private Func<T, bool> And<T>(Values<T> values)
    {
        var left = One(values);
        while (Take("and"))
        {
            var (a, b) = (left, One(values));
            left = item => a(item) && b(item);
        }

        return left;
    }

    private Func<T, bool> One<T>(Values<T> values)
    {
        if (Take("("))
        {
            var inner = Or(values);
            return Take(")") ? inner : throw new FormatException();
        }

        var attribute = Next();
        var comparison = Next().ToLowerInvariant();
        var read = values(attribute) ?? throw new FormatException();
        if (comparison == "pr") return item => read(item).Any(v => v is not null);
        var operand = Next();
        var wanted = operand is ['"', .. var quoted, '"'] ? Escaped().Replace(quoted, "$1") : operand is "\"" ? throw new FormatException() : operand;
        var order = OrderTo(wanted);
        Func<string, bool> compare = comparison switch
        {
            "eq" => v => string.Equals(v, wanted, StringComparison.OrdinalIgnoreCase),
            "ne" => v => !string.Equals(v, wanted, StringComparison.OrdinalIgnoreCase),
            "sw" => v => v.StartsWith(wanted, StringComparison.OrdinalIgnoreCase),
            "co" => v => v.Contains(wanted, StringComparison.OrdinalIgnoreCase),
            "gt" => v => order(v) > 0,
            "ge" => v => order(v) >= 0,
            "lt" => v => order(v) < 0,
            "le" => v => order(v) <= 0,
            _ => throw new FormatException(),
        };
        return item => read(item).Any(v => v is not null && compare(v));
    }

    private static Func<string, int> OrderTo(string right) => DateTimeOffset.TryParse(right, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var b)
        ? left => DateTimeOffset.TryParse(left, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var a) ? a.CompareTo(b) : string.CompareOrdinal(left, right)
        : left => string.CompareOrdinal(left, right);

    private bool Take(string word)
    {
        if (at >= tokens.Count || !tokens[at].Equals(word, StringComparison.OrdinalIgnoreCase)) return false;
        at++;
        return true;
    }

    private string Next() => at < tokens.Count ? tokens[at++] : throw new FormatException();

    [GeneratedRegex("""\(|\)|"(?:[^"\\]|\\.)*"|[^\s()"]+|\S""")]
    private static partial Regex Token();

    [GeneratedRegex("""^\s*id eq "(?<id>[^"\\]+)"(?:\s+or\s+id eq "(?<id>[^"\\]+)")*\s*$""")]
    private static partial Regex OnlyIds();

    [GeneratedRegex("""^\s*(?<attribute>\w+) gt "(?<time>[^"\\]+)"\s*$""")]
    private static partial Regex OnlyAfter();

    [GeneratedRegex("""\\(.)""")]
    private static partial Regex Escaped();
}
