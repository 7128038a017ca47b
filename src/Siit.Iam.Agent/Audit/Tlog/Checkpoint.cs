using System.Globalization;
using System.Text;

namespace Siit.Iam.Agent.Audit.Tlog;

/// <summary>A log's promise (c2sp.org/tlog-checkpoint): its first so many entries have this root. No extension lines.</summary>
/// <param name="Origin">Which log.</param>
/// <param name="Size">How many entries.</param>
internal sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    /// <summary>The note's text.</summary>
    public string Text => $"{Origin}\n{Size.ToString(CultureInfo.InvariantCulture)}\n{Convert.ToBase64String(Root)}\n";

    /// <exception cref="TlogException">The text is not a checkpoint's.</exception>
    public static Checkpoint Parse(string text)
    {
        // Extension lines may follow; they are part of what is signed and say nothing to us.
        if (text.Split('\n') is not [{ Length: > 0 } origin, var size, var hash, .. var rest] || rest is not [.., ""] || rest.AsSpan(..^1).Contains(""))
            throw new TlogException("it is not a checkpoint (origin, size, root)");
        if (NumberOf(size) is not { } number)
            throw new TlogException("its size is not a number");
        if (NoteVerifier.TryBase64(hash) is not { Length: Merkle.HashBytes } root)
            throw new TlogException("its root is not a hash");
        return number > 0 || root.AsSpan().SequenceEqual(Merkle.EmptyRoot)
            ? new Checkpoint(origin, number, root)
            : throw new TlogException("its root is not that of an empty log");
    }

    public bool Equals(Checkpoint? other) => other?.Text == Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Decimal, ASCII, without leading zeros.</summary>
    internal static long? NumberOf(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number.ToString(CultureInfo.InvariantCulture) == text ? number : null;
}

/// <summary>A checkpoint with its signatures, as it stands in a file.</summary>
internal sealed record SignedCheckpoint(Checkpoint Checkpoint, SignedNote Note)
{
    public long Size => Checkpoint.Size;

    /// <exception cref="TlogException">It is not one, or it is not signed by one of the keys, under that key's name.</exception>
    public static SignedCheckpoint Open(ReadOnlySpan<byte> bytes, params IReadOnlyCollection<NoteVerifier> keys)
    {
        var note = SignedNote.Parse(bytes);
        var checkpoint = Checkpoint.Parse(note.Text);
        if (!note.Verify(keys).Any(key => key.Type == NoteVerifier.Ed25519Type && key.Name == checkpoint.Origin))
            throw new TlogException($"the log {checkpoint.Origin} itself has not signed it");
        return new SignedCheckpoint(checkpoint, note);
    }

    public static SignedCheckpoint Sign(Checkpoint checkpoint, params IEnumerable<NoteSigner> signers) =>
        new(checkpoint, new SignedNote { Text = checkpoint.Text, Signatures = [.. signers.Select(signer => NoteSignature.Parse(signer.Sign(checkpoint.Text).TrimEnd('\n')))] });

    public byte[] Bytes() => Encoding.UTF8.GetBytes(Note.ToString());
}
