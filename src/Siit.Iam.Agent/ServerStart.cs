using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Publishing;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent;

/// <summary>What is done once at each start and stop. Runs after the gate has brought store and log together, before anybody can connect.</summary>
internal sealed partial class ServerStart(
    DataFolder folder, AuditLog audit, LogWins logWins, ServerSettings settings, IdpConnections connections, GateOptions gate, ApproverRegistry approvers, CallerRegistry callers,
    PlaybookShelf playbooks, IStore store, KeyRotation keys, ILogger<ServerStart> logger)
    : IHostedLifecycleService
{
    /// <summary>Before anything is judged by the rules of the settings.</summary>
    /// <exception cref="SettingsException">Rules have names that nothing has.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var known = new RuleNames(
            [.. (await approvers.ListAsync(cancellationToken)).SelectMany(approver => approver.Groups)],
            [.. (await callers.ListAsync(cancellationToken)).Select(caller => caller.Id)],
            RuleNames.PlaybooksIn(gate).Any() ? [.. playbooks.Ids(), .. (await store.ListAllAsync<Publication>(cancellationToken)).Select(publication => publication.Playbook)] : []);
        if (known.Problems(gate).ToList() is { Count: > 0 } problems)
            throw new SettingsException(problems);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Demo)
            await File.WriteAllTextAsync(ServerSettings.DemoMark(folder), "Used with emulated IdPs; never connects to a real one.\n", cancellationToken);
        await approvers.CheckSecretsAsync(cancellationToken);
        await keys.FinishAsync(cancellationToken);
        // Left by a process that was killed; this one holds the folder's lock.
        File.Delete(folder.CallersSocket);
        File.Delete(folder.OperatorsSocket);

        await audit.WriteAsync(Draft(AuditKinds.ServerStarted, new JsonObject
        {
            ["version"] = Server.Version,
            ["connections"] = new JsonArray([.. connections.All.Select(connection => (JsonNode)connection.Name)]),
            ["policy"] = gate.PolicyVersion(),
            ["demo"] = settings.Demo,
        }), cancellationToken);
        foreach (var lowered in gate.Lowered())
        {
            LogLowered(logger, lowered);
            await audit.WriteAsync(Draft(AuditKinds.SettingLowered, new JsonObject { ["setting"] = lowered }), cancellationToken);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        LogStarted(logger, Server.Version, folder, connections.All.Count);
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Last of all: what was under way has written its outcome.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await audit.WriteAsync(Draft(AuditKinds.ServerStopped, null), cancellationToken);
            await logWins.MarkAsync(cancellationToken);
            LogStopped(logger);
        }
        catch (Exception e) when (e is AuditUnavailableException or StoreUnavailableException)
        {
            // A full disk must not keep the process from ending; the next start reads further back.
            LogStoppedUnrecorded(logger, e);
        }
    }

    private static AuditDraft Draft(string kind, JsonObject? data) => new(kind) { Actor = new AuditActor { Door = "server" }, Data = data };

    [LoggerMessage(Level = LogLevel.Warning, Message = "A gate is lowered by the settings: {Setting}")]
    private static partial void LogLowered(ILogger logger, string setting);

    [LoggerMessage(Level = LogLevel.Information, Message = "siit-iam {Version} started on {Folder} with {Connections} connections")]
    private static partial void LogStarted(ILogger logger, string version, DataFolder folder, int connections);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopped")]
    private static partial void LogStopped(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "Stopped, but that could not be recorded")]
    private static partial void LogStoppedUnrecorded(ILogger logger, Exception trouble);
}
