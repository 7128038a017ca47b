using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>
/// What stays of entries that were moved into an archive: the hash of each as a leaf, 32 bytes, from entry 0 on. With them the tree is
/// what it was, and whoever has an entry of the archive can still be shown that it stands in the log.
/// </summary>
internal static class AuditLeaves
{
    /// <summary>How many there are. An archive that was interrupted leaves more than entries are gone; none are gone without theirs.</summary>
    /// <exception cref="AuditDamagedException">The file does not consist of such hashes.</exception>
    public static long Count(AuditFiles files)
    {
        var file = new FileInfo(files.Leaves);
        if (!file.Exists)
            return 0;
        return file.Length % (Merkle.HashBytes * Tiles.Width) == 0
            ? file.Length / Merkle.HashBytes
            : throw new AuditDamagedException(files.Leaves, (file.Length / Merkle.HashBytes) + 1, "it has not the length of whole bundles' hashes");
    }

    /// <summary>The number of the first entry that lies in <see cref="AuditFiles.Log"/>; those before it lie in an archive.</summary>
    /// <exception cref="AuditDamagedException">The file does not go on where the archived entries end.</exception>
    public static long First(AuditFiles files)
    {
        var count = Count(files);
        if (count == 0)
            return 0;
        if (!File.Exists(files.Log))
            throw new AuditDamagedException(files.Log, 1, "the file is missing");
        using var lines = new AuditLines(files.Log);
        if (!lines.Next(out var line))
            throw new AuditDamagedException(files.Log, 1, "entries are missing: none follows the archived ones");
        return AuditLine.TryRead(line) is { Seq: var first } && first >= 0 && first <= count && first % Tiles.Width == 0
            ? first
            : throw new AuditDamagedException(files.Log, 1, $"it does not follow the {count} archived entries");
    }

    /// <summary>The hash of every entry, from 0 on: those of archived ones, then that of each line.</summary>
    /// <param name="first">The entry that the first line is.</param>
    /// <param name="log">The file of lines; null: the log's own.</param>
    public static IEnumerable<byte[]> All(AuditFiles files, long first, string? log = null)
    {
        foreach (var leaf in Read(files, 0, first))
            yield return leaf;
        using var lines = new AuditLines(log ?? files.Log);
        while (lines.Next() is { } line)
            yield return Merkle.Leaf(line);
    }

    /// <summary>The hashes of the entries from one on, up to but without another.</summary>
    public static IEnumerable<byte[]> Read(AuditFiles files, long from, long until)
    {
        if (from >= until)
            yield break;
        using var file = new FileStream(files.Leaves, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: Merkle.HashBytes * Tiles.Width);
        file.Seek(from * Merkle.HashBytes, SeekOrigin.Begin);
        for (; from < until; from++)
        {
            var leaf = new byte[Merkle.HashBytes];
            file.ReadExactly(leaf);
            yield return leaf;
        }
    }
}
