using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>
/// Puts another beginning under the log's file of lines: without entries that lie in an archive by now, or with them again. Whoever calls
/// holds the log's lock. Until the one rename all is as it was; after it all is as it shall be; hashes come before what they stand for goes.
/// </summary>
internal static class AuditCut
{
    /// <summary>Takes the entries before one out of the log; their hashes stay.</summary>
    /// <param name="leaves">The hashes of exactly these.</param>
    /// <param name="head">What the log is, before and after.</param>
    /// <exception cref="AuditDamagedException">What would be there is not the same log. Nothing was taken out.</exception>
    public static void Cut(AuditFiles files, Func<string, IAuditFile> open, byte[] leaves, AuditHead head)
    {
        var until = leaves.Length / Merkle.HashBytes;
        var first = AuditLeaves.First(files);
        AuditFiles.Replace(open, files.Leaves, leaves);
        AuditFiles.SyncName(open, files.Leaves);
        Put(files, open, until, head, write =>
        {
            using var lines = new AuditLines(files.Log);
            for (var seq = first; lines.Next(out var line); seq++)
            {
                if (seq >= until)
                    write(line);
            }
        });
        Finish(files, until);
    }

    /// <summary>Puts the archived entries in again.</summary>
    /// <inheritdoc cref="Cut"/>
    public static void Uncut(AuditFiles files, Func<string, IAuditFile> open, AuditArchive archive, AuditHead head)
    {
        var first = AuditLeaves.First(files);
        Put(files, open, 0, head, write =>
        {
            foreach (var archived in archive.Read(0, first))
                write(archived.Line);
            using var lines = new AuditLines(files.Log);
            while (lines.Next(out var line))
                write(line);
        });
        File.Delete(files.Leaves);
    }

    /// <summary>What an interrupted one has left to do. Bundles are derived; those of archived entries shall not be here.</summary>
    /// <param name="first">The first entry that is here.</param>
    public static void Finish(AuditFiles files, long first)
    {
        File.Delete(New(files));
        for (var number = 0L; number < first / Tiles.Width; number++)
        {
            var bundle = Path.Combine(files.Prefix, Tiles.EntriesPath(number));
            if (File.Exists(bundle))
                File.Delete(bundle);
            if (Directory.Exists(bundle + ".p"))
                Directory.Delete(bundle + ".p", recursive: true);
        }
    }

    private static string New(AuditFiles files) => files.Log + ".new";

    private delegate void Write(ReadOnlySpan<byte> line);

    private static void Put(AuditFiles files, Func<string, IAuditFile> open, long first, AuditHead head, Action<Write> lines)
    {
        using (var file = new AuditCopy(open, New(files)))
        {
            lines(file.Line);
            file.Sync();
        }

        // Read again from the disk: only what is the same log comes into its place.
        var tree = new MerkleEdge();
        foreach (var leaf in AuditLeaves.All(files, first, New(files)))
            tree.Append(leaf);
        if (tree.Size != head.NextSeq || Convert.ToHexStringLower(tree.Root()) != head.Hash)
            throw new AuditDamagedException(New(files), tree.Size - first + 1, "what would come in the log's place is not the same log");
        File.Move(New(files), files.Log, overwrite: true);
        AuditFiles.SyncName(open, files.Log);
    }
}

/// <summary>A file of lines that is written anew, from its beginning.</summary>
internal sealed class AuditCopy : IDisposable
{
    private const int Piece = 1 << 20;
    private readonly MemoryStream _waiting = new();
    private readonly IAuditFile _file;

    public AuditCopy(Func<string, IAuditFile> open, string path)
    {
        _file = open(path);
        if (_file.Length > 0)
            _file.Truncate(0);
    }

    public void Line(ReadOnlySpan<byte> line)
    {
        _waiting.Write(line);
        _waiting.WriteByte((byte)'\n');
        if (_waiting.Length >= Piece)
            Flush();
    }

    /// <summary>Returns when all of it is on the disk.</summary>
    public void Sync()
    {
        Flush();
        _file.Sync();
    }

    public void Dispose() => _file.Dispose();

    private void Flush()
    {
        _file.Append(_waiting.GetBuffer().AsSpan(0, (int)_waiting.Length));
        _waiting.SetLength(0);
    }
}
