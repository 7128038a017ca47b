using System.Text;

namespace Siit.Iam.Agent.Audit.Tlog;

/// <summary>
/// A receipt for one entry (c2sp.org/tlog-proof@v1): where it stands, the way to the root, the signed checkpoint. The entry itself
/// stands in <c>extra</c>, so that the file is enough; it is believed only because its hash leads to the root.
/// </summary>
internal sealed record TlogProof(long Index, byte[]? Extra, IReadOnlyList<byte[]> Hashes, string Checkpoint)
{
    public const string FileExtension = ".tlog-proof";
    private const string Header = "c2sp.org/tlog-proof@v1";

    /// <exception cref="TlogException">The file is not such a proof.</exception>
    public static TlogProof Parse(string text)
    {
        var lines = text.Split('\n');
        var at = 0;
        if (lines[at++] != Header)
            throw new TlogException($"it does not begin with {Header}");
        byte[]? extra = null;
        if (at < lines.Length && lines[at].StartsWith("extra ", StringComparison.Ordinal))
            extra = NoteVerifier.TryBase64(lines[at++]["extra ".Length..]) ?? throw new TlogException("its extra data is not base64");
        if (at >= lines.Length || !lines[at].StartsWith("index ", StringComparison.Ordinal) || Tlog.Checkpoint.NumberOf(lines[at++]["index ".Length..]) is not { } index)
            throw new TlogException("it has no index");
        var hashes = new List<byte[]>();
        for (; at < lines.Length && lines[at].Length > 0; at++)
            hashes.Add(NoteVerifier.TryBase64(lines[at]) is { Length: Merkle.HashBytes } hash ? hash : throw new TlogException("a line of its proof is not a hash"));
        return at < lines.Length && hashes.Count <= 63
            ? new TlogProof(index, extra, hashes, string.Join('\n', lines[(at + 1)..]))
            : throw new TlogException("it has no checkpoint after an empty line");
    }

    /// <summary>Whether the entry stands at its place in the log of the key.</summary>
    /// <returns>Its checkpoint, and whichever of the keys have signed that.</returns>
    /// <exception cref="TlogException">It does not, or the checkpoint is not that log's.</exception>
    public (SignedCheckpoint Checkpoint, IReadOnlyList<NoteVerifier> SignedBy) Verify(byte[] entry, params IReadOnlyCollection<NoteVerifier> keys)
    {
        var checkpoint = SignedCheckpoint.Open(Encoding.UTF8.GetBytes(Checkpoint), keys);
        return MerkleProofs.VerifyInclusion(Index, checkpoint.Size, Merkle.Leaf(entry), Hashes, checkpoint.Checkpoint.Root)
            ? (checkpoint, checkpoint.Note.Verify(keys))
            : throw new TlogException($"the entry does not stand at place {Index} of the log that was signed");
    }

    public override string ToString()
    {
        var text = new StringBuilder().Append(Header).Append('\n');
        if (Extra is not null)
            text.Append("extra ").Append(Convert.ToBase64String(Extra)).Append('\n');
        text.Append("index ").Append(Index).Append('\n');
        foreach (var hash in Hashes)
            text.Append(Convert.ToBase64String(hash)).Append('\n');
        return text.Append('\n').Append(Checkpoint).ToString();
    }
}
