using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>What the running product still needs of its log.</summary>
/// <param name="From">This entry and those after it are read at the next start.</param>
/// <param name="Holds">Why an entry has to stay, as "call_1 is not ended"; null when nothing needs it.</param>
internal sealed record LogNeeds(long From, Func<AuditEntry, string?> Holds);

/// <param name="Before">Only entries that were written before.</param>
/// <param name="Folder">Where they go; made when it is not there.</param>
/// <param name="By">Who asks for it.</param>
internal sealed record ArchiveRequest(DateTimeOffset Before, string Folder, string By);

/// <param name="First">The first entry that was moved.</param>
/// <param name="Until">The first one that was not; the same as <paramref name="First"/> when none was.</param>
/// <param name="Files">Written or found there.</param>
/// <param name="HeldBy">Why not more were moved; null when the date alone was the limit.</param>
/// <param name="Root">Of the tree of all entries before <paramref name="Until"/>.</param>
internal sealed record ArchiveResult(long First, long Until, IReadOnlyList<string> Files, string? HeldBy, string? Root);

/// <summary>
/// Moves the oldest entries of a log into an archive, while no server runs: copied and synced, read again and compared, recorded in the
/// log, only then taken out. Killed anywhere, it is done again by the same command. Tree, checkpoints and proofs stay what they are.
/// </summary>
internal static class AuditArchiving
{
    /// <param name="needs">Asked when the log is open and known to be whole.</param>
    /// <exception cref="AuditDamagedException">The log is not whole, or what was written is not what was read. Nothing was taken out.</exception>
    /// <exception cref="AuditUnavailableException">The log cannot be opened or written.</exception>
    /// <exception cref="TlogException">A file in the folder is another log's, or damaged. Nothing was taken out.</exception>
    public static async Task<ArchiveResult> RunAsync(
        AuditOptions options, TimeProvider time, ArchiveRequest request, Func<AuditLog, Task<LogNeeds>> needs, Func<string, IAuditFile>? open = null)
    {
        var (files, opener) = (new AuditFiles(options.Folder), open ?? AuditFile.Open);
        Plan plan;
        Copied copied;
        AuditHead head;
        await using (var log = AuditLog.Open(options, time, NullLogger.Instance, opener))
        {
            var signed = log.Publish();
            var whole = AuditVerifier.Verify(files);
            if (whole.Problem is { } problem)
                throw new AuditDamagedException(problem.File, problem.Line ?? 0, problem.What);
            plan = PlanOf(files, log.First, request.Before, await needs(log));
            if (plan.Until == plan.First)
                return new ArchiveResult(plan.First, plan.First, [], plan.HeldBy, null);
            copied = Copy(files, opener, plan, request.Folder);
            if (!copied.Root.SequenceEqual(MerkleProofs.Root(new TileTree(files.Prefix, signed.Size).Hash, plan.Until)))
                throw new AuditDamagedException(files.Log, 1, "what was copied is not what was signed");
            Sign(files, opener, plan.Until, copied.Root, request.Folder);
            await log.WriteAsync(Draft(request, plan, copied, whole.Rotations));
            log.Publish();
            head = log.Head;
        }

        using (files.Own())
            AuditCut.Cut(files, opener, copied.Leaves, head);
        return new ArchiveResult(plan.First, plan.Until, [.. copied.Files.Select(file => file.Path)], plan.HeldBy, Convert.ToHexStringLower(copied.Root));
    }

    /// <summary>Brings all archived entries back into the log.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="TlogException">One of them is not in the archive. Nothing was changed.</exception>
    /// <inheritdoc cref="RunAsync"/>
    public static async Task<long> BackAsync(AuditOptions options, TimeProvider time, AuditArchive archive, string by, Func<string, IAuditFile>? open = null)
    {
        var (files, opener) = (new AuditFiles(options.Folder), open ?? AuditFile.Open);
        long first;
        AuditHead head;
        await using (var log = AuditLog.Open(options, time, NullLogger.Instance, opener))
        {
            first = log.First;
            if (first == 0)
                return 0;
            if (AuditVerifier.Verify(files, archive: archive).Problem is { } problem)
                throw new TlogException($"{problem.File}{(problem.Line is { } line ? $" line {line}" : "")}: {problem.What}");
            await log.WriteAsync(new AuditDraft(AuditKinds.LogUnarchived)
            {
                Actor = new AuditActor { Operator = by, Door = "cli" },
                Data = new JsonObject { ["from"] = 0, ["to"] = first - 1 },
            });
            log.Publish();
            head = log.Head;
        }

        using (files.Own())
            AuditCut.Uncut(files, opener, archive, head);
        // Writes the bundles anew.
        await using (AuditLog.Open(options, time, NullLogger.Instance, opener))
            return first;
    }

