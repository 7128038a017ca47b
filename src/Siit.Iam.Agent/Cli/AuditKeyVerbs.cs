using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>audit key|rotate-key</c>.</summary>
internal static class AuditKeyVerbs
{
    public static Command Key(Verbs verbs) => verbs.Create("key", "Print the log's public key, which checks its checkpoints and receipts; give it to auditors and witnesses.", (invocation, _) =>
    {
        var keys = AuditVerbs.Read(invocation, files => AuditKeys.ReadVkeys(files.Vkeys));
        var document = new JsonObject
        {
            ["origin"] = keys[^1].Name,
            ["key"] = keys[^1].ToString(),
            ["earlier"] = WireJson.Array(keys.SkipLast(1), key => key.ToString()),
        };
        return Task.FromResult(invocation.Answer(document, [keys[^1].ToString(), .. keys.SkipLast(1).Reverse().Select(key => $"earlier: {key}")]));
    });

    public static Command RotateKey(Verbs verbs)
    {
        var lost = new Option<bool>("--lost") { Description = "The private key is lost: the old one does not sign its successor, and everybody who trusts it has to be told." };
        return verbs.Create("rotate-key", "Sign the audit log with a new key from now on, while no server runs. The log says so itself.", async (invocation, _) =>
        {
            var files = new AuditFiles(invocation.Data.Audit);
            try
            {
                Prepare(files, invocation.Get(lost));
                await using var log = AuditLog.Open(new AuditOptions { Folder = invocation.Data.Audit }, invocation.Surroundings.Time, NullLogger.Instance);
                return invocation.Answer(
                    new JsonObject { ["key"] = log.Vkeys[^1].ToString(), ["earlier"] = WireJson.Array(log.Vkeys.SkipLast(1), key => key.ToString()) },
                    [$"The audit log's key is now {log.Vkeys[^1]}", $"Tell auditors and witnesses, and keep a copy of {files.Key} in a safe place. Then: siit-iam serve"]);
            }
            catch (Exception e) when (e is AuditUnavailableException or AuditDamagedException)
            {
                throw new CliException(ExitCodes.AuditLog, "audit_unavailable", e.Message);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CliException(ExitCodes.Refused, "not_written", $"The key could not be replaced: {e.Message}");
            }
        }, lost);
    }

    private static void Prepare(AuditFiles files, bool lost)
    {
        if (!File.Exists(files.Checkpoint))
            throw new CliException(ExitCodes.Refused, "no_audit_log", $"There is no audit log with a checkpoint in {files.Folder}. Is it the right data folder (--data)?");
        using var ownership = files.Own();
        if (!lost)
        {
            AuditKeys.Load(files, AuditFile.Open).BeginRotation();
            return;
        }

        // Nothing that the lost key cannot vouch for gets a new signature.
        var verified = AuditVerifier.Verify(files);
        if (verified.Problem is { } problem)
            throw new CliException(ExitCodes.AuditLog, "audit_damaged", $"The log is not whole, so it gets no new key: {problem.File}{(problem.Line is { } line ? $" line {line}" : "")}: {problem.What}.");
        AuditKeys.ReplaceLost(files, AuditFile.Open, AuditKeys.ReadVkeys(files.Vkeys));
    }
}
