namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>What somebody may have meant.</summary>
internal static class Spelling
{
    /// <summary>A sentence: the nearest name, or the names there are.</summary>
    /// <param name="all">Where all of them are told, when they are too many here.</param>
    public static string Hint(string written, IEnumerable<string> names, string? all = null)
    {
        var known = names.ToList();
        if (Nearest(written, known) is { } meant)
            return $"Did you mean '{meant}'?";
        return known.Count switch
        {
            0 => "Nothing is known here.",
            <= 24 => $"There {(known.Count == 1 ? "is" : "are")} {string.Join(", ", known)}.",
            _ => $"There are {string.Join(", ", known.Take(24))} and {known.Count - 24} more{(all is null ? "." : $": {all}")}",
        };
    }

    /// <summary>The name at most a third of its letters away; null when none is near.</summary>
    public static string? Nearest(string written, IReadOnlyList<string> names) => names
        .Select(name => (Name: name, Distance: Distance(Folded(written), Folded(name))))
        .Where(candidate => candidate.Distance <= Math.Max(1, candidate.Name.Length / 3))
        .OrderBy(candidate => candidate.Distance)
        .Select(candidate => candidate.Name)
        .FirstOrDefault();

    private static string Folded(string name) => name.Length > 60 ? name[..60] : name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>Letters to insert, drop, replace or swap with a neighbour.</summary>
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[a.Length, b.Length];
    }
}
