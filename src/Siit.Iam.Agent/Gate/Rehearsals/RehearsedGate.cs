using Microsoft.Extensions.DependencyInjection.Extensions;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Standing;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate.Rehearsals;

/// <summary>
/// The gate as it is, before connections that keep every change to themselves, over a store that does the same, with a clock that
/// jumps. Nothing runs by itself in it and nobody is told anything.
/// </summary>
internal sealed class RehearsedGate : IAsyncDisposable
{
    private readonly IReadOnlyList<RehearsedConnection> _connections;
    private readonly LayeredStore _layer;
    private readonly ServiceProvider _services;

    private RehearsedGate(IReadOnlyList<RehearsedConnection> connections, LayeredStore layer, ServiceProvider services, RehearsalClock clock, HeldNotices notices) =>
        (_connections, _layer, _services, Clock, HeldNotices) = (connections, layer, services, clock, notices);

    public RehearsalClock Clock { get; }

    public IServiceProvider Services => _services;

    private HeldNotices HeldNotices { get; }

    /// <summary>Who would have been told what.</summary>
    public IReadOnlyList<Notice> Notices => HeldNotices.All;

    /// <summary>Changes in the order in which they were made.</summary>
    public IReadOnlyList<RehearsedEffect> Effects => [.. _connections.SelectMany(connection => connection.Effects).OrderBy(effect => effect.At)];

    /// <param name="folder">Of this rehearsal; more than one gate may write its log.</param>
    /// <param name="around">Put around the store: whatever breaks in it is to be seen.</param>
    /// <param name="more">What stands on the gate.</param>
    public static async Task<RehearsedGate> BuildAsync(
        RehearsalGround ground, RehearsalFolder folder, RehearsalFaults faults, Func<IStore, IStore> around, Action<IServiceCollection> more, CancellationToken cancellationToken)
    {
        var clock = new RehearsalClock(ground.Now());
        var started = new StoppedClock(clock.GetUtcNow());
        var connections = ground.Connect(faults, clock);
        var layer = ground.Layer();
        var notices = new HeldNotices(ground.Notices);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton(folder.Log);
        services.AddSingleton(folder.Data);
        services.AddSingleton<Ids>();
        services.AddSingleton(around(layer));
        services.AddSingleton(new IdpConnections([.. connections]));
        services.AddSingleton(new SyncOptions());
        services.AddSingleton<ConnectionDesk>();
        services.AddSingleton(ground.Copy);
        services.AddSingleton(ground.Events);
        services.AddPersons(ground.People);
        services.AddHris(ground.Hris);
        services.AddSecrets();
        services.AddGate(ground.Gate);
        services.RemoveAll<IStanding>();
        services.AddSingleton<IStanding>(provider => ground.Standing ?? ActivatorUtilities.CreateInstance<StandingBook>(provider, started));
        services.AddSingleton(ground.Notices);
        services.AddSingleton<INotices>(notices);
        services.AddSingleton<IKnownDirectory, NothingKnown>();
        // What listens to ended calls tells the server's own copy of the directory.
        services.RemoveAll<ICallObserver>();
        more(services);
        // Nothing is learnt from a log that was just begun.
        services.RemoveAll<ILogLearner>();
        var built = services.BuildServiceProvider();
        var gate = new RehearsedGate(connections, layer, built, clock, notices);
        await built.GetRequiredService<StopSwitches>().LoadAsync(cancellationToken);
        var store = built.GetRequiredService<IStore>();
        foreach (var state in new[] { CallState.Executing, CallState.Unknown, CallState.NeedsPerson })
        {
            foreach (var call in await store.FindAsync<CallRecord>("state", state.Word(), 1000, cancellationToken: cancellationToken))
                built.GetRequiredService<UnsettledAccounts>().Add(call);
        }

        return gate;
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <summary>What would be different in the end.</summary>
    public async Task<IReadOnlyList<RehearsedDifference>> DifferenceAsync(CancellationToken cancellationToken)
    {
        var all = new List<RehearsedDifference>();
        foreach (var connection in _connections)
            all.AddRange(await connection.DifferenceAsync(cancellationToken));
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _layer.Dispose();
    }

    /// <summary>The copy of the directory does not grow old because a rehearsal jumps over a term.</summary>
    private sealed class StoppedClock(DateTimeOffset at) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => at;
    }

    /// <summary>Steps of a run read at the IdP; nothing else reads in a rehearsal.</summary>
    private sealed class NothingKnown : IKnownDirectory
    {
        public DateTimeOffset? AsOf(string connection) => null;

        public Task<PersonSearched> FindPersonAsync(string person, IReadOnlyList<string> connections, CancellationToken cancellationToken) => Task.FromResult(new PersonSearched(null, [], 0, null));

        public Page<GroupFacts>? FindGroups(string? name, IReadOnlyList<string> connections, int limit, string? cursor) => null;

        public Page<ApplicationFacts>? FindApplications(string? name, IReadOnlyList<string> connections, int limit, string? cursor) => null;

        public MembersFacts? ListMembers(string group, string connection, int limit, string? cursor) => null;

        public Task<Page<EventFacts>?> ListEventsAsync(EventQuestion question, IReadOnlyList<string> connections, CancellationToken cancellationToken) => Task.FromResult<Page<EventFacts>?>(null);
    }
}

/// <summary>Keeps what would be sent.</summary>
internal sealed class HeldNotices(NoticesOptions options) : INotices
{
    private readonly Dictionary<string, Notice> _held = [];

    public IReadOnlyList<Notice> All => [.. _held.Values];

    public Change Post(Notice notice)
    {
        _held.TryAdd(notice.Key, notice);
        return Change.Ensure(new HeldNotice { Id = NoticeRecord.IdOf(notice.Key) });
    }

    public bool CanReach(NoticeChannel channel) => channel switch
    {
        NoticeChannel.Mail => options.Mail is not null,
        NoticeChannel.Webhook => options.Webhook is not null,
        _ => false,
    };

    public bool Wants(string kind, NoticeChannel channel) => CanReach(channel) && (channel != NoticeChannel.Mail || !options.Quiet.Contains(kind));
}

/// <summary>Stands in a rehearsal's store for a notice.</summary>
[Stored("held_notices")]
internal sealed record HeldNotice : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}
