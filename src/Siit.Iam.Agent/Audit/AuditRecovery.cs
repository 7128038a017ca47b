using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>What is found out about the log before anything is written to it, and how a half written end is set aside.</summary>
internal static class AuditRecovery
{
    /// <summary>Every so many entries the scan notes where a line begins, so that reading can start there.</summary>
    public const int OffsetEvery = 1024;

    /// <summary>Hashes every line once, and holds it against the checkpoint that was signed last.</summary>
    /// <param name="signed">Null only for a log of the old format, whose own chain is checked instead.</param>
    /// <exception cref="AuditDamagedException">What was signed is not there any more. Nothing was changed.</exception>
    public static Found Check(AuditFiles files, Checkpoint? signed)
    {
        var (edge, offsets) = (new TileEdge(), new List<long>());
        var published = signed?.Size == 0 || signed is null ? edge.Copy() : null;
        var old = signed is null ? new OldFormat() : null;
        var (whole, torn) = (0L, 0L);
        var (first, archived) = (AuditLeaves.First(files), AuditLeaves.Count(files));
        if (archived > (signed?.Size ?? 0))
            throw new AuditDamagedException(files.Leaves, (signed?.Size ?? 0) + 1, $"{archived} entries are archived, {signed?.Size ?? 0} are signed");
        void AtCheckpoint()
        {
            if (edge.Size != signed?.Size || published is not null)
                return;
            if (!edge.Root().AsSpan().SequenceEqual(signed.Root))
            {
                var (file, line) = FirstDifference(files, signed.Size, first);
                throw new AuditDamagedException(file, line, "it is not what was written and signed");
            }

            published = edge.Copy();
        }

        foreach (var leaf in AuditLeaves.Read(files, 0, first))
            edge.AppendHash(leaf);
        AtCheckpoint();
        // Of an archive that was interrupted: entries that are still here as well.
        using var both = AuditLeaves.Read(files, first, archived).GetEnumerator();
        if (File.Exists(files.Log))
        {
            using var lines = new AuditLines(files.Log);
            while (lines.Next(out var line))
            {
                if ((edge.Size - first) % OffsetEvery == 0)
                    offsets.Add(edge.Bytes);
                var problem = line.Length > AuditLog.MaxEntryBytes ? "it is longer than an entry can be" : old?.Take(line);
                // What no signature covers yet was written just before the process died: it has to look like an entry at least.
                if (problem is null && old is null && edge.Size >= signed!.Size)
                    problem = AuditLine.Problem(line, edge.Size);
                if (problem is not null)
                    throw new AuditDamagedException(files.Log, lines.Number, problem);
                var leaf = edge.Append(line);
                if (both.MoveNext() && !leaf.AsSpan().SequenceEqual(both.Current))
                    throw new AuditDamagedException(files.Log, lines.Number, $"it is not what its hash in {files.Leaves} says");
                AtCheckpoint();
            }

            (whole, torn) = (lines.WholeLength, lines.TornBytes);
        }

        if (published is null)
            throw new AuditDamagedException(files.Log, edge.Size - first + 1, $"entries are missing: {signed!.Size} were signed, {edge.Size} are here");
        return new Found(new AuditHead(edge.Size, Convert.ToHexStringLower(edge.Root()), whole), torn, edge.Tree(), published, offsets, first);
    }

    /// <summary>
    /// Moves a half written last line into a file of its own. Its write was never acknowledged, so nothing was done
    /// upon it; but it is evidence, and is kept.
    /// </summary>
    /// <returns>The entry that says so.</returns>
    public static AuditDraft SetTornAside(AuditFiles files, Found found, AuditDisk disk)
    {
        byte[] torn;
        using (var log = new FileStream(files.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            log.Seek(found.Head.Length, SeekOrigin.Begin);
            torn = new byte[found.TornBytes];
            log.ReadExactly(torn);
        }

        using (var aside = new FileStream(files.Torn(found.Head.NextSeq), FileMode.Create, FileAccess.Write))
        {
            aside.Write(torn);
            aside.Flush(flushToDisk: true);
        }

        disk.CutTo(found.Head.Length);
        return new AuditDraft(AuditKinds.LogRepaired)
        {
            Data = new JsonObject
            {
                ["file"] = Path.GetFileName(files.Torn(found.Head.NextSeq)),
                ["bytes"] = found.TornBytes,
                ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(torn)),
            },
        };
    }

    /// <summary>Whether every tile and bundle that a log of this size has is there, with its length; what they say is checked by who uses them.</summary>
    /// <param name="first">Entries before it have no bundle: they lie in an archive.</param>
    public static bool HasTiles(AuditFiles files, long size, long first)
    {
        for (var level = 0; size >> (8 * level) > 0; level++)
        {
            for (var number = 0L; Tiles.WidthOf(level, number, size) is var width and > 0; number++)
            {
                var tile = new FileInfo(Path.Combine(files.Prefix, Tiles.HashPath(level, number, width)));
                if (!tile.Exists || tile.Length != width * Merkle.HashBytes
                    || (level == 0 && number >= first / Tiles.Width && !File.Exists(Path.Combine(files.Prefix, Tiles.EntriesPath(number, width)))))
                    return false;
            }
        }

        return true;
    }

    /// <summary>The line (or archived hash) that the tiles know otherwise; the last one when they do not tell.</summary>
    public static (string File, long Line) FirstDifference(AuditFiles files, long size, long first)
    {
        var tree = new TileTree(files.Prefix, size);
        var at = 0L;
        try
        {
            foreach (var leaf in AuditLeaves.All(files, first))
            {
                if (at == size)
                    break;
                if (!leaf.AsSpan().SequenceEqual(tree.Hash(0, at)))
                    return at < first ? (files.Leaves, at + 1) : (files.Log, at - first + 1);
                at++;
            }
        }
        catch (Exception e) when (e is TlogException or IOException or UnauthorizedAccessException)
        {
            // The tiles were changed as well; the root says that something is wrong, not where.
        }

        return (files.Log, size - first);
    }

    /// <param name="Head">The end of the last whole line.</param>
    /// <param name="TornBytes">What stands behind it, without a newline.</param>
    /// <param name="Tree">Of all whole lines.</param>
    /// <param name="Published">The edge of the tree that was signed last.</param>
    /// <param name="Offsets">Where every <see cref="OffsetEvery"/>th line begins.</param>
    /// <param name="First">The entry that the first line is.</param>
    internal sealed record Found(AuditHead Head, long TornBytes, MerkleEdge Tree, TileEdge Published, IReadOnlyList<long> Offsets, long First);
}

/// <summary>A whole line of the log is not what was written. It is not opened; restore it, or keep it and begin a new one.</summary>
internal sealed class AuditDamagedException(string path, long line, string problem) : Exception(
    $"{path} line {line}: {problem}. The audit log was changed or the disk is failing; it is not opened. "
    + "Keep the file as it is, see 'siit-iam audit verify', and restore it from a backup.")
{
    public string File => path;

    /// <summary>From 1.</summary>
    public long Line => line;

    /// <summary>What is wrong with it.</summary>
    public string Problem => problem;
}
