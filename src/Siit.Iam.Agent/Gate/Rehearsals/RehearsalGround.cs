using Siit.Iam.Agent.Gate.Standing;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate.Rehearsals;

/// <summary>What a rehearsal stands on: what is there, and the rules. Nothing of it is ever written to.</summary>
internal sealed class RehearsalGround
{
    private readonly IReadOnlyList<(IIdpConnection Manners, IIdpConnection Reads)> _connections;
    private readonly Func<IStore?> _store;

    /// <summary>That of this server: its connections are read, its store and its copy of the directory are looked through.</summary>
    public RehearsalGround(
        IdpConnections connections, IStore store, DirectoryCopy copy, EventBook events, GateOptions gate, PersonOptions people, NoticesOptions notices, TimeProvider time, HrisOptions? hris = null)
    {
        _connections = [.. connections.All.Select(connection => (connection, connection))];
        (_store, Copy, Events, Gate, People, Notices, Hris) = (() => store, copy, events, gate, people, notices, hris ?? new HrisOptions());
        Now = time.GetUtcNow;
    }

    private RehearsalGround(PicturedDirectory directory, GateOptions gate)
    {
        _connections = [.. directory.Connections.Select(tenant => (tenant, mute: RehearsedIdps.Mute(tenant.Name, tenant.Idp, tenant.Applications)))
            .Select(pictured => (pictured.mute, (IIdpConnection)new PicturedConnection(pictured.tenant, pictured.mute)))];
        // Never loaded: nothing reads a file of it.
        Copy = new DirectoryCopy(null!, []);
        Events = new EventBook(Copy, new NoEffects(), TimeProvider.System);
        (_store, Gate, People, Notices) = (() => null, gate, new PersonOptions(), new NoticesOptions());
        Hris = new HrisOptions { Sources = [new HrisSource(PicturedDirectory.HrisSource, "", null)] };
        Now = () => directory.Now;
        Standing = new PicturedStanding(directory);
    }

    private RehearsalGround(RehearsalGround of)
    {
        _connections = [.. of._connections.Select(connection => (connection.Manners, (IIdpConnection)new RememberedConnection(connection.Reads)))];
        (_store, Copy, Events, Gate, People, Notices, Hris, Now, Standing) = (of._store, of.Copy, of.Events, of.Gate, of.People, of.Notices, of.Hris, of.Now, of.Standing);
    }

    public DirectoryCopy Copy { get; }

    public EventBook Events { get; }

    public GateOptions Gate { get; }

    public PersonOptions People { get; }

    public NoticesOptions Notices { get; }

    public HrisOptions Hris { get; }

    public Func<DateTimeOffset> Now { get; }

    /// <summary>Who is somebody's manager and who owns what; null: as the copy of the directory tells.</summary>
    public IStanding? Standing { get; }

    /// <summary>That of a picture that somebody wrote: no server, no network.</summary>
    public static RehearsalGround Of(PicturedDirectory directory, GateOptions gate) => new(directory, gate);

    /// <summary>The same, with everything that is read at an IdP read once.</summary>
    public RehearsalGround Pictured() => new(this);

    public LayeredStore Layer() => new(_store());

    public IReadOnlyList<RehearsedConnection> Connect(RehearsalFaults faults, RehearsalClock clock) =>
        [.. _connections.Select(connection => RehearsedIdps.Of(connection.Manners, connection.Reads, faults, clock))];

    private sealed class NoEffects : IOwnEffects
    {
        public Task<IReadOnlyList<OwnEffect>> OnAsync(string connection, IReadOnlyCollection<string> accounts, DateTimeOffset since, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<OwnEffect>>([]);
    }
}
