using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate;

/// <summary>Something that was stopped.</summary>
[Stored("stops")]
internal sealed record StopRecord : IRecord
{
    /// <summary><c>all</c>, <c>action:{name}</c> or <c>connection:{name}</c>.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset At { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}

/// <summary>
/// Everything, one action or one connection, stopped at once. Stopping is open to every operator and takes hold even when it
/// cannot be recorded; resuming needs the code of an approver. Before the stops of the store are known, everything is stopped.
/// </summary>
internal sealed class StopSwitches(IStore store, AuditLog log, IdpConnections connections, ToolServerSet tools, TimeProvider time) : ILogLearner
{
    public const string Everything = "all";

    private readonly Lock _gate = new();
    private Dictionary<string, StopRecord>? _stops;

    /// <summary>Reads what is stopped; before the first call is taken.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var stored = await store.ListAsync<StopRecord>(1000, cancellationToken: cancellationToken);
        lock (_gate)
            _stops = stored.ToDictionary(stop => stop.Id);
    }

    /// <summary>Why the action may not run now; null when it may.</summary>
    public Refusal? Find(string action, string connection)
    {
        lock (_gate)
        {
            if (_stops is null)
                return new Refusal("not_ready", "The server is still starting; try again in a moment.");
            foreach (var id in new[] { Everything, $"action:{action}", $"connection:{connection}" })
            {
                if (_stops.TryGetValue(id, out var stop))
                    return new Refusal("stopped", $"{What(id)} was stopped at {stop.At:yyyy-MM-dd HH:mm}Z ({HiddenText.Shown(stop.Reason, 200)}). An approver can lift that: siit-iam resume.");
            }
        }

        return null;
    }

    public IReadOnlyList<StopRecord> List()
    {
        lock (_gate)
            return [.. (_stops ?? []).Values.OrderBy(stop => stop.Id, StringComparer.Ordinal)];
    }

    /// <summary>Null when there is such a thing to stop, or what is wrong with the name.</summary>
    public Refusal? Problem(string id) => id switch
    {
        Everything => null,
        _ when id.StartsWith("action:", StringComparison.Ordinal) && (ActionCatalog.Find(id["action:".Length..]) is not null || tools.Rule(id["action:".Length..]) is not null) => null,
        _ when id.StartsWith("connection:", StringComparison.Ordinal) && (connections.Find(id["connection:".Length..]) is not null || tools.Server(id["connection:".Length..]) is not null) => null,
        _ => new Refusal("unknown_stop", $"'{HiddenText.Shown(id, 60)}' is neither 'all' nor a known action or connection."),
    };

    /// <exception cref="AuditUnavailableException">It could not be recorded; it is stopped all the same until the server ends.</exception>
    /// <param name="operator">Who stops, as the operators' door knows it.</param>
    public async Task StopAsync(string id, string reason, string @operator, CancellationToken cancellationToken)
    {
        var stop = new StopRecord { Id = id, Reason = reason, At = time.GetUtcNow() };
        lock (_gate)
        {
            // While they are not loaded everything is stopped anyway, and loading will find this one.
            _stops?.TryAdd(id, stop);
        }

        // Also when it is stopped already: the store may not have been able to take it then.
        if (!(await store.CommitAsync([Change.Create(stop)], CancellationToken.None)).Done)
            return;
        await log.WriteAsync(new AuditDraft(AuditKinds.StopSet) { Data = new JsonObject { ["stop"] = id, ["reason"] = reason, ["by"] = @operator } }, cancellationToken);
    }

    /// <summary>Null when lifted, or why not.</summary>
    /// <param name="by">An approver who has proved presence with a one-time code.</param>
    public async Task<Refusal?> ResumeAsync(string id, ApproverRecord by, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<StopRecord>(id, cancellationToken) is not { } stop)
        {
            lock (_gate)
            {
                // Stopped when the store could not take it.
                return _stops?.Remove(id) == true ? null : new Refusal("not_stopped", $"{What(id)} is not stopped.");
            }
        }

        await log.WriteAsync(new AuditDraft(AuditKinds.StopLifted) { Data = new JsonObject { ["stop"] = id, ["by"] = by.Id } }, cancellationToken);
        if (!(await store.CommitAsync([Change.Delete<StopRecord>(id, stop.Version)], CancellationToken.None)).Done)
            return new Refusal("changed_meanwhile", "It changed meanwhile; look again.");
        lock (_gate)
            _stops?.Remove(id);
        return null;
    }

    /// <summary>What the log knows as stopped is stopped; what it knows as lifted stays stopped in an older store until somebody lifts it.</summary>
    public async Task LearnAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        var last = entries.Where(entry => entry.Kind is AuditKinds.StopSet or AuditKinds.StopLifted && entry.Data?["stop"] is not null)
            .GroupBy(entry => entry.Data!["stop"]!.GetValue<string>()).Select(group => group.MaxBy(entry => entry.Seq)!);
        foreach (var entry in last.Where(entry => entry.Kind == AuditKinds.StopSet))
        {
            var stop = new StopRecord
            {
                Id = entry.Data!["stop"]!.GetValue<string>(),
                Reason = entry.Data["reason"]?.GetValue<string>() ?? "from the audit log",
                At = entry.Time,
            };
            await store.CommitAsync([Change.Create(stop)], cancellationToken);
        }
    }

    private static string What(string id) => id == Everything ? "Everything" : id.Split(':', 2) is [var kind, var name] ? $"The {kind} '{name}'" : id;
}
