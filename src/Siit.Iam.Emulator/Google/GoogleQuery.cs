using System.Text.RegularExpressions;

namespace Siit.Iam.Emulator.Google;

/// <summary>Google's search language: clauses such as <c>isAdmin=true</c> or <c>name:'Jane*'</c>, all of which must hold.</summary>
internal static partial class GoogleQuery
{
    /// <returns>Null when the query cannot be understood.</returns>
    public static Func<T, bool>? TryParse<T>(string query, Func<string, Func<T, IEnumerable<string?>>?> field)
    {
        var clauses = new List<Func<T, bool>>();
        var at = 0;
        while (at < query.Length)
        {
            var match = Clause().Match(query, at);
            if (!match.Success || field(match.Groups["field"].Value) is not { } values) return null;
            at = match.Index + match.Length;
            var text = match.Groups["quoted"].Success ? Regex.Unescape(match.Groups["quoted"].Value) : match.Groups["bare"].Value;
            var begins = text.EndsWith('*');
            if (begins) text = text[..^1];
            var contains = match.Groups["op"].Value == ":";
            clauses.Add(item => values(item).OfType<string>().Any(value => Matches(value, text, begins, contains)));
        }

        return item => clauses.All(clause => clause(item));
    }

    // A beginning is that of any word.
    private static bool Matches(string value, string text, bool begins, bool contains) =>
        begins ? value.StartsWith(text, StringComparison.OrdinalIgnoreCase) || value.Contains(" " + text, StringComparison.OrdinalIgnoreCase)
        : contains ? value.Contains(text, StringComparison.OrdinalIgnoreCase)
        : value.Equals(text, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("""\G\s*(?<field>[A-Za-z0-9]+)(?<op>[:=])(?:'(?<quoted>(?:[^'\\]|\\.)*)'|(?<bare>[^\s']+))\s*""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Clause();
}
