using System.Text;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>
/// The log in a backup: its lines, and as facts beside them the checkpoint and the public keys. Tiles are derived again, the private key
/// goes in no backup.
/// </summary>
internal static class AuditBackup
{
    private const string CheckpointFact = "checkpoint";
    private const string VkeysFact = "vkeys";

    /// <summary>Copies what is durable while the server goes on writing, and tells what was signed of it.</summary>
    /// <exception cref="AuditUnavailableException">It cannot be signed now.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> CopyAsync(AuditLog log, Stream target, CancellationToken cancellationToken)
    {
        // Signed before it is copied, so that all of it is in the copy.
        var signed = log.Publish();
        var head = await log.CopyToAsync(target, cancellationToken);
        return new Dictionary<string, string>
        {
            ["entries"] = $"{head.NextSeq}",
            ["head"] = head.Hash,
            [CheckpointFact] = signed.Note.ToString(),
            [VkeysFact] = string.Concat(log.Vkeys.Select(key => $"{key}\n")),
        };
    }

    /// <summary>
    /// Of the log here and a backup's: true when the one here goes on where the other ends, false when it is the other's beginning, null
    /// when they are not one log. By the entries' hashes: from one of them more may have gone into an archive than from the other.
    /// </summary>
    public static bool? GoesOn(string here, string backup)
    {
        try
        {
            using var theirs = Leaves(backup).GetEnumerator();
            foreach (var ours in Leaves(here))
            {
                if (!theirs.MoveNext())
                    return true;
                if (!ours.AsSpan().SequenceEqual(theirs.Current))
                    return null;
            }

            return !theirs.MoveNext();
        }
        catch (AuditDamagedException)
        {
            return null;
        }
    }

    private static IEnumerable<byte[]> Leaves(string path)
    {
        var files = new AuditFiles(Path.GetDirectoryName(path)!);
        return AuditLeaves.All(files, AuditLeaves.First(files), path);
    }

    /// <summary>After the backup's lines were put in the place of the log's, or where there was none.</summary>
    /// <param name="archived">The backup has brought the hashes of archived entries.</param>
    public static void PutBack(AuditFiles files, IReadOnlyDictionary<string, string> facts, bool archived)
    {
        // Those of the log that was here before.
        if (!archived)
            File.Delete(files.Leaves);
        // A backup from before the log was a tree has neither: it is migrated when it is opened.
        if (!facts.TryGetValue(CheckpointFact, out var checkpoint) || !facts.TryGetValue(VkeysFact, out var vkeys))
            return;
        if (Directory.Exists(files.Prefix))
            Directory.Delete(files.Prefix, recursive: true);
        AuditFiles.Replace(AuditFile.Open, files.Vkeys, Encoding.UTF8.GetBytes(vkeys));
        AuditFiles.Replace(AuditFile.Open, files.Checkpoint, Encoding.UTF8.GetBytes(checkpoint));
    }
}
