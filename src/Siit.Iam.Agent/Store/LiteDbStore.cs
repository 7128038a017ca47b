using LiteDB;

namespace Siit.Iam.Agent.Store;

/// <summary>The embedded store. The README of this folder says how records lie in LiteDB, and why so.</summary>
internal sealed class LiteDbStore : IStore, IAsyncDisposable
{
    private readonly StoreTypes types = new();
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly DataFolder folder;
    private readonly StoreLock ownership;
    private readonly LiteDatabase database;
    private readonly LiteDbLog log;
    private readonly LiteDbRecords records;
    private volatile string? failure;
    private int disposed;

    private LiteDbStore(DataFolder folder, StoreLock ownership, LiteDatabase database)
    {
        (this.folder, this.ownership, this.database) = (folder, ownership, database);
        records = new LiteDbRecords(database);
        log = new LiteDbLog(database, folder.Store);
    }

    /// <summary>The schema version of the file, after all migrations.</summary>
    public int SchemaVersion { get; private set; }

    /// <summary>Opens or creates the store and brings it to the newest schema.</summary>
    /// <exception cref="StoreBusyException">Another process has it open.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read, is newer than this program, or a restore was interrupted.</exception>
    /// <param name="open">For tests, how the file is opened: a disk that fails cannot be had on demand.</param>
    public static LiteDbStore Open(DataFolder folder, IReadOnlyList<IMigration> migrations, Func<string, LiteDatabase>? open = null)
    {
        var ownership = StoreLock.Acquire(folder);
        LiteDatabase? database = null;
        try
        {
            if (File.Exists(folder.RestoreMarker))
                throw new StoreUnavailableException($"A restore into {folder} was interrupted. Run 'siit-iam restore' again.");
            database = (open ?? LiteDbRecords.OpenFile)(folder.Store);
            var store = new LiteDbStore(folder, ownership, database);
            store.SchemaVersion = LiteDbSchema.Update(database, store.records, migrations);
            return store;
        }
        catch (Exception e)
        {
            database?.Dispose();
            ownership.Dispose();
            if (e is StoreUnavailableException)
                throw;
            throw new StoreUnavailableException($"{folder.Store} cannot be opened ({e.Message}). Restore it with 'siit-iam restore'.", e);
        }
    }

    /// <summary>
    /// Has LiteDB compiled before it is needed: its first use takes longer than anything else at a start, and can go on beside it.
    /// </summary>
    public static void Warm()
    {
        using var database = new LiteDatabase(new MemoryStream());
        var records = new LiteDbRecords(database);
        records.Create();
        records.Replace("warm", null, new StoredRecord("1", 1, new Dictionary<string, string> { ["a"] = "b" }, "{}"));
        _ = records.Find("warm", "1");
        _ = records.ByKey("warm", "a", "b", 1, null, false);
    }

    public ValueTask<T?> GetAsync<T>(string id, CancellationToken cancellationToken = default) where T : class, IRecord
    {
        cancellationToken.ThrowIfCancellationRequested();
        var type = types.Of(typeof(T));
        type.CheckId(id);
        return ValueTask.FromResult(Guard(() => records.Find(type.Collection, id) is { } found ? (T)type.Read(found.Json, found.Version) : null));
    }

