using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Audit.Tlog;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>audit archive|unarchive</c>: the log's oldest entries out of its folder and back, while no server runs.</summary>
internal static class AuditArchiveVerbs
{
    public static Command Archive(Verbs verbs)
    {
        var before = new Option<string>("--before") { Description = "Entries before this moment, such as 2026-12-24; no later than audit:keep allows.", HelpName = "TIME", Required = true };
        var target = new Option<string>("--to") { Description = "The folder to move them to, best on another disk. Further runs may name the same one.", HelpName = "FOLDER", Required = true };
        var config = new Option<string?>("--config") { Description = "The settings, when they are not siit-iam.json in the data folder.", HelpName = "FILE" };
        return verbs.Create("archive", "Move the oldest entries into files elsewhere. Their hashes stay: the tree, receipts and 'audit verify' go on as before. No server may run.", async (invocation, cancellationToken) =>
        {
            var (moment, folder) = (AuditExportVerb.Moment(invocation.Get(before), "--before")!.Value, Path.GetFullPath(invocation.Get(target)!));
            Check(invocation, moment, folder, invocation.Surroundings.Product.AuditKeep(invocation.Data, invocation.Get(config), invocation.Surroundings.Environment));
            var done = await LockedAsync(invocation, store => AuditArchiving.RunAsync(
                new AuditOptions { Folder = invocation.Data.Audit }, invocation.Surroundings.Time, new ArchiveRequest(moment, folder, Environment.UserName),
                log => ArchiveNeeds.OfAsync(store, log, cancellationToken)));
            var document = new JsonObject
            {
                ["archived"] = done.Until - done.First,
                ["first_here"] = done.Until,
                ["root"] = done.Root,
                ["files"] = WireJson.Array(done.Files, file => file),
                ["held_by"] = done.HeldBy,
            };
            return invocation.Answer(document, Told(done, folder));
        }, before, target, config);
    }

    public static Command Unarchive(Verbs verbs)
    {
        var from = new Option<string[]>("--from") { Description = "The archive's folder, or folders.", HelpName = "FOLDER", Required = true, AllowMultipleArgumentsPerToken = true };
        return verbs.Create("unarchive", "Put archived entries back into the log, for instance because an old backup needs them. No server may run.", async (invocation, _) =>
        {
            var archive = Open(invocation.Get(from))!;
            var back = await LockedAsync(invocation, _ => AuditArchiving.BackAsync(new AuditOptions { Folder = invocation.Data.Audit }, invocation.Surroundings.Time, archive, Environment.UserName));
            return invocation.Answer(
                new JsonObject { ["entries"] = back },
                [back == 0 ? "No entry of this log lies in an archive." : $"{back} entries are back in the audit log. The archive was left as it is."]);
        }, from);
    }

    /// <summary>For the verbs that read entries.</summary>
    internal static Option<string[]> Option() => new("--archive") { Description = "Where archived entries lie; they are read and checked as well.", HelpName = "FOLDER", AllowMultipleArgumentsPerToken = true };

    /// <returns>Null when none is named.</returns>
    internal static AuditArchive? Open(string[]? folders)
    {
        if (folders is not { Length: > 0 })
            return null;
        return folders.FirstOrDefault(folder => !Directory.Exists(folder)) is { } missing
            ? throw new CliException(ExitCodes.Usage, "usage", $"There is no folder {missing}.")
            : AuditArchive.Open(folders);
    }

    private static void Check(Invocation invocation, DateTimeOffset before, string folder, TimeSpan keep)
    {
        var latest = invocation.Surroundings.Time.GetUtcNow() - keep;
        if (before > latest)
            throw new CliException(ExitCodes.Usage, "too_young", $"The settings keep entries for {keep.TotalDays:0} days (audit:keep), so --before may be {latest.UtcDateTime:yyyy-MM-dd} at the latest.");
        if (!Directory.Exists(invocation.Data.Audit))
            throw new CliException(ExitCodes.Refused, "no_audit_log", $"There is no audit log in {invocation.Data.Audit}. Is it the right data folder (--data)?");
        if ((folder + Path.DirectorySeparatorChar).StartsWith(Path.GetFullPath(invocation.Data.Audit) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new CliException(ExitCodes.Usage, "usage", "--to must be a folder outside of the audit log's own.");
    }

    private static IEnumerable<string> Told(ArchiveResult done, string folder)
    {
        if (done.Until == done.First)
        {
            yield return done.HeldBy is null ? $"Nothing to archive: there are not {Tiles.Width} entries before that moment." : $"Nothing was archived: {done.HeldBy}.";
            yield break;
        }

        yield return $"Archived: entries {done.First} to {done.Until - 1}, root {done.Root}";
        foreach (var file in done.Files)
            yield return $"Written: {file}";
        if (done.HeldBy is not null)
            yield return $"Younger ones stay: {done.HeldBy}.";
        yield return $"Keep the folder as long as the law asks. Check both: siit-iam audit verify --archive {folder}";
    }

    /// <summary>Holds the data folder, so that no server starts meanwhile.</summary>
    private static async Task<T> LockedAsync<T>(Invocation invocation, Func<IStore, Task<T>> act)
    {
        try
        {
            await using var store = LiteDbStore.Open(invocation.Data, StoreSetup.Migrations);
            return await act(store);
        }
        catch (StoreBusyException busy)
        {
            throw new CliException(ExitCodes.FolderInUse, "folder_in_use", busy.Message);
        }
        catch (StoreUnavailableException unavailable)
        {
            throw new CliException(ExitCodes.Store, "store_unavailable", unavailable.Message);
        }
        catch (Exception e) when (e is AuditUnavailableException or AuditDamagedException)
        {
            throw new CliException(ExitCodes.AuditLog, "audit_unavailable", e.Message);
        }
        catch (TlogException wrong)
        {
            throw new CliException(ExitCodes.Refused, "archive_wrong", $"{wrong.Message}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Refused, "not_written", $"It was not done ({e.Message}); every entry is still where it was. Free space or mend the folder, and do the same again.");
        }
    }
}
