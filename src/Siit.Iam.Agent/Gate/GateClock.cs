using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>The latest time that was seen while something waited for a decision.</summary>
[Stored("gate_clocks")]
internal sealed record ClockRecord : IRecord
{
    public const string TheId = "clock";

    public string Id { get; init; } = TheId;

    public long Version { get; init; }

    public required DateTimeOffset Seen { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}

/// <summary>
/// The time by which approvals expire. It never goes back: a clock that is put back would give silence another chance, and an
/// approval a second life. As long as the system's clock is behind what was seen, nobody decides and nothing that was approved begins.
/// </summary>
internal sealed class GateClock(TimeProvider time, IStore store)
{
    /// <summary>What a clock that is kept in step may go back by.</summary>
    private static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(2);

    /// <summary>How much of a life an approval could win by a restart.</summary>
    private static readonly TimeSpan KeptEvery = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private DateTimeOffset _latest;
    private DateTimeOffset _kept;

    /// <summary>The latest time seen so far.</summary>
    public DateTimeOffset Now
    {
        get
        {
            var now = time.GetUtcNow();
            lock (_gate)
                return _latest = now > _latest ? now : _latest;
        }
    }

    /// <summary>Why nothing is decided or begun now; null: the clock is in order.</summary>
    public Refusal? Trouble()
    {
        var latest = Now;
        return time.GetUtcNow() < latest - Tolerated
            ? new Refusal("clock_went_back", $"The clock of this server went back: it was {latest:yyyy-MM-dd HH:mm:ss}Z already. Nothing is decided, and nothing approved begins, before it is past that. Its operator has to mend the clock.")
            : null;
    }

    /// <summary>Before the first decision: goes on where the time was before the start.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (await store.GetAsync<ClockRecord>(ClockRecord.TheId, cancellationToken) is not { } kept)
            return;
        lock (_gate)
            _latest = _kept = kept.Seen > _latest ? kept.Seen : _latest;
    }

    /// <summary>Called while something waits.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        if (now < _kept + KeptEvery)
            return;
        var stored = await store.GetAsync<ClockRecord>(ClockRecord.TheId, cancellationToken);
        var record = new ClockRecord { Version = stored?.Version ?? 0, Seen = now };
        if ((await store.CommitAsync([stored is null ? Change.Create(record) : Change.Save(record)], cancellationToken)).Done)
            _kept = now;
    }
}
