using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>Where a run stands. A closed list.</summary>
internal enum RunState
{
    /// <summary>Somebody works on it, or will at once.</summary>
    Running,
    /// <summary>For a call: an approval, an outcome that is being settled, a person who has to look. Nothing waits in memory.</summary>
    Waiting,
    Succeeded,
    /// <summary>A step failed.</summary>
    Failed,
    /// <summary>A condition of the playbook or an approver said no.</summary>
    Refused,
    Cancelled,
}

internal static class RunStates
{
    public static string Word(this RunState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());

    public static bool IsEnded(this RunState state) => state is not (RunState.Running or RunState.Waiting);
}

/// <summary>One execution of a playbook: a row. What was decided in it stands in its journal.</summary>
[Stored("runs", "state", "caller", "request", "playbook", "subject", "concurrency", "waker", "parent", "behind")]
internal sealed record RunRecord : IRecord
{
    /// <summary>Before the kind of trigger in the id of what starts runs by itself.</summary>
    public const string TriggerCaller = "trigger:";

    /// <summary>The code of a run that waits because it could not take everything back.</summary>
    public const string NeedsPerson = "needs_person";

    public required string Id { get; init; }

    public long Version { get; init; }

    public required RunState State { get; init; }

    /// <summary>snake_case reason of the state; null when the state says all.</summary>
    public string? Code { get; init; }

    public required string Message { get; init; }

    public required string Playbook { get; init; }

    public required string PlaybookVersion { get; init; }

    /// <summary>Of the file it is pinned to, whatever the file says by now.</summary>
    public required string Sha256 { get; init; }

    /// <summary>As checked, defaults filled in; a request stands as <c>{ id, text, requester? }</c>.</summary>
    public required JsonObject Inputs { get; init; }

    public required RunStarter Starter { get; init; }

    public required Requester Requester { get; init; }

    public string? Request { get; init; }

    /// <summary>Work email, lower case, of the person it is about: the first of its inputs that names one.</summary>
    public string? Subject { get; init; }

    /// <summary>Id of the <see cref="Triggers.TriggerKey"/> of what started it; null when somebody did.</summary>
    public string? Trigger { get; init; }

    /// <summary>Playbooks of the runs whose effects led to this one, the first first: none of them starts again by it.</summary>
    public IReadOnlyList<string> Chain { get; init; } = [];

    /// <summary>Also <c>run.now</c>.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The call that it waits for.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>When it is looked at again without being woken.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The lifecycle event that ends its wait early; null when only time does.</summary>
    public RunWaker? Waker { get; init; }

    /// <summary>What has ended its wait early.</summary>
    public RunSignal? Signal { get; init; }

    /// <summary>Of runs with the same one at most one goes on at a time.</summary>
    public string? Concurrency { get; init; }

    /// <summary>Ends other playbooks' runs about the same person, and goes before them.</summary>
    public bool Preempts { get; init; }

    /// <summary>The run that called it, and waits for its end.</summary>
    public string? Parent { get; init; }

    /// <summary>The run at the top of all that call each other; null for that one.</summary>
    public string? Root { get; init; }

    /// <summary>The content of each playbook that it may call, by id: pinned like its own.</summary>
    public IReadOnlyDictionary<string, string> Callees { get; init; } = new Dictionary<string, string>();

    /// <summary>The tools of other servers that it and what it calls may use, as they were locked when it started.</summary>
    public IReadOnlyList<LockedTool> Tools { get; init; } = [];

    [JsonIgnore]
    public ToolLock Locked => new(Tools, []);

    /// <summary>What runs is a version that was published.</summary>
    public bool Published { get; init; }

    /// <summary>Work emails of those who published it, what it calls, or what called it: they decide on nothing that it does.</summary>
    public IReadOnlyList<string> Authors { get; init; } = [];

    /// <summary>The lease of the person whom another run changes, when it is waited for.</summary>
    public string? Behind { get; init; }

