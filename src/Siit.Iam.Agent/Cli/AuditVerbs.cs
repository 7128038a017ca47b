using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>audit</c>: on the files, without the server and (but for <c>archive</c>, <c>unarchive</c> and <c>rotate-key</c>) without changing them.</summary>
internal static class AuditVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group(
        "audit", "Read and check the audit log, prove what stands in it. Needs no server.",
        Tail(verbs), Verify(verbs), AuditProofVerbs.Checkpoint(verbs), AuditProofVerbs.Receipt(verbs), AuditProofVerbs.CheckReceipt(verbs),
        AuditExportVerb.Create(verbs), AuditArchiveVerbs.Archive(verbs), AuditArchiveVerbs.Unarchive(verbs), AuditKeyVerbs.Key(verbs), AuditKeyVerbs.RotateKey(verbs));

    private static Command Tail(Verbs verbs)
    {
        var count = new Option<int>("--count", "-n") { Description = "How many entries, from the end.", DefaultValueFactory = _ => 20 };
        var call = new Option<string?>("--call") { Description = "Only entries of this call." };
        var request = new Option<string?>("--request") { Description = "Only entries of this service request." };
        var archive = AuditArchiveVerbs.Option();
        return verbs.Create("tail", "Show the last entries, oldest first.", (invocation, _) =>
        {
            var most = Math.Max(0, invocation.Get(count));
            var archived = AuditArchiveVerbs.Open(invocation.Get(archive));
            var entries = Read(invocation, files => invocation.Get(call) is null && invocation.Get(request) is null && archived is null
                ? AuditReader.Tail(files.Log, most)
                : AuditReader.ReadAll(files, archived).Where(entry => Fits(entry, invocation.Get(call), invocation.Get(request))).TakeLast(most).ToList());
            return Task.FromResult(invocation.Answer(WireJson.Array(entries, WireJson.Node), entries.Count == 0 ? ["No entries."] : Rows(entries)));
        }, count, call, request, archive);
    }

    private static Command Verify(Verbs verbs)
    {
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "A checkpoint that was kept elsewhere, of this log as it was then: the log alone cannot show that its end was cut off.",
            HelpName = "FILE",
        };
        var keys = KeyOption("The log's public key as it was kept elsewhere; without it, the keys that lie beside the log are believed.");
        var archive = AuditArchiveVerbs.Option();
        return verbs.Create("verify", "Check every entry, the tree over them, the signed checkpoint and every tile.", (invocation, _) =>
        {
            var kept = invocation.Get(checkpoint) is { } file ? ReadFile(file, File.ReadAllBytes) : null;
            var (trusted, archived) = (KeysOf(invocation.Get(keys)), AuditArchiveVerbs.Open(invocation.Get(archive)));
            var log = Read(invocation, files => Directory.Exists(files.Folder)
                ? AuditVerifier.Verify(files, kept, trusted.Count > 0 ? trusted : null, archived)
                : throw new DirectoryNotFoundException());
            var document = new JsonObject
            {
                ["whole"] = log.IsWhole,
                ["entries"] = log.Entries,
                ["unsigned"] = log.Unsigned,
                ["archived"] = log.Archived,
                ["archive_read"] = log.ArchiveRead,
                ["checkpoint"] = log.Checkpoint?.Note.ToString(),
                ["problem"] = log.Problem is { } wrong ? new JsonObject { ["file"] = wrong.File, ["line"] = wrong.Line, ["what"] = wrong.What } : null,
            };
            return Task.FromResult(invocation.Answer(document, Told(log, kept is not null), log.IsWhole ? ExitCodes.Done : ExitCodes.Refused));
        }, checkpoint, keys, archive);
    }

    private static IEnumerable<string> Told(AuditVerification log, bool kept)
    {
        if (log.Problem is { } problem)
        {
            yield return problem.Line is { } line ? $"NOT WHOLE. Line {line}: {problem.What}." : $"NOT WHOLE. {problem.File}: {problem.What}.";
            yield return $"{log.Entries} entries before it are in order. Keep {problem.File} as it is and restore the log from a backup: siit-iam restore FILE";
            yield break;
        }

        yield return $"Whole: {log.Entries} entries{(kept ? ", and it begins with what the kept checkpoint has" : "")}.";
        if (log.Archived > 0)
        {
            yield return log.ArchiveRead
                ? $"Entries 0 to {log.Archived - 1} were read in the archive and are those of the tree."
                : $"Entries 0 to {log.Archived - 1} lie in the archive; their hashes here lead to the signed root. To check the entries themselves: siit-iam audit verify --archive FOLDER";
        }

        if (log.Unsigned > 0)
            yield return $"{log.Unsigned} of them are newer than the signed checkpoint; a running server signs them within a second, the next start otherwise.";
        yield return $"Signed by {log.Checkpoint!.Checkpoint.Origin} at {log.Checkpoint.Size} entries. Keep that elsewhere, to notice a cut-off end: siit-iam audit checkpoint --out FILE";
    }

    internal static Option<string[]> KeyOption(string description) => new("--key") { Description = description, HelpName = "VKEY", AllowMultipleArgumentsPerToken = true };

    internal static List<NoteVerifier> KeysOf(string[]? vkeys)
    {
        try
        {
            return [.. (vkeys ?? []).Select(vkey => NoteVerifier.Parse(vkey.Trim()))];
        }
        catch (TlogException wrong)
        {
            throw new CliException(ExitCodes.Usage, "usage", $"A key is wrong: {wrong.Message}. Copy it from where you kept it ('siit-iam audit key' printed it).");
        }
    }

    internal static T ReadFile<T>(string file, Func<string, T> read)
    {
        try
        {
            return read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Refused, "not_readable", $"{file} cannot be read: {e.Message}");
        }
    }

    internal static T Read<T>(Invocation invocation, Func<AuditFiles, T> read)
    {
        var files = new AuditFiles(invocation.Data.Audit);
        try
        {
            return read(files);
        }
        catch (AuditDamagedException damaged)
        {
            throw new CliException(ExitCodes.AuditLog, "audit_damaged", damaged.Message);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CliException(ExitCodes.Refused, "no_audit_log", $"There is no audit log at {files.Log}. Is it the right data folder (--data)?");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Refused, "not_readable", $"The audit log cannot be read: {e.Message}");
        }
        catch (TlogException wrong)
        {
            throw new CliException(ExitCodes.AuditLog, "audit_damaged", $"Something beside the audit log in {files.Folder} is wrong: {wrong.Message}. See 'siit-iam audit verify'.");
        }
    }

    private static bool Fits(AuditEntry entry, string? call, string? request) => (call is null || entry.Call == call) && (request is null || entry.Request == request);

    private static IEnumerable<string> Rows(IEnumerable<AuditEntry> entries) => Table.Lines(
        ["entry", "time", "code", "kind", "action", "target", "who", "call or run", "more"],
        entries.Select(entry => (IReadOnlyList<string?>)
        [
            $"{entry.Seq}", CallsVerbs.Moment(entry.Time), AuditKinds.CodeOf(entry.Kind), entry.Kind, entry.Action ?? "-",
            entry.Target is null ? "-" : $"{entry.Connection}:{entry.Target}", Who(entry.Actor), entry.Call ?? entry.Run ?? "-", entry.Data?.ToJsonString(WireJson.Options) ?? "",
        ]));

    private static string Who(AuditActor? actor) => actor is null
        ? "-"
        : string.Join(" > ", new[] { actor.Requester is null ? null : actor.Requester + (actor.RequesterProved ? "" : "?"), actor.Caller ?? actor.Operator, actor.Door }.OfType<string>());
}
