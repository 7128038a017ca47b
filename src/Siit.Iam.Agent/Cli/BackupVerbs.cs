using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>backup</c> through the server, <c>restore</c> without one.</summary>
internal static class BackupVerbs
{
    public static Command Backup(Verbs verbs)
    {
        var file = new Argument<string>("file") { Description = "The zip to write; must not exist yet." };
        return verbs.Create("backup", "Write store, copy of the directory and audit log together into one file, while the server runs.", async (invocation, cancellationToken) =>
        {
            var target = Path.GetFullPath(invocation.Get(file));
            var answer = await invocation.Server.PostAsync("/backup", new JsonObject { ["file"] = target }, cancellationToken);
            var log = WireJson.Read<BackupManifest>(answer).Files.Single(part => part.AppendOnly);
            return invocation.Answer(answer,
            [
                $"Written: {target}",
                $"The audit log in it has {log.Facts["entries"]} entries. To notice later that its end was cut off, keep its checkpoint elsewhere: siit-iam audit checkpoint --out FILE",
                "Neither data.key nor audit/audit.key is in it: keep copies of both apart, or approvers are enrolled anew and the audit log gets another key.",
            ]);
        }, file);
    }

    public static Command Restore(Verbs verbs)
    {
        var file = new Argument<string>("file") { Description = "A zip written by siit-iam backup." };
        return verbs.Create("restore", "Put a backup in the place of the data folder's content, while no server runs.", async (invocation, _) =>
        {
            var result = Run(invocation, Path.GetFullPath(invocation.Get(file)));
            await RecordAsync(invocation, result);
            var document = new JsonObject
            {
                ["restored"] = WireJson.Node(result.Manifest),
                ["before"] = result.Before,
                ["kept"] = WireJson.Array(result.Kept, kept => kept),
            };
            return invocation.Answer(document, Told(result));
        }, file);
    }

    private static RestoreResult Run(Invocation invocation, string file)
    {
        try
        {
            return new Restore(invocation.Data, StoreSetup.Migrations, invocation.Surroundings.Time, AuditBackup.GoesOn).Run(file);
        }
        catch (StoreBusyException busy)
        {
            throw new CliException(ExitCodes.FolderInUse, "folder_in_use", busy.Message);
        }
        catch (RestoreRefusedException refused)
        {
            throw new CliException(ExitCodes.Refused, "restore_refused", refused.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Refused, "not_restored", $"The backup was not restored: {e.Message}");
        }
    }

    private static async Task RecordAsync(Invocation invocation, RestoreResult result)
    {
        try
        {
            if (result.Manifest.Files.FirstOrDefault(part => part.AppendOnly) is { } log && !result.Kept.Contains(log.Name))
                AuditBackup.PutBack(new AuditFiles(invocation.Data.Audit), log.Facts, result.Manifest.Files.Any(part => part.BelongsTo == log.Name));
            await using var opened = AuditLog.Open(new AuditOptions { Folder = invocation.Data.Audit }, invocation.Surroundings.Time, NullLogger.Instance);
            await opened.WriteAsync(new AuditDraft(AuditKinds.RestoreDone)
            {
                Actor = new AuditActor { Operator = Environment.UserName, Door = "cli" },
                Data = new JsonObject { ["backup_of"] = result.Manifest.Time.ToString("O"), ["before"] = Path.GetFileName(result.Before), ["log_kept"] = result.Kept.Count > 0 },
            });
        }
        catch (Exception e) when (e is AuditUnavailableException or AuditDamagedException or IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.AuditLog, "audit_unavailable", $"The backup is restored (before: {result.Before}), but that could not be recorded: {e.Message}");
        }
    }

    private static IEnumerable<string> Told(RestoreResult result)
    {
        yield return $"Restored the backup of {CallsVerbs.Moment(result.Manifest.Time)}. What was here is kept in {result.Before}";
        yield return result.Kept.Count > 0
            ? "The audit log here goes on where the backup's ends and was left as it is: at the next start it decides what was done already."
            : "The audit log is the backup's.";
        yield return "Start the server: siit-iam serve";
    }
}
