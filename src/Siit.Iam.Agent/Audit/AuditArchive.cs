using System.Globalization;
using System.Text.RegularExpressions;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>
/// Entries that were moved out of a log, in folders elsewhere: files of the very lines, <c>entries-FIRST-LAST.jsonl</c>, none ever
/// written again, and <c>checkpoint-SIZE</c>, signed by the log over just these. What they say is believed for their hashes only.
/// </summary>
internal sealed partial class AuditArchive
{
    /// <summary>A file ends where a multiple of this does; a multiple of a bundle.</summary>
    public const int EntriesPerFile = 256 * Tiles.Width;

    private readonly string _folders;
    private readonly List<(string Path, long First, long Last)> _files;

    private AuditArchive(string folders, List<(string Path, long First, long Last)> files) => (_folders, _files) = (folders, files);

    /// <exception cref="DirectoryNotFoundException">A folder is not there.</exception>
    public static AuditArchive Open(params IReadOnlyCollection<string> folders) => new(
        string.Join(" and ", folders),
        [.. folders.SelectMany(folder => Directory.GetFiles(folder, "entries-*.jsonl")).Select(path => (Path: path, Name: EntriesName().Match(Path.GetFileName(path)))).Where(file => file.Name.Success)
            .Select(file => (file.Path, Number(file.Name.Groups[1]), Number(file.Name.Groups[2])))]);

    public static string EntriesFile(string folder, long first, long last) => Path.Combine(folder, $"entries-{first:D12}-{last:D12}.jsonl");

    public static string CheckpointFile(string folder, long size) => Path.Combine(folder, $"checkpoint-{size:D12}");

    /// <summary>The entries from one on, up to but without another.</summary>
    /// <exception cref="TlogException">One of them is not in the folders.</exception>
    public IEnumerable<ArchivedLine> Read(long from, long until)
    {
        while (from < until)
        {
            // A run that was interrupted may have left a file beside the one that its successor wrote.
            var (path, first, last) = _files.Where(file => file.First <= from && file.Last >= from).OrderByDescending(file => file.Last).FirstOrDefault();
            if (path is null)
                throw new TlogException($"entry {from} is not in {_folders}");
            using var lines = new AuditLines(path);
            for (; first < from; first++)
                Next(lines, path, first);
            for (; from < until && from <= last; from++)
                yield return new ArchivedLine(path, lines.Number + 1, from, Next(lines, path, from));
        }
    }

    private static byte[] Next(AuditLines lines, string path, long seq) => lines.Next() ?? throw new TlogException($"{path} ends before entry {seq}");

    private static long Number(Group digits) => long.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^entries-([0-9]{12})-([0-9]{12})\.jsonl\z", RegexOptions.CultureInvariant)]
    private static partial Regex EntriesName();
}

/// <param name="File">Where it was found.</param>
/// <param name="Number">The line in it, from 1.</param>
/// <param name="Seq">The entry that it should be.</param>
/// <param name="Line">Without its newline.</param>
internal sealed record ArchivedLine(string File, long Number, long Seq, byte[] Line);
