using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>audit tail|verify</c>: on the files, without the server and without changing them.</summary>
internal static class AuditVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group("audit", "Read and check the audit log. Needs no server.", Tail(verbs), Verify(verbs));

    private static Command Tail(Verbs verbs)
    {
        var count = new Option<int>("--count", "-n") { Description = "How many entries, from the end.", DefaultValueFactory = _ => 20 };
        var call = new Option<string?>("--call") { Description = "Only entries of this call." };
        var request = new Option<string?>("--request") { Description = "Only entries of this service request." };
        return verbs.Create("tail", "Show the last entries, oldest first.", (invocation, _) =>
        {
            var most = Math.Max(0, invocation.Get(count));
            var entries = Read(invocation, path => invocation.Get(call) is null && invocation.Get(request) is null
                ? AuditReader.Tail(path, most)
                : AuditReader.ReadAll(path).Where(entry => Fits(entry, invocation.Get(call), invocation.Get(request))).TakeLast(most).ToList());
            return Task.FromResult(invocation.Answer(WireJson.Array(entries, WireJson.Node), entries.Count == 0 ? ["No entries."] : Rows(entries)));
        }, count, call, request);
    }

    private static Command Verify(Verbs verbs)
    {
        var kept = new Option<string?>("--kept")
        {
            Description = "An entry that must still be there, as an earlier verify or a backup printed it: the chain alone cannot show that its end was cut off.",
            HelpName = "NUMBER:HASH",
        };
        return verbs.Create("verify", "Check every entry and the chain of their hashes.", (invocation, _) =>
        {
            var (seq, hash) = Kept(invocation.Get(kept));
            var checkedLog = Read(invocation, path => AuditReader.Verify(path, seq, hash));
            var document = new JsonObject
            {
                ["whole"] = checkedLog.IsWhole,
                ["entries"] = checkedLog.Entries,
                ["head"] = Head(checkedLog),
                ["problem"] = checkedLog.Problem is { } wrong ? new JsonObject { ["line"] = wrong.Line, ["what"] = wrong.What } : null,
            };
            return Task.FromResult(invocation.Answer(document, Told(checkedLog, seq), checkedLog.IsWhole ? ExitCodes.Done : ExitCodes.Refused));
        }, kept);
    }

    private static IEnumerable<string> Told(AuditVerification log, long? kept)
    {
        if (log.Problem is { } problem)
        {
            yield return $"NOT WHOLE. Line {problem.Line}: {problem.What}.";
            yield return $"{log.Entries} entries before it are in order. Keep the file as it is and restore the log from a backup: siit-iam restore FILE";
            yield break;
        }

        yield return $"Whole: {log.Entries} entries{(kept is null ? "" : $", entry {kept} is the one that was kept")}.";
        if (log.Entries > 0)
            yield return $"Keep this elsewhere, to notice a cut-off end: --kept {Head(log)}";
    }

    private static string? Head(AuditVerification log) => log.Entries == 0 ? null : $"{log.Entries - 1}:{log.HeadHash}";

    private static (long? Seq, string? Hash) Kept(string? text)
    {
        if (text is null)
            return (null, null);
        var parts = text.Split(':');
        return parts.Length == 2 && long.TryParse(parts[0], out var seq) && seq >= 0 && parts[1].Length == 64
            ? (seq, parts[1])
            : throw new CliException(ExitCodes.Usage, "usage", "--kept must be NUMBER:HASH, as 'siit-iam audit verify' printed it.");
    }

    private static T Read<T>(Invocation invocation, Func<string, T> read)
    {
        var path = new AuditFiles(invocation.Data.Audit).Log;
        try
        {
            return read(path);
        }
        catch (AuditDamagedException damaged)
        {
            throw new CliException(ExitCodes.AuditLog, "audit_damaged", damaged.Message);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CliException(ExitCodes.Refused, "no_audit_log", $"There is no audit log at {path}. Is it the right data folder (--data)?");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Refused, "not_readable", $"The audit log cannot be read: {e.Message}");
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