    /// <summary>Who wants it to end before its next effect.</summary>
    public string? CancelledBy { get; init; }

    /// <summary>Who wants what was done to be taken back when it is cancelled; null: it stays.</summary>
    public string? UndoneBy { get; init; }

    /// <summary>Who has seen to what could not be taken back.</summary>
    public RunSettling? Settled { get; init; }

    public JsonObject? Outputs { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The kind of trigger that started it, as approval rules name it; no registered caller can have such an id.</summary>
    [JsonIgnore]
    public string StartedBy => Starter.Caller.StartsWith(TriggerCaller, StringComparison.Ordinal) ? Starter.Caller[TriggerCaller.Length..] : "manual";

    public bool IsFamilyOf(RunRecord other) => (Root ?? Id) == (other.Root ?? other.Id);

    [JsonIgnore]
    public string Title => $"{Playbook} {PlaybookVersion}";

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys
    {
        get
        {
            var keys = new Dictionary<string, string> { ["state"] = State.Word(), ["caller"] = Starter.Caller, ["playbook"] = Playbook };
            if (Request is not null)
                keys["request"] = Request;
            // Whatever looks for these looks for runs that are not over.
            if (State.IsEnded())
                return keys;
            if (Subject is not null)
                keys["subject"] = Subject;
            if (Concurrency is not null)
                keys["concurrency"] = Concurrency;
            if (Waker is not null)
                keys["waker"] = Waker.Person;
            if (Parent is not null)
                keys["parent"] = Parent;
            if (Behind is not null)
                keys["behind"] = Behind;
            return keys;
        }
    }
}

/// <summary>When a waiting run is looked at again. Ids begin with the time, so that the order of ids is that in which they are due.</summary>
[Stored("run_timers")]
internal sealed record RunTimer : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Run { get; init; }

    public required DateTimeOffset Due { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();

    public static string IdOf(string run, DateTimeOffset due) => $"{due.UtcDateTime:yyyyMMddHHmmss}_{run}";
}

/// <summary>A lifecycle event that a waiting run waits for.</summary>
/// <param name="Person">Work email, lower case.</param>
/// <param name="Object">Id or name of the group or application; null for any.</param>
internal sealed record RunWaker(string Path, string Person, string Event, string? Object);

/// <param name="Path">Of the step that waited.</param>
internal sealed record RunSignal(string Path, string Event, DateTimeOffset At);

/// <param name="By">Id of the approver.</param>
/// <param name="Note">What was found or done, in that person's words.</param>
internal sealed record RunSettling(string By, string Note, DateTimeOffset At);

/// <summary>Who started a run, and what that caller might do then: the run may never do more.</summary>
internal sealed record RunStarter(
    string Caller, string Operator, string Door, IReadOnlyList<string> Actions, IReadOnlyList<string> Connections, IReadOnlyList<string> ActsFor);

/// <summary>The content of a playbook, kept as long as a run may need it.</summary>
[Stored("playbook_files")]
internal sealed record PinnedPlaybook : IRecord
{
    /// <summary>SHA-256 of the content.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Path { get; init; }

    public required string Text { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();

    /// <summary>The playbook of a pinned content; null when it is not there, was changed, or does not pass the checks of this version of the server.</summary>
    /// <param name="tools">Tools of other servers that it may name.</param>
    public static async Task<Playbook?> ReadAsync(IStore store, string sha256, ToolLock tools, CancellationToken cancellationToken) =>
        await FileAsync(store, sha256, cancellationToken) is { } file ? PlaybookReader.Read(file, tools).Playbook : null;

    /// <summary>The pinned content itself; null when it is not there or was changed.</summary>
    public static async Task<PlaybookFile?> FileAsync(IStore store, string sha256, CancellationToken cancellationToken) =>
        await store.GetAsync<PinnedPlaybook>(sha256, cancellationToken) is { } pinned && PlaybookFile.Of(pinned.Path, pinned.Text) is var file && file.Sha256 == sha256 ? file : null;
}