    private static Plan PlanOf(AuditFiles files, long first, DateTimeOffset before, LogNeeds needs)
    {
        var (until, held) = (first, (string?)null);
        foreach (var entry in AuditReader.ReadAll(files.Log))
        {
            held = entry.Seq >= needs.From ? $"entries from {needs.From} on are read at the next start" : needs.Holds(entry);
            // Times may go back when a clock is set; order is the numbers'.
            if (held is not null || entry.Time >= before)
                break;
            until = entry.Seq + 1;
        }

        return new Plan(first, until / Tiles.Width * Tiles.Width, held);
    }

    private static Copied Copy(AuditFiles files, Func<string, IAuditFile> open, Plan plan, string folder)
    {
        AuditFiles.CreatePrivate(folder);
        var (leaves, tree, written) = (new MemoryStream(), new MerkleEdge(), new List<ArchivedFile>());
        void Take(byte[] leaf)
        {
            leaves.Write(leaf);
            tree.Append(leaf);
        }

        foreach (var leaf in AuditLeaves.Read(files, 0, plan.First))
            Take(leaf);
        using var lines = new AuditLines(files.Log);
        for (var from = plan.First; from < plan.Until;)
        {
            var next = Math.Min(plan.Until, ((from / AuditArchive.EntriesPerFile) + 1) * AuditArchive.EntriesPerFile);
            var path = AuditArchive.EntriesFile(folder, from, next - 1);
            var there = File.Exists(path);
            var expected = new List<byte[]>();
            using (var copy = there ? null : new AuditCopy(open, path + ".new"))
            {
                for (; from < next && lines.Next(out var line); from++)
                {
                    copy?.Line(line);
                    expected.Add(Merkle.Leaf(line));
                }

                copy?.Sync();
            }

            if (!there)
                File.Move(path + ".new", path);
            AuditFiles.SyncName(open, path);
            Compare(path, expected);
            expected.ForEach(Take);
            written.Add(new ArchivedFile(path, expected.Count, Sha256(path)));
        }

        return new Copied(leaves.ToArray(), tree.Root(), written);
    }

    /// <summary>What lies in the archive, written now or by a run that was interrupted, is what lies here.</summary>
    private static void Compare(string path, List<byte[]> expected)
    {
        using var lines = new AuditLines(path);
        foreach (var leaf in expected)
        {
            if (!lines.Next(out var line) || !Merkle.Leaf(line).AsSpan().SequenceEqual(leaf))
                throw Wrong(path, lines.Number);
        }

        if (lines.Next(out _) || lines.TornBytes > 0)
            throw Wrong(path, lines.Number);
    }

    private static TlogException Wrong(string path, long line) =>
        new($"{path} line {line} is not the entry of this log: the file is damaged, or another log's. Nothing was taken out of the log; choose another folder");

    private static void Sign(AuditFiles files, Func<string, IAuditFile> open, long size, byte[] root, string folder)
    {
        var keys = AuditKeys.Load(files, open);
        var checkpoint = AuditArchive.CheckpointFile(folder, size);
        AuditFiles.Replace(open, checkpoint, SignedCheckpoint.Sign(new Checkpoint(keys.Origin, size, root), keys.Signer).Bytes());
        AuditFiles.SyncName(open, checkpoint);
        AuditFiles.Replace(open, Path.Combine(folder, Path.GetFileName(files.Vkeys)), Encoding.UTF8.GetBytes(string.Concat(keys.All.Select(key => $"{key}\n"))));
    }

    private static AuditDraft Draft(ArchiveRequest request, Plan plan, Copied copied, IReadOnlyList<(string From, string To)> rotations) => new(AuditKinds.LogArchived)
    {
        Actor = new AuditActor { Operator = request.By, Door = "cli" },
        Data = new JsonObject
        {
            ["from"] = plan.First,
            ["to"] = plan.Until - 1,
            ["root"] = Convert.ToHexStringLower(copied.Root),
            ["before"] = request.Before.UtcDateTime.ToString("O"),
            ["folder"] = request.Folder,
            ["files"] = new JsonArray([.. copied.Files.Select(file => new JsonObject { ["name"] = Path.GetFileName(file.Path), ["entries"] = file.Entries, ["sha256"] = file.Sha256 })]),
            ["keys"] = new JsonArray([.. rotations.Distinct().Select(rotation => new JsonObject { ["from"] = rotation.From, ["to"] = rotation.To })]),
        },
    };

    private static string Sha256(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private sealed record Plan(long First, long Until, string? HeldBy);

    private sealed record Copied(byte[] Leaves, byte[] Root, IReadOnlyList<ArchivedFile> Files);

    private sealed record ArchivedFile(string Path, long Entries, string Sha256);
}
