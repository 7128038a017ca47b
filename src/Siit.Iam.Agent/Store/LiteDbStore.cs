using System.Collections.Concurrent;
using LiteDB;

namespace Siit.Iam.Agent.Store;

/// <summary>The embedded store. The README of this folder says how records lie in LiteDB, and why so.</summary>
internal sealed class LiteDbStore : IStore, IAsyncDisposable
{
    // So that the first of them does not wait too long for the last.
    private const int MostTogether = 64;

    private readonly StoreTypes types = new();
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly ConcurrentQueue<WaitingCommit> waiting = new();
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
        log = new LiteDbLog(database);
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
        if (writes.DistinctBy(write => (write.Type.Collection, write.Change.Id)).Count() != writes.Count)
            throw new ArgumentException("A record may be changed only once in a commit.", nameof(changes));
        if (writes.Count == 0)
            return CommitResult.Success;

        var mine = new WaitingCommit(writes);
        waiting.Enqueue(mine);
        try
        {
            await writing.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (!mine.TryGiveUp())
        {
            // Somebody has begun it: it is not given up any more.
            return await mine.Done.Task;
        }

        try
        {
            // Whoever was before may have committed it with his own; or had no room for it, and it is not the first that waits now.
            while (!mine.Done.Task.IsCompleted)
                CommitTogether();
        }
        finally
        {
            writing.Release();
        }

        return await mine.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        // A container that knows the store under two names disposes it twice.
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await writing.WaitAsync();
        failure ??= "The store is closed.";
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
        return new Write(change, type, change.Record is { } record ? Prepare(type, record, change.Version) : null);
    }

    private static StoredRecord Prepare(StoredType type, IRecord record, long version)
    {
        // Copied: the record's own dictionary may be made anew at each call.
        var keys = new SortedDictionary<string, string>(record.Keys.ToDictionary(), StringComparer.Ordinal);
        foreach (var (key, value) in keys)
            type.CheckKey(key, value);
        return new StoredRecord(record.Id, version + 1, keys, type.Write(record));
    }

    /// <summary>Everything that waits, in one transaction that is made sure of once. Each fits or does not, and is told, by itself.</summary>
    private void CommitTogether()
    {
        var together = new List<WaitingCommit>();
        while (together.Count < MostTogether && waiting.TryDequeue(out var next))
        {
            if (next.TryBegin())
                together.Add(next);
        }

        try
        {
            var results = Guard(() => Commit([.. together.Select(commit => commit.Writes)]));
            for (var i = 0; i < together.Count; i++)
                together[i].Done.TrySetResult(results[i]);
        }
        catch (StoreUnavailableException failed)
        {
            foreach (var commit in together)
                commit.Done.TrySetException(failed);
        }
        catch (Exception)
        {
            // Nothing of it was kept. Whose fault it is shows when each is tried alone; nobody else is to suffer for it.
            foreach (var commit in together)
                CommitAlone(commit);
        }
    }

    private void CommitAlone(WaitingCommit commit)
    {
        try
        {
            commit.Done.TrySetResult(Guard(() => Commit([commit.Writes]))[0]);
        }
        catch (Exception failed)
        {
            commit.Done.TrySetException(failed);
        }
    }

    private List<CommitResult> Commit(IReadOnlyList<List<Write>> commits)
    {
        // LiteDB's transactions belong to the thread: no await until Commit.
        database.BeginTrans();
        List<CommitResult> results;
        try
        {
            results = [.. commits.Select(Apply)];
            if (results.TrueForAll(result => !result.Done))
            {
                database.Rollback();
                return results;
            }

            database.Commit();
        }
        catch
        {
            database.Rollback();
            throw;
        }

        log.AwaitWritten();
        return results;
    }

    // Compares first, writes after: what does not fit leaves nothing in the transaction. What others have committed in it before is seen.
    private CommitResult Apply(List<Write> writes)
    {
        var stored = writes.ConvertAll(write => records.Find(write.Type.Collection, write.Change.Id));
        var next = new StoredRecord?[writes.Count];
        for (var i = 0; i < writes.Count; i++)
        {
            var (change, type, prepared) = writes[i];
            next[i] = change.Kind == ChangeKind.Revise ? Revised(change, type, stored[i]) : prepared;
            if (!change.Fits(stored[i]?.Version, next[i] is not null))
                return CommitResult.Conflict(type.Collection, change.Id);
        }

        for (var i = 0; i < writes.Count; i++)
        {
            if (writes[i].Change.Kind != ChangeKind.Ensure || stored[i] is null)
                records.Replace(writes[i].Type.Collection, stored[i], next[i]);
        }

        return CommitResult.Success;
    }

    private static StoredRecord? Revised(Change change, StoredType type, StoredRecord? stored) =>
        change.Revised(stored is null ? null : type.Read(stored.Json, stored.Version)) is { } revised ? Prepare(type, revised, stored?.Version ?? 0) : null;

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

    /// <param name="Record">As it will lie in the store; null for a deletion, and for what is made in the commit.</param>
    private sealed record Write(Change Change, StoredType Type, StoredRecord? Record);

    private sealed class WaitingCommit(List<Write> writes)
    {
        private int state;

        public List<Write> Writes => writes;

        public TaskCompletionSource<CommitResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <returns>False: nobody waits for it any more.</returns>
        public bool TryBegin() => Interlocked.CompareExchange(ref state, 1, 0) == 0;

        /// <returns>False: it has begun.</returns>
        public bool TryGiveUp() => Interlocked.CompareExchange(ref state, 2, 0) == 0;
    }
}
