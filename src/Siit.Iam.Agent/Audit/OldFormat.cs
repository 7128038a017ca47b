using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Siit.Iam.Agent.Audit;

/// <summary>
/// Entries as they were before the log was a tree: each with the hash of the one before (<c>prev</c>) and its own (<c>hash</c>). They
/// stay as they are, as leaves; the chain is checked once, when the log gets its first signed checkpoint.
/// </summary>
internal sealed class OldFormat
{
    private string _head = new('0', 64);

    /// <summary>The place of the next line.</summary>
    public long NextSeq { get; private set; }

    /// <summary>Whether a line is of that format, right or wrong.</summary>
    public static bool Is(ReadOnlySpan<byte> line) => Measure(line) is not null;

    /// <summary>The hash that a line says it has; null when it is not of that format.</summary>
    public static string? HashOf(ReadOnlySpan<byte> line) => Measure(line)?.Hash;

    /// <summary>Takes the next line, without its newline.</summary>
    /// <returns>What is wrong with it; null when it is in order. Nothing may follow a wrong one.</returns>
    public string? Take(ReadOnlySpan<byte> line)
    {
        if (Measure(line) is not { } found)
            return "it is not an audit entry with a hash";
        if (found.Hash != found.RealHash)
            return $"its content does not match its hash (it says {found.Hash[..12]}…, it is {found.RealHash[..12]}…)";
        if (found.Seq != NextSeq)
            return $"it has number {found.Seq} where {NextSeq} belongs";
        if (found.Prev != _head)
            return "it does not name the entry before";
        (NextSeq, _head) = (NextSeq + 1, found.Hash);
        return null;
    }

    /// <remarks>
    /// The hash covers the line without its member <c>hash</c>. The line is canonical, so that member can be cut out of the bytes.
    /// </remarks>
    private static (long Seq, string Prev, string Hash, string RealHash)? Measure(ReadOnlySpan<byte> line)
    {
        long? seq = null;
        string? prev = null, hash = null;
        var cutFrom = 0;
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isHash = reader.ValueTextEquals("hash"u8);
                var (isSeq, isPrev) = (reader.ValueTextEquals("seq"u8), reader.ValueTextEquals("prev"u8));
                var start = (int)reader.TokenStartIndex;
                reader.Read();
                if (isHash)
                    (hash, cutFrom) = (reader.GetString(), start);
                else if (isPrev)
                    prev = reader.GetString();
                else if (isSeq)
                    seq = reader.GetInt64();
                reader.Skip();
            }

            if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
                return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }

        // "kind" always follows "hash", so the comma to cut is the one after it.
        var member = Encoding.UTF8.GetBytes($"\"hash\":\"{hash}\",");
        if (seq is null || prev is null || hash is not { Length: 64 } || !line[cutFrom..].StartsWith(member))
            return null;
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(line[..cutFrom]);
        sha.AppendData(line[(cutFrom + member.Length)..]);
        return (seq.Value, prev, hash, Convert.ToHexStringLower(sha.GetHashAndReset()));
    }
}
