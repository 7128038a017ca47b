using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Cli;

/// <summary>Columns that line up, for people.</summary>
internal static class Table
{
    private const int WidestCell = 60;

    public static IEnumerable<string> Lines(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string?>> rows)
    {
        var cells = rows.Select(row => row.Select(cell => HiddenText.Shown(cell, WidestCell)).ToList()).Prepend([.. headers]).ToList();
        var widths = headers.Select((_, column) => cells.Max(row => row[column].Length)).ToList();
        return cells.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    public static IEnumerable<string> Markdown(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows) =>
    [
        $"| {string.Join(" | ", headers)} |",
        $"|{string.Concat(headers.Select(_ => "---|"))}",
        .. rows.Select(row => $"| {string.Join(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |"),
    ];
}
