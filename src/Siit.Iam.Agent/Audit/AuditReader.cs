using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>Reads a log file without being its writer; needs no server.</summary>
internal static class AuditReader
{
    /// <summary>All entries of the file in order, without those in an archive. Stops with <see cref="AuditDamagedException"/> at the first line that is no entry.</summary>
    public static IEnumerable<AuditEntry> ReadAll(string path) => Read(path, First(path), 0);

    /// <summary>The entries of the archive that is given, then those of the file.</summary>
    /// <exception cref="TlogException">An entry is not in the archive.</exception>
    public static IEnumerable<AuditEntry> ReadAll(AuditFiles files, AuditArchive? archive) => archive is null
        ? ReadAll(files.Log)
        : archive.Read(0, First(files.Log)).Select(archived => AuditLine.TryRead(archived.Line) is { } entry && entry.Seq == archived.Seq
            ? entry
            : throw new TlogException($"{archived.File} does not hold entry {archived.Seq} where it should")).Concat(ReadAll(files.Log));

    /// <summary>The entries from one on.</summary>
    /// <param name="seq">Its place.</param>
    /// <param name="begin">Where in the file its line begins.</param>
    public static IEnumerable<AuditEntry> Read(string path, long seq, long begin)
    {
        using var lines = new AuditLines(path, begin);
        while (Next(path, lines, seq) is { } entry)
        {
            yield return entry;
            seq++;
        }
    }

    /// <summary>The last entries, oldest first, read from the end.</summary>
    public static IReadOnlyList<AuditEntry> Tail(string path, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var entries = new List<AuditEntry>();
        foreach (var line in LinesFromEnd(path).Take(count))
            entries.Add(AuditLine.TryRead(line) ?? throw new AuditDamagedException(path, 0, $"the {(entries.Count == 0 ? "last line" : $"line before entry {entries[^1].Seq}")} is not an audit entry"));
        entries.Reverse();
        return entries;
    }

    // A span cannot live in an iterator.
    private static AuditEntry? Next(string path, AuditLines lines, long seq)
    {
        if (!lines.Next(out var line))
            return null;
        return AuditLine.TryRead(line) is { } entry && entry.Seq == seq ? entry : throw new AuditDamagedException(path, seq - First(path) + 1, $"it is not the entry with number {seq}");
    }

    private static long First(string path) => AuditLeaves.First(new AuditFiles(Path.GetDirectoryName(Path.GetFullPath(path))!));

    private static IEnumerable<byte[]> LinesFromEnd(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var position = file.Length;
        var rest = Array.Empty<byte>();
        var whole = false;
        while (position > 0)
        {
            var chunk = new byte[Math.Min(64 * 1024, position)];
            position -= chunk.Length;
            file.Position = position;
            file.ReadExactly(chunk);
            byte[] bytes = [.. chunk, .. rest];
            int end;
            while ((end = Array.LastIndexOf(bytes, (byte)'\n')) >= 0)
            {
                // What stands behind the last newline is half written and not an entry yet.
                if (whole)
                    yield return bytes[(end + 1)..];
                whole = true;
                bytes = bytes[..end];
            }

            rest = bytes;
        }

        if (whole)
            yield return rest;
    }
}
