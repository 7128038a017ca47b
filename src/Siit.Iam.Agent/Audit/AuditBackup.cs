using System.Text;

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

    /// <summary>After the backup's lines were put in the place of the log's, or where there was none.</summary>
    public static void PutBack(AuditFiles files, IReadOnlyDictionary<string, string> facts)
    {
        // A backup from before the log was a tree has neither: it is migrated when it is opened.
        if (!facts.TryGetValue(CheckpointFact, out var checkpoint) || !facts.TryGetValue(VkeysFact, out var vkeys))
            return;
        if (Directory.Exists(files.Prefix))
            Directory.Delete(files.Prefix, recursive: true);
        AuditFiles.Replace(AuditFile.Open, files.Vkeys, Encoding.UTF8.GetBytes(vkeys));
        AuditFiles.Replace(AuditFile.Open, files.Checkpoint, Encoding.UTF8.GetBytes(checkpoint));
    }
}
