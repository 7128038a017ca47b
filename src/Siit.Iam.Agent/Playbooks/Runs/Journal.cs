using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

internal enum JournalKind
{
    /// <summary>What a condition, a list or a value came to.</summary>
    Decided,
    /// <summary>The arguments of a write, before it is asked for.</summary>
    Intent,
    /// <summary>What a step left, after it.</summary>
    Done,
    /// <summary>The step did not succeed.</summary>
    Failed,
}

/// <summary>One thing that holds for the rest of the run: written before it is used, read back ever after.</summary>
[Stored("run_journal", "run")]
internal sealed record JournalEntry : IRecord
{
    /// <summary>The run's id and the number: a second worker on the same run cannot write the same number.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Run { get; init; }

    /// <summary>Step ids and loop indices, such as <c>/remove[2]/unassign</c>.</summary>
    public required string Path { get; init; }

    public required JournalKind Kind { get; init; }

    public JsonNode? Value { get; init; }

    /// <summary>A sentence for people.</summary>
    public required string Text { get; init; }

    public string? Code { get; init; }

    public string? Call { get; init; }

    /// <summary>What a condition or a list was computed from, by place, shortened: see <see cref="Telling.Operands"/>.</summary>
    public JsonObject? Read { get; init; }

    public required DateTimeOffset At { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["run"] = Run };
}

/// <summary>The journal of one run, in memory while somebody works on it.</summary>
internal sealed class Journal
{
    /// <summary>More than any playbook within its limits can write; a defect must not fill the store.</summary>
    public const int Longest = 5_000;

    private readonly Dictionary<(string, JournalKind), JournalEntry> _known = [];
    private readonly IStore _store;
    private readonly TimeProvider _time;
    private readonly string _run;
    private readonly List<JournalEntry> _entries = [];

    private Journal(IStore store, TimeProvider time, string run) => (_store, _time, _run) = (store, time, run);

    public IReadOnlyList<JournalEntry> Entries => _entries;

    /// <summary>Effects that were asked for and have no outcome yet.</summary>
    public IEnumerable<JournalEntry> Open => _entries.Where(entry => entry.Kind == JournalKind.Intent && Find(entry.Path, JournalKind.Done) is null && Find(entry.Path, JournalKind.Failed) is null);

    /// <summary>Keys of the people whom they are about.</summary>
    public IReadOnlySet<string> OpenLeases => Open.Select(LeaseOf).OfType<string>().ToHashSet();

    public static string? LeaseOf(JournalEntry intent) => intent.Value?["lease"]?.GetValue<string>();

    public static async Task<Journal> LoadAsync(IStore store, TimeProvider time, string run, CancellationToken cancellationToken)
    {
        var journal = new Journal(store, time, run);
        foreach (var entry in await store.FindAllAsync<JournalEntry>("run", run, cancellationToken))
            journal.Know(entry);
        return journal;
    }

    public JournalEntry? Find(string path, JournalKind kind) => _known.GetValueOrDefault((path, kind));

    /// <summary>What was decided there, or what it is decided to be now: the one is never computed after the other.</summary>
    /// <exception cref="Expressions.ExpressionException">It cannot be computed; nothing was decided.</exception>
    public async Task<JsonNode?> DecideAsync(string path, Func<JsonNode?> compute, Func<JsonNode?, string> tell, Func<JsonObject>? read = null)
    {
        if (Find(path, JournalKind.Decided) is { } decided)
            return decided.Value?.DeepClone();
        var value = compute();
        await WriteAsync(path, JournalKind.Decided, value, tell(value), read: read?.Invoke());
        return value?.DeepClone();
    }

    /// <summary>Durable when it returns.</summary>
    /// <exception cref="RunTakenException">Somebody else works on the run.</exception>
    /// <exception cref="LeaseTakenException">Another run has just begun to change the person; nothing was written.</exception>
    /// <param name="with">Stored in the same commit.</param>
    public async Task<JournalEntry> WriteAsync(
        string path, JournalKind kind, JsonNode? value, string text, string? code = null, string? call = null, IEnumerable<Change>? with = null, JsonObject? read = null)
    {
        if (_entries.Count >= Longest)
            throw new JournalFullException();
        var entry = new JournalEntry
        {
            Id = $"{_run}_{_entries.Count:00000}",
            Run = _run,
            Path = path,
            Kind = kind,
            Value = value?.DeepClone(),
            Text = text,
            Code = code,
            Call = call,
            Read = read,
            At = _time.GetUtcNow(),
        };
        var stored = await _store.CommitAsync([Change.Create(entry), .. with ?? []], CancellationToken.None);
        if (!stored.Done)
            throw stored.ConflictType == PersonLease.Collection ? new LeaseTakenException() : new RunTakenException();
        Know(entry);
        return entry;
    }

    private void Know(JournalEntry entry)
    {
        _entries.Add(entry);
        _known[(entry.Path, entry.Kind)] = entry;
    }
}

/// <summary>Another worker has written to the run: this one stops and touches nothing any more.</summary>
internal sealed class RunTakenException() : Exception("Somebody else works on this run.");

/// <summary>The run has written more than any checked playbook can.</summary>
internal sealed class JournalFullException() : Exception("The journal of this run is full.");

/// <summary>Another run has just begun to change the same person.</summary>
internal sealed class LeaseTakenException() : Exception("Another run changes the same person.");
