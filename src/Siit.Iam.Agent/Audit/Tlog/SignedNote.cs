using System.Buffers.Binary;
using System.Text;

namespace Siit.Iam.Agent.Audit.Tlog;

/// <summary>A note of c2sp.org/signed-note: text, and who signed it.</summary>
internal sealed record SignedNote
{
    private const int MaxBytes = 1_000_000;
    private const int MaxSignatures = 100;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What is signed, with its last newline.</summary>
    public required string Text { get; init; }

    public required IReadOnlyList<NoteSignature> Signatures { get; init; }

    /// <exception cref="TlogException">Not a note.</exception>
    public static SignedNote Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
            throw new TlogException("it is too long for a signed note");
        try
        {
            return Parse(StrictUtf8.GetString(bytes));
        }
        catch (DecoderFallbackException e)
        {
            throw new TlogException("it is not UTF-8", e);
        }
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static SignedNote Parse(string note)
    {
        if (note.Any(c => c < ' ' && c != '\n'))
            throw new TlogException("it holds control characters");
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || !note.EndsWith('\n') || split + 2 == note.Length)
            throw new TlogException("it has no signatures after an empty line");
        var lines = note[(split + 2)..^1].Split('\n');
        if (lines.Length > MaxSignatures)
            throw new TlogException("it has too many signatures");
        return new SignedNote { Text = note[..(split + 1)], Signatures = [.. lines.Select(NoteSignature.Parse)] };
    }

    /// <summary>Those of the known keys that have signed.</summary>
    /// <exception cref="TlogException">No known key has, or a signature that says it is a known key's is not.</exception>
    public IReadOnlyList<NoteVerifier> Verify(params IReadOnlyCollection<NoteVerifier> known)
    {
        var signed = new List<NoteVerifier>();
        foreach (var signature in Signatures)
        {
            if (known.FirstOrDefault(key => key.Name == signature.Name && key.KeyId == signature.KeyId) is not { } key || signed.Contains(key))
                continue;
            if (!key.Verify(Text, signature.Bytes))
                throw new TlogException($"the signature of {key.Name} is not this text's");
            signed.Add(key);
        }

        return signed.Count > 0 ? signed : throw new TlogException("no known key has signed it");
    }

    public override string ToString() => $"{Text}\n{string.Concat(Signatures)}";
}

/// <summary>One line below a note.</summary>
internal sealed record NoteSignature(string Name, uint KeyId, byte[] Bytes)
{
    public static NoteSignature Parse(string line) =>
        line.Split(' ') is ["—", var name, var text] && NoteVerifier.IsName(name) && NoteVerifier.TryBase64(text) is { Length: > 4 } blob
            ? new NoteSignature(name, BinaryPrimitives.ReadUInt32BigEndian(blob), blob[4..])
            : throw new TlogException("a signature line is malformed");

    /// <summary>The line with its newline.</summary>
    public override string ToString()
    {
        var blob = new byte[4 + Bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(blob, KeyId);
        Bytes.CopyTo(blob, 4);
        return $"— {Name} {Convert.ToBase64String(blob)}\n";
    }
}
