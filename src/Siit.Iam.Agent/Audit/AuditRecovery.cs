using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Audit;

/// <summary>What is done to the log before anything is written to it.</summary>
internal static class AuditRecovery
{
    /// <summary>Reads all of it.</summary>
    /// <exception cref="AuditDamagedException">Some whole line is wrong.</exception>
    public static Found Check(AuditFiles files)
    {
        if (!File.Exists(files.Log))
            return new Found(new AuditHead(0, AuditLine.NoPrev, 0), 0);
        var chain = new AuditChain(strict: false);
        using var lines = new AuditLines(files.Log);
        while (lines.Next(out var line))
        {
            if (chain.Take(line) is { } problem)
                throw new AuditDamagedException(files.Log, lines.Number, problem);
        }

        return new Found(new AuditHead(chain.NextSeq, chain.Head, lines.WholeLength), lines.TornBytes);
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

    /// <param name="Head">The end of the last whole line.</param>
    /// <param name="TornBytes">What stands behind it, without a newline.</param>
    internal sealed record Found(AuditHead Head, long TornBytes);
}

/// <summary>A whole line of the log is not what was written. It is not opened; restore it, or keep it and begin a new one.</summary>
internal sealed class AuditDamagedException(string path, long line, string problem) : Exception(
    $"{path} line {line}: {problem}. The audit log was changed or the disk is failing; it is not opened. "
    + "Keep the file as it is, see 'siit-iam audit verify', and restore it from a backup.")
{
    /// <summary>From 1.</summary>
    public long Line => line;

    /// <summary>What is wrong with it.</summary>
    public string Problem => problem;
}
