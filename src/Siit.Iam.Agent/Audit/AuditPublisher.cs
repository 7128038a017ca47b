using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>
/// Derives tiles and signed checkpoints from the lines that are durable. It reads the lines again: a root is signed only when what lies
/// in the file still hashes to what was written, and it grows out of the checkpoint before by appending only.
/// </summary>
/// <param name="first">The entry that the first line is; of those before it only hashes are here.</param>
internal sealed class AuditPublisher(AuditFiles files, Func<string, IAuditFile> open, AuditKeys keys, TileEdge edge, SignedCheckpoint? latest, long first)
{
    private readonly Lock _gate = new();
    private TileEdge _edge = edge;

    /// <summary>The newest one; null before the first.</summary>
    public SignedCheckpoint? Latest { get; private set; } = latest;

    /// <summary>Writes the tiles up to the head and signs it.</summary>
    /// <exception cref="AuditDamagedException">The file no longer holds what was written. Nothing is signed.</exception>
    /// <exception cref="IOException">Nothing is signed; what is half written is written again the next time.</exception>
    public SignedCheckpoint Publish(AuditHead head, params IReadOnlyList<NoteSigner> alsoBy)
    {
        lock (_gate)
        {
            if (Latest is { } signed && signed.Size >= head.NextSeq && alsoBy.Count == 0)
                return signed;
            var next = _edge.Copy();
            var full = new List<string>();
            ReadUpTo(head, next, tile =>
            {
                Write(tile, durable: true);
                full.Add(tile.Path);
            });
            if (Convert.ToHexStringLower(next.Root()) != head.Hash)
                throw new AuditDamagedException(files.Log, next.Size, "what lies on the disk is not what was written");
            foreach (var tile in next.Partials())
                Write(tile, durable: false);
            var checkpoint = SignedCheckpoint.Sign(new Checkpoint(keys.Origin, next.Size, next.Root()), [keys.Signer, .. alsoBy]);
            AuditFiles.Replace(open, files.Checkpoint, checkpoint.Bytes());
            (_edge, Latest) = (next, checkpoint);
            foreach (var path in full)
                DeletePartials(path);
            return checkpoint;
        }
    }

    /// <summary>Adds witnesses' cosignatures to the checkpoint that they were asked about.</summary>
    public void AddCosignatures(SignedCheckpoint checkpoint, IReadOnlyList<NoteSignature> cosignatures)
    {
        lock (_gate)
        {
            var witnessed = checkpoint with { Note = checkpoint.Note with { Signatures = [.. checkpoint.Note.Signatures, .. cosignatures] } };
            AuditFiles.Replace(open, files.Witnessed, witnessed.Bytes());
            if (Latest?.Size != checkpoint.Size)
                return;
            AuditFiles.Replace(open, files.Checkpoint, witnessed.Bytes());
            Latest = witnessed;
        }
    }

    private void ReadUpTo(AuditHead head, TileEdge next, Action<TileFile> full)
    {
        if (next.Size == head.NextSeq)
            return;
        // Entries would go on into a file without a name, and be gone with the process.
        if (!File.Exists(files.Log))
            throw new AuditDamagedException(files.Log, next.Size + 1, "the file was removed while it was written");
        foreach (var leaf in AuditLeaves.Read(files, next.Size, first))
            next.AppendHash(leaf, full);
        using var lines = new AuditLines(files.Log, next.Bytes);
        while (next.Size < head.NextSeq && lines.Next(out var line))
            next.Append(line, full);
    }

    private void Write(TileFile tile, bool durable) => AuditFiles.Replace(open, Path.Combine(files.Prefix, tile.Path), tile.Content, durable);

    private void DeletePartials(string path)
    {
        var partials = Path.Combine(files.Prefix, path + ".p");
        if (Directory.Exists(partials))
            Directory.Delete(partials, recursive: true);
    }
}
