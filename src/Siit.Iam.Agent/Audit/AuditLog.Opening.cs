using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <content>How a log is opened: whose keys, whether it is what was signed, and what has to be recorded about that first.</content>
internal sealed partial class AuditLog
{
    /// <summary>Opens or creates the log, checks all of it, and cuts off what a crash left half written.</summary>
    /// <exception cref="AuditDamagedException">It is not what was written and signed; names the line. Nothing was changed.</exception>
    /// <exception cref="AuditUnavailableException">Another process has it open, its key or checkpoint is missing, or the folder cannot be used.</exception>
    public static AuditLog Open(AuditOptions options, TimeProvider time, ILogger log) => Open(options, time, log, AuditFile.Open);

    internal static AuditLog Open(AuditOptions options, TimeProvider time, ILogger log, Func<string, IAuditFile> open)
    {
        var files = new AuditFiles(options.Folder);
        var ownership = files.Own();
        AuditDisk? disk = null;
        try
        {
            var keys = File.Exists(files.Checkpoint) || File.Exists(files.Key) || File.Exists(files.Vkeys) ? AuditKeys.Load(files, open) : null;
            var signed = ReadCheckpoint(files, keys);
            // Before a key is made for a log of the old format: it must be whole.
            var found = AuditRecovery.Check(files, signed?.Checkpoint);
            keys ??= AuditKeys.Create(files, open, options.Origin);
            if (!string.IsNullOrEmpty(options.Origin) && options.Origin != keys.Origin)
                throw Refused($"The audit log in {options.Folder} is {keys.Origin}, the settings call it {options.Origin}. A log keeps its name: take audit:origin out, or use another data folder.");
            disk = new AuditDisk(open(files.Log), open(files.Reserve), options.ReserveBytes);
            if (found.TornBytes > 0)
                LogRepaired(log, found.TornBytes, files.Torn(found.Head.NextSeq));
            var (head, tree) = (found.Head, found.Tree);
            foreach (var draft in FirstEntries(files, keys, signed, found, disk))
            {
                var (before, after) = AuditLine.Around(AuditLine.Body(draft, time.GetUtcNow()));
                var line = AuditLine.At(head.NextSeq, before, after);
                disk.Append([.. line, (byte)'\n']);
                tree.Append(Merkle.Leaf(line));
                head = new AuditHead(tree.Size, Convert.ToHexStringLower(tree.Root()), disk.DurableLength);
            }

            var complete = signed is not null && AuditRecovery.HasTiles(files, signed.Size, found.First);
            var publisher = new AuditPublisher(files, open, keys, complete ? found.Published : new TileEdge(), complete ? signed : null, found.First);
            PublishFirst(publisher, head, keys, log);
            AuditCut.Finish(files, found.First);
            return new AuditLog(options, time, log, ownership, disk, new Opened(head, tree, found.Offsets, found.First, publisher, keys));
        }
        catch (Exception e)
        {
            disk?.Dispose();
            ownership.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new AuditUnavailableException($"The audit log in {options.Folder} cannot be opened: {e.Message}", nothingKept: true, e);
            throw;
        }
    }

    /// <summary>The checkpoint that was signed last; null for a new log and for one of the old format.</summary>
    private static SignedCheckpoint? ReadCheckpoint(AuditFiles files, AuditKeys? keys)
    {
        if (File.Exists(files.Checkpoint))
        {
            try
            {
                return SignedCheckpoint.Open(File.ReadAllBytes(files.Checkpoint), [.. keys!.All]);
            }
            catch (TlogException wrong)
            {
                throw Refused($"{files.Checkpoint} is not what this audit log has signed: {wrong.Message}. Somebody has changed it, or the keys in {files.Vkeys} and {files.Key}. Restore the log from a backup.");
            }
        }

        if (!File.Exists(files.Log))
            return null;
        using var lines = new AuditLines(files.Log);
        return !lines.Next(out var first) || OldFormat.Is(first)
            ? null
            : throw Refused($"The audit log's signed checkpoint is missing: there is no {files.Checkpoint}. Without it nobody can tell whether entries are missing. Put it back from a backup.");
    }

    private static List<AuditDraft> FirstEntries(AuditFiles files, AuditKeys keys, SignedCheckpoint? signed, AuditRecovery.Found found, AuditDisk disk)
    {
        var drafts = new List<AuditDraft>();
        if (found.TornBytes > 0)
            drafts.Add(AuditRecovery.SetTornAside(files, found, disk));
        if (signed is null && found.Head.NextSeq > 0)
            drafts.Add(new AuditDraft(AuditKinds.LogMigrated) { Data = new JsonObject { ["entries"] = found.Head.NextSeq, ["root"] = found.Head.Hash } });
        // Not signed by the key of now: the one before was lost.
        if (signed?.Note.Verify([.. keys.All]) is { } signedBy && !signedBy.Contains(keys.Signer.Verifier))
            drafts.Add(Rotated(signedBy[^1], keys.Signer.Verifier, lost: true));
        if (keys.Next is { } next)
            drafts.Add(Rotated(keys.Signer.Verifier, next.Verifier, lost: false));
        return drafts;
    }

    private static AuditDraft Rotated(NoteVerifier from, NoteVerifier to, bool lost) =>
        new(AuditKinds.LogKeyRotated) { Data = new JsonObject { ["from"] = from.ToString(), ["to"] = to.ToString(), ["lost"] = lost } };

    private static void PublishFirst(AuditPublisher publisher, AuditHead head, AuditKeys keys, ILogger log)
    {
        try
        {
            publisher.Publish(head, keys.Next is { } next ? [next] : []);
            if (keys.Next is not null)
                keys.EndRotation();
        }
        catch (IOException e) when (AuditFile.IsFull(e) && publisher.Latest is not null)
        {
            // Entries are durable without it; it is signed when there is room.
            LogUnsigned(log, head.NextSeq, e.Message);
        }
    }

    private static AuditUnavailableException Refused(string message) => new(message, nothingKept: true);

    /// <summary>What opening has found and made.</summary>
    private sealed record Opened(AuditHead Head, MerkleEdge Tree, IReadOnlyList<long> Offsets, long First, AuditPublisher Publisher, AuditKeys Keys);
}