    public ValueTask<IReadOnlyList<T>> FindAsync<T>(
        string key, string value, int limit = 100, string? after = null, bool newestFirst = false,
        CancellationToken cancellationToken = default) where T : class, IRecord
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckLimit(limit);
        var type = types.Of(typeof(T));
        type.CheckKey(key, value);
        return Read<T>(type, () => records.ByKey(type.Collection, key, value, limit, after, newestFirst));
    }

    public ValueTask<IReadOnlyList<T>> ListAsync<T>(
        int limit = 100, string? after = null, bool newestFirst = false,
        CancellationToken cancellationToken = default) where T : class, IRecord
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckLimit(limit);
        var type = types.Of(typeof(T));
        return Read<T>(type, () => records.All(type.Collection, limit, after, newestFirst));
    }

    public async ValueTask<CommitResult> CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken = default)
    {
        // Everything that can be wrong with the changes themselves, before anybody is kept waiting.
        var writes = changes.Select(Prepare).ToList();
        if (writes.DistinctBy(w => (w.Collection, w.Id)).Count() != writes.Count)
            throw new ArgumentException("A record may be changed only once in a commit.", nameof(changes));
        if (writes.Count == 0)
            return CommitResult.Success;

        await writing.WaitAsync(cancellationToken);
        try
        {
            return Guard(() => Commit(writes));
        }
        finally
        {
            writing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A container that knows the store under two names disposes it twice.
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await writing.WaitAsync();
        failure ??= "The store is closed.";
        log.Dispose();
        database.Dispose();
        ownership.Dispose();
    }

    /// <summary>Copies the whole store as it stands between two commits; commits wait meanwhile.</summary>
    public async Task CopyToAsync(Stream target, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            Guard(() =>
            {
                database.Checkpoint();
                return true;
            });
            if (new FileInfo(folder.StoreLog) is { Exists: true, Length: > 0 })
                throw new StoreUnavailableException("The store is being read and cannot be copied now. Try again.");
            await using var source = new FileStream(folder.Store, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await source.CopyToAsync(target, cancellationToken);
        }
        finally
        {
            writing.Release();
        }
    }

    private static void CheckLimit(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1000);
    }

    private Write Prepare(Change change)
    {
        var type = types.Of(change.Type);
        type.CheckId(change.Id);
        if (change.Record is not { } record)
            return new Write(change.Kind, type.Collection, change.Id, change.Version, null);
        // Copied: the record's own dictionary may be made anew at each call.
        var keys = new SortedDictionary<string, string>(record.Keys.ToDictionary(), StringComparer.Ordinal);
        foreach (var (key, value) in keys)
            type.CheckKey(key, value);
        return new Write(change.Kind, type.Collection, change.Id, change.Version, new StoredRecord(change.Id, change.Version + 1, keys, type.Write(record)));
    }

    // Compares first, writes after: under the lock nothing can come between, and a conflict costs no transaction.
    private CommitResult Commit(List<Write> writes)
    {
        var stored = writes.ConvertAll(w => records.Find(w.Collection, w.Id));
        for (var i = 0; i < writes.Count; i++)
        {
            var fits = writes[i].Kind switch
            {
                ChangeKind.Create => stored[i] is null,
                ChangeKind.Ensure => true,
                _ => stored[i]?.Version == writes[i].Version,
            };
            if (!fits)
                return CommitResult.Conflict(writes[i].Collection, writes[i].Id);
        }

        // LiteDB's transactions belong to the thread: no await until Commit.
        database.BeginTrans();
        try
        {
            for (var i = 0; i < writes.Count; i++)
            {
                if (writes[i].Kind != ChangeKind.Ensure || stored[i] is null)
                    records.Replace(writes[i].Collection, stored[i], writes[i].Record);
            }
            database.Commit();
        }
        catch
        {
            database.Rollback();
            throw;
        }

        log.AwaitWritten();
        return CommitResult.Success;
    }

    private ValueTask<IReadOnlyList<T>> Read<T>(StoredType type, Func<List<StoredRecord>> read) where T : class, IRecord
    {
        IReadOnlyList<T> found = Guard(read).ConvertAll(r => (T)type.Read(r.Json, r.Version));
        return ValueTask.FromResult(found);
    }

    // After a disk error LiteDB's own state is not to be trusted, and whether a commit was kept is unknown: stay closed.
    private T Guard<T>(Func<T> work)
    {
        if (failure is { } closed)
            throw new StoreUnavailableException(closed);
        try
        {
            return work();
        }
        catch (Exception e) when (e is LiteException or IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            failure = $"The store in {folder} has failed ({e.Message}) and is closed. Check the volume, then restart the server.";
            throw new StoreUnavailableException(failure, e);
        }
    }

    private sealed record Write(ChangeKind Kind, string Collection, string Id, long Version, StoredRecord? Record);
}
