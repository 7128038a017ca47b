namespace Siit.Iam.Agent.Audit;

/// <summary>Checks lines one after another: each has its place, names the one before, and hashes to what it says.</summary>
internal sealed class AuditChain(long seq, string head, bool strict)
{
    public AuditChain(bool strict) : this(0, AuditLine.NoPrev, strict)
    {
    }

    /// <summary>The place of the next line.</summary>
    public long NextSeq { get; private set; } = seq;

    /// <summary>Hash of the last line that was in order.</summary>
    public string Head { get; private set; } = head;

    /// <summary>Takes the next line, without its newline.</summary>
    /// <returns>What is wrong with it; null when it is in order. Nothing may follow a wrong one.</returns>
    public string? Take(ReadOnlySpan<byte> line)
    {
        if (AuditLine.Measure(line) is not { } found)
            return "it is not an audit entry";
        if (found.Hash != found.RealHash)
            return $"its content does not match its hash (it says {Short(found.Hash)}, it is {Short(found.RealHash)})";
        if (found.Seq != NextSeq)
            return $"it has number {found.Seq} where {NextSeq} belongs";
        if (found.Prev != Head)
            return $"it names {Short(found.Prev)} as the entry before, which is {Short(Head)}";
        // Implied by the hash if this program wrote it; another verifier canonicalises first, and must agree.
        if (strict && !IsCanonical(line))
            return "it is not in RFC 8785 form";
        (NextSeq, Head) = (NextSeq + 1, found.Hash);
        return null;
    }

    private static bool IsCanonical(ReadOnlySpan<byte> line)
    {
        try
        {
            return line.SequenceEqual(CanonicalJson.Utf8(CanonicalJson.Parse(line)));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] + "…" : hash;
}
