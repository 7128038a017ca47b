using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Sync;

internal static class SyncWorld
{
    public const string Connection = "okta";

    public static SyncWorld<ScriptedSource> Scripted(bool tellsEvents, SyncOptions? options = null) => new(time => new ScriptedSource(tellsEvents, time), options);

    /// <summary>Everything in the copy of a connection that is not gone, one line each.</summary>
    public static IReadOnlyList<string> Lines(DirectoryCopy copy, string connection)
    {
        var part = copy.Of(connection);
        var lines = new List<string>();
        foreach (var known in part.Accounts.Where(account => !account.Gone))
            lines.Add(JsonSerializer.Serialize(Stable(copy.Entry(connection, known.Id)!.Found), StoreJson.Options));
        lines.AddRange(part.Groups.Where(group => group.GoneAt is null).Select(group => JsonSerializer.Serialize(group.Found, StoreJson.Options)));
        lines.AddRange(part.Applications.Values.Where(application => application.GoneAt is null).Select(application => $"application {application.Found.Application.Id}"));
        foreach (var kind in Enum.GetValues<TieKind>())
            lines.AddRange(part.Ties(kind).Parents.SelectMany(parent => part.ChildrenOf(kind, parent).Select(child => $"{kind} {parent} {child}")));
        lines.Sort(StringComparer.Ordinal);
        return lines;

        static DirectoryAccount Stable(DirectoryAccount found) => found with { Account = found.Account with { LastSignInAt = null }, Aliases = [.. found.Aliases.Order(StringComparer.Ordinal)] };
    }

    /// <summary>The copy is what the directory is.</summary>
    public static void AssertSame(this SyncWorld<ScriptedSource> world)
    {
        var (source, part) = (world.Source, world.Part);
        Assert.Equal(source.Accounts.Keys.Order(StringComparer.Ordinal), part.Accounts.Where(account => !account.Gone).Select(account => account.Id).Order(StringComparer.Ordinal));
        foreach (var (id, account) in source.Accounts)
            Assert.Equal(account.Account, world.Copy.Entry(Connection, id)!.Found.Account);
        foreach (var kind in new[] { TieKind.Member, TieKind.Assignment })
        {
            Assert.Equal(
                source.Ties.Where(tie => tie.Kind == kind).Select(tie => $"{tie.Parent}/{tie.Child}").Order(StringComparer.Ordinal),
                part.Ties(kind).Parents.SelectMany(parent => part.ChildrenOf(kind, parent).Select(child => $"{parent}/{child}")).Order(StringComparer.Ordinal));
        }

        world.AssertEventsOfEach();
    }

    /// <summary>What is kept in memory of each account's events is what the file has.</summary>
    private static void AssertEventsOfEach(this SyncWorld<ScriptedSource> world)
    {
        var all = world.Events.Before(null, 100_000).ToLookup(happened => happened.Account);
        foreach (var id in world.Part.Accounts.Select(account => account.Id))
        {
            var expected = all[id].Select(Text).ToList();
            Assert.Equal(expected, world.Events.Of(new AccountKey(Connection, id), 100_000).Select(Text));
            if (expected.Count > 2)
                Assert.Equal(expected[1..2], world.Events.Of(new AccountKey(Connection, id), 1, all[id].First().Id).Select(Text));
        }

        static string Text(LifecycleEvent happened) => JsonSerializer.Serialize(happened, StoreJson.Options);
    }
}

/// <summary>The real copy, importer, reader of changes and event book on a real file, before any directory. Can be started again.</summary>
internal sealed class SyncWorld<T> : IAsyncDisposable
    where T : class, IDirectorySource
{
    private const string Connection = SyncWorld.Connection;

    private readonly DataFolder _folder = new(Directory.CreateTempSubdirectory("siit-sync-").FullName);
    private LiteDbStore _store;
    private DocumentFile _file;

    public SyncWorld(Func<TimeProvider, T> source, SyncOptions? options = null)
    {
        Options = options ?? new SyncOptions { Readers = 3 };
        Source = source(Time);
        Start();
    }

    public ManualTime Time { get; } = new();

    public T Source { get; }

    public SyncOptions Options { get; }

    public DirectoryCopy Copy { get; private set; }

    public EventBook Events { get; private set; }

    public Importer Importer { get; private set; }

    public ChangeReader Changes { get; private set; }

    public ConnectionSync Sync { get; private set; }

    public List<OwnEffect> Own { get; } = [];

    /// <summary>Before each commit of the copy's file, until the next start; it may throw.</summary>
    public Action? Committing
    {
        set => _file.Committing = value;
    }

    public IReadOnlyList<LifecycleEvent> AllEvents => Events.After(null, 100_000);

    public ConnectionCopy Part => Copy.Of(Connection);

    public async Task<ImportEnd> ImportAsync(bool everything = true) => await Importer.RunAsync(Connection, Source, everything, (_, _) => { }, CancellationToken.None);

    public Task<bool> ReadChangesAsync() => Changes.RunAsync(Connection, Source, CancellationToken.None);

    /// <summary>Ends everything as a kill would, as far as one process can, and starts again on the same files.</summary>
    public async Task RestartAsync()
    {
        Copy.Dispose();
        Events.Dispose();
        await _file.DisposeAsync();
        await _store.DisposeAsync();
        Start();
    }

    /// <summary>See <see cref="SyncWorld.Lines"/>.</summary>
    public IReadOnlyList<string> Lines() => SyncWorld.Lines(Copy, Connection);

    public async ValueTask DisposeAsync()
    {
        Copy.Dispose();
        Events.Dispose();
        await _file.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(_folder.Path, recursive: true);
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_store), nameof(_file), nameof(Copy), nameof(Events), nameof(Importer), nameof(Changes), nameof(Sync))]
    private void Start()
    {
        _store = LiteDbStore.Open(_folder, []);
        _file = DocumentFile.Open(_folder.People, _store, CopyShelves.Names);
        Copy = new DirectoryCopy(_file, [Connection]);
        Copy.Load();
        Events = new EventBook(Copy, new OwnList(Own), Time);
        Importer = new Importer(Copy, Events, Options, Time, new Askers());
        Changes = new ChangeReader(Copy, Events, Time);
        Sync = new ConnectionSync(Connection, Source, Copy, Importer, Changes, Options, Time, NullLogger.Instance);
    }

    private sealed class OwnList(List<OwnEffect> own) : IOwnEffects
    {
        public Task<IReadOnlyList<OwnEffect>> OnAsync(string connection, IReadOnlyCollection<string> accounts, DateTimeOffset since, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<OwnEffect>>([.. own.Where(effect => effect.IntendedAt > since)]);
    }
}
