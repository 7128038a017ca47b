using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.People.Sync;

namespace Siit.Iam.Agent.Tests.Journeys.SyncKills;

/// <summary>The copy in the files that a killed server left, opened without it.</summary>
internal sealed class DeadCopy : IAsyncDisposable
{
    private readonly LiteDbStore _store;
    private readonly DocumentFile _file;
    private readonly DataFolder _folder;

    private DeadCopy(DataFolder folder, IReadOnlyList<string> connections, TimeProvider time)
    {
        _folder = folder;
        _store = LiteDbStore.Open(folder, []);
        _file = DocumentFile.Open(folder.People, _store, CopyShelves.Names);
        Copy = new DirectoryCopy(_file, connections);
        Copy.Load();
        Events = new EventBook(Copy, new NoEffects(), time);
        Changes = new ChangeReader(Copy, Events, time);
    }

    public DirectoryCopy Copy { get; }

    public EventBook Events { get; }

    public ChangeReader Changes { get; }

    public IReadOnlyList<LifecycleEvent> All => Events.After(null, 1_000_000);

    /// <summary>Of a copy of the files, so that the server finds its own as it left them.</summary>
    public static DeadCopy Open(SyncKillWorld world, TimeProvider time)
    {
        var folder = new DataFolder(world.Beside);
        if (Directory.Exists(folder.Path))
            Directory.Delete(folder.Path, recursive: true);
        Directory.CreateDirectory(folder.Path);
        foreach (var (from, to) in new[] { (world.Data.People, folder.People), (world.Data.PeopleLog, folder.PeopleLog) }.Where(file => File.Exists(file.Item1)))
            File.Copy(from, to);
        return new DeadCopy(folder, [.. world.Idps.Select(idp => idp.Name)], time);
    }

    public DeadConnection Of(string connection)
    {
        var part = Copy.Of(connection);
        return new DeadConnection(
            Copy.State(connection), _file.Get(CopyShelves.Runs, connection), _file.Ids(CopyShelves.Pages, connection + "/").ToHashSet(), _file.Ids(CopyShelves.Reads, connection + "/").ToHashSet(),
            part.Ties(TieKind.Member).Parents.SelectMany(group => part.ChildrenOf(TieKind.Member, group).Select(account => (group, account))).ToHashSet(),
            Events.Before(null, 1) is [var last] ? last.Id : "");
    }

    public IReadOnlyList<string> Lines(string connection) => SyncWorld.Lines(Copy, connection);

    public async ValueTask DisposeAsync()
    {
        Copy.Dispose();
        Events.Dispose();
        await _file.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(_folder.Path, recursive: true);
    }

    private sealed class NoEffects : IOwnEffects
    {
        public Task<IReadOnlyList<OwnEffect>> OnAsync(string connection, IReadOnlyCollection<string> accounts, DateTimeOffset since, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<OwnEffect>>([]);
    }
}

/// <summary>What a killed server knew of one connection.</summary>
/// <param name="Pages">Of a running import: read.</param>
/// <param name="Reads">Of a running import: yet to be read.</param>
internal sealed record DeadConnection(
    SyncState State, ImportRun? Run, IReadOnlySet<string> Pages, IReadOnlySet<string> Reads, IReadOnlySet<(string Group, string Account)> Members, string LastEvent);
