using System.Text;

namespace Siit.Iam.Agent.Audit;

/// <summary>Reads and checks a log file without being its writer; needs no server.</summary>
internal static class AuditReader
{
    /// <summary>
    /// Checks every line, strictly. With <paramref name="keptSeq"/> and <paramref name="keptHash"/> (from a receipt, a
    /// backup or an earlier check) also that this entry is still there: the chain alone cannot show a cut-off end.
    /// </summary>
    /// <param name="path">The log file.</param>
    /// <param name="keptSeq">Place of an entry that must be there.</param>
    /// <param name="keptHash">Its hash.</param>
    public static AuditVerification Verify(string path, long? keptSeq = null, string? keptHash = null)
    {
        if (keptSeq is null != keptHash is null)
            throw new ArgumentException("Give both the number and the hash of the kept entry, or neither.", nameof(keptHash));
        var chain = new AuditChain(strict: true);
        using var lines = new AuditLines(path);
        AuditVerification Broken(long line, string what) => new(chain.NextSeq, chain.Head, new AuditProblem(line, what));
        while (lines.Next(out var line))
        {
            if (chain.Take(line) is { } problem)
                return Broken(lines.Number, problem);
            if (chain.NextSeq - 1 == keptSeq && chain.Head != keptHash)
                return Broken(lines.Number, "it is not the entry that was kept: the log was written anew");
        }

        if (lines.TornBytes > 0)
            return Broken(lines.Number + 1, $"its end is missing ({lines.TornBytes} bytes without a newline)");
        return keptSeq >= chain.NextSeq
            ? Broken(lines.Number + 1, $"entry {keptSeq}, which was kept, is missing: the end of the log was cut off")
            : new AuditVerification(chain.NextSeq, chain.Head, null);
    }

    /// <summary>All entries in order. Stops with <see cref="AuditDamagedException"/> at the first line that is wrong.</summary>
    public static IEnumerable<AuditEntry> ReadAll(string path)
    {
        var chain = new AuditChain(strict: false);
        using var lines = new AuditLines(path);
        while (Next(path, lines, chain) is { } entry)
            yield return entry;
    }

    /// <summary>The last entries, oldest first, read from the end. They are checked by their hashes, not against the whole chain.</summary>
    public static IReadOnlyList<AuditEntry> Tail(string path, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var entries = new List<AuditEntry>();
        foreach (var line in LinesFromEnd(path).Take(count))
        {
            if (AuditLine.Measure(line) is not { } found || found.Hash != found.RealHash)
                throw new AuditDamagedException(path, 0, $"the entry before '{Encoding.UTF8.GetString(line.AsSpan(0, Math.Min(40, line.Length)))}…' is wrong");
            entries.Add(AuditLine.Read(line));
        }

        entries.Reverse();
        return entries;
    }

    // A span cannot live in an iterator.
    private static AuditEntry? Next(string path, AuditLines lines, AuditChain chain)
    {
        if (!lines.Next(out var line))
            return null;
        return chain.Take(line) is { } problem ? throw new AuditDamagedException(path, lines.Number, problem) : AuditLine.Read(line);
    }

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

/// <summary>Result of <see cref="AuditReader.Verify"/>.</summary>
/// <param name="Entries">How many are in order, from the first.</param>
/// <param name="HeadHash">Hash of the last of them; keep it with the count to notice a cut-off end later.</param>
/// <param name="Problem">The first thing wrong; null when the log is whole.</param>
internal sealed record AuditVerification(long Entries, string HeadHash, AuditProblem? Problem)
{
    /// <summary>The log is whole.</summary>
    public bool IsWhole => Problem is null;
}

/// <param name="Line">From 1.</param>
/// <param name="What">Ends the sentence "line 7: ...".</param>
internal sealed record AuditProblem(long Line, string What);
