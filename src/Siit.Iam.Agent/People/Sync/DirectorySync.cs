using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>Runs the sync of every connection beside everything else, from the start of the server to its end.</summary>
internal sealed class DirectorySync : BackgroundService
{
    private readonly Dictionary<string, ConnectionSync> _all;
    private readonly DirectoryCopy _copy;
    private readonly EventBook _events;
    private readonly Importer _importer;
    private readonly SyncOptions _options;
    private readonly TimeProvider _time;

    public DirectorySync(
        IdpConnections connections, DirectoryCopy copy, EventBook events, Importer importer, ChangeReader changes, SyncOptions options, TimeProvider time,
        ILogger<DirectorySync> logger)
    {
        (_copy, _events, _importer, _options, _time) = (copy, events, importer, options, time);
        _all = connections.All.Where(connection => connection is IDirectorySource).ToDictionary(
            connection => connection.Name,
            connection => new ConnectionSync(connection.Name, (IDirectorySource)connection, copy, importer, changes, options, time, logger),
            StringComparer.Ordinal);
    }

    public IReadOnlyCollection<ConnectionSync> All => _all.Values;

    public ConnectionSync? Find(string connection) => _all.GetValueOrDefault(connection);

    /// <summary>An effect of ours, or a push message, says that these accounts changed; the copy follows at once.</summary>
    public void Touch(string connection, IReadOnlyList<string> accounts, IReadOnlyList<TieChange> ties) =>
        Find(connection)?.Wake(new SyncWish(SyncWishKind.Touched) { Accounts = accounts, Ties = ties });

    /// <summary>A held import goes on, because somebody says that so many are really gone.</summary>
    public async Task<SyncEnd> AgreeAsync(string connection, CancellationToken cancellationToken)
    {
        if (Find(connection) is not { } sync || !await _importer.AgreeAsync(connection, cancellationToken))
            return new SyncEnd(false, $"No import of {connection} waits for a person.");
        return await sync.WakeAsync(new SyncWish(SyncWishKind.Everything), cancellationToken);
    }

    public ImportRun? RunOf(string connection) => _copy.File.Get(CopyShelves.Runs, connection);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_options.Enabled)
            return;
        // The server starts first, the copy is read beside it.
        await Task.Yield();
        try
        {
            await Task.Run(() => _copy.Load(stoppingToken), stoppingToken);
            _events.Load();
            await Task.WhenAll(_all.Values.Select(sync => Task.Run(() => sync.RunAsync(stoppingToken), stoppingToken)).Append(CleanAsync(stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    /// <summary>Forgets old events.</summary>
    private async Task CleanAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _events.ForgetAsync(_time.GetUtcNow() - _options.KeepEvents, cancellationToken);
            await Task.Delay(TimeSpan.FromHours(1), _time, cancellationToken);
        }
    }
}
