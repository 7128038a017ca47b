using System.Text.Json;
using LiteDB;
using JsonSerializer = System.Text.Json.JsonSerializer;

namespace Siit.Iam.Agent.Store;

/// <summary>A named set of documents of one type in a <see cref="DocumentFile"/>.</summary>
/// <param name="Name">The stored name: lower case, never changed without starting the file anew.</param>
/// <param name="Packed">Stored compressed: for large documents that are rarely read.</param>
internal sealed record Shelf<T>(string Name, bool Packed = false);

/// <summary>A document as it will be stored: where it waits for its commit, what it was made of can be forgotten.</summary>
internal sealed record WrittenDocument<T>(string Id, BsonDocument Content)
{
    public static WrittenDocument<T> Of(Shelf<T> shelf, string id, T value) => new(id, DocumentFile.Document(shelf, id, value));
}

/// <summary>What one commit of a <see cref="DocumentFile"/> changes; a later change of a document replaces an earlier one.</summary>
internal sealed class DocumentChanges
{
    private readonly Dictionary<(string Shelf, string Id), BsonDocument?> _changes = [];

    public int Count => _changes.Count;

    internal IEnumerable<IGrouping<string, KeyValuePair<(string Shelf, string Id), BsonDocument?>>> ByShelf => _changes.GroupBy(change => change.Key.Shelf);

    public DocumentChanges Put<T>(Shelf<T> shelf, string id, T value) => Put(shelf, WrittenDocument<T>.Of(shelf, id, value));

    /// <summary>As <see cref="Put{T}(Shelf{T}, string, T)"/>, of a document that was written out before.</summary>
    public DocumentChanges Put<T>(Shelf<T> shelf, WrittenDocument<T> document)
    {
        _changes[(shelf.Name, document.Id)] = document.Content;
        return this;
    }

    public DocumentChanges Delete<T>(Shelf<T> shelf, string id)
    {
        _changes[(shelf.Name, id)] = null;
        return this;
    }
}

/// <summary>
/// A LiteDB file of its own beside the store, for what is large and could be read again from elsewhere: documents by id, without
/// versions. One commit is all or nothing and durable. Opened only by the process that holds the store's lock.
/// </summary>
internal sealed class DocumentFile : IAsyncDisposable
{
    private const string Json = "j";
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly string _path;
    private readonly LiteDatabase _database;
    private readonly LiteDbLog _log;
    private volatile string? _failure;

    private readonly HashSet<string> _shelves;
    private readonly HeldShelves _held = new();

    private DocumentFile(string path, LiteDatabase database, IReadOnlyCollection<string> shelves) =>
        (_path, _database, _log, _shelves) = (path, database, new LiteDbLog(database), shelves.ToHashSet(StringComparer.Ordinal));

    /// <summary>Runs before each commit; when it throws, the commit is not made, as on a disk that fails: such a disk cannot be had on demand.</summary>
    internal Action? Committing { get; set; }

    /// <param name="owner">Proof that this process holds the folder's lock.</param>
    /// <param name="shelves">All that there will be, by name.</param>
    /// <exception cref="StoreUnavailableException">It cannot be read.</exception>
    public static DocumentFile Open(string path, LiteDbStore owner, IReadOnlyCollection<string> shelves)
    {
        ArgumentNullException.ThrowIfNull(owner);
        try
        {
            var database = LiteDbRecords.OpenFile(path);
            foreach (var shelf in shelves.Where(shelf => !database.CollectionExists(shelf)))
                Create(database, shelf);
            return new DocumentFile(path, database, shelves);
        }
        catch (Exception e)
        {
            throw new StoreUnavailableException(
                $"{path} cannot be opened ({e.Message}). Restore a backup, or move the file away: then everything is imported anew, and what happened since the last sync is not told as events.", e);
        }
    }

    /// <summary>Keeps a packed shelf in memory as well: see <see cref="HeldShelves"/>.</summary>
    public void Hold<T>(Shelf<T> shelf)
    {
        if (!shelf.Packed)
            throw new ArgumentException($"'{shelf.Name}' is not packed.", nameof(shelf));
        _writing.Wait();
        try
        {
            Guard(() =>
            {
                _held.Hold(shelf.Name, Collection(shelf.Name).FindAll().Select(document => KeyValuePair.Create(document["_id"].AsString, document[Json].AsBinary)));
                return true;
            });
        }
        finally
        {
            _writing.Release();
        }
    }

    public T? Get<T>(Shelf<T> shelf, string id) where T : class => HeldIn(shelf.Name) is { } held
        ? held.TryGetValue(id, out var packed) ? DocumentBytes.Read<T>(packed) : null
        : Guard(() => Collection(shelf.Name).FindById(id) is { } found ? Value(shelf, found) : null);

    /// <summary>One entry of a document that holds many: the others are not built.</summary>
    public T? Part<T>(Shelf<Dictionary<string, T>> shelf, string id, string key) where T : class => HeldIn(shelf.Name) is { } held
        ? held.TryGetValue(id, out var packed) ? DocumentBytes.PackedEntry<T>(packed, key) : null
        : Guard(() => Collection(shelf.Name).FindById(id) is { } found ? shelf.Packed ? DocumentBytes.PackedEntry<T>(found[Json].AsBinary, key) : DocumentBytes.Entry<T>(System.Text.Encoding.UTF8.GetBytes(found[Json].AsString), key) : null);

    /// <summary>Documents whose id begins with a text, in id order.</summary>
    /// <param name="after">Id of the last document of the page before, exclusive.</param>
    /// <param name="newestFirst">Descending; <paramref name="after"/> then means "before".</param>
    public IReadOnlyList<KeyValuePair<string, T>> Range<T>(Shelf<T> shelf, string prefix, string? after = null, int limit = 1000, bool newestFirst = false)
        where T : class =>
        [.. Raw(shelf.Name, prefix, after, limit, newestFirst).Select(document => KeyValuePair.Create(document["_id"].AsString, Value(shelf, document)))];

    /// <summary>All documents whose id begins with a text, read page by page.</summary>
    public IEnumerable<KeyValuePair<string, T>> All<T>(Shelf<T> shelf, string prefix = "") where T : class
    {
        if (HeldIn(shelf.Name) is { } held)
        {
            foreach (var (id, packed) in held.Where(document => document.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(document => document.Key, StringComparer.Ordinal).ToList())
                yield return KeyValuePair.Create(id, DocumentBytes.Read<T>(packed));
            yield break;
        }

        // Few at once where they are large, and each is built when it is asked for: what many leave behind is what a collector stops everybody for.
        var together = shelf.Packed ? PackedTogether : PlainTogether;
        string? after = null;
        while (true)
        {
            var page = Raw(shelf.Name, prefix, after, together, newestFirst: false);
            foreach (var document in page)
                yield return KeyValuePair.Create(document["_id"].AsString, Value(shelf, document));
            if (page.Count < together)
                yield break;
            after = page[^1]["_id"].AsString;
        }
    }

    /// <summary>The ids alone.</summary>
    public IReadOnlyList<string> Ids<T>(Shelf<T> shelf, string prefix) => Guard(() => (IReadOnlyList<string>)
        [.. Collection(shelf.Name).Query()
            .Where(BsonExpression.Create("_id BETWEEN @0 AND @1", prefix, prefix + '\uffff')).OrderBy("_id").Select("_id").ToEnumerable()
            .Select(found => found["_id"].AsString)]);

    public async Task CommitAsync(DocumentChanges changes, CancellationToken cancellationToken = default)
    {
        if (changes.Count == 0)
            return;
        await _writing.WaitAsync(cancellationToken);
        try
        {
            Guard(() =>
            {
                Committing?.Invoke();
                return Commit(changes);
            });
            foreach (var shelf in changes.ByShelf)
                _held.Follow(shelf.Key, shelf.Select(change => KeyValuePair.Create(change.Key.Id, change.Value?[Json])));
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Copies the whole file as it stands between two commits.</summary>
    public async Task CopyToAsync(Stream target, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            Guard(() =>
            {
                _database.Checkpoint();
                return true;
            });
            await using var source = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await source.CopyToAsync(target, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_failure == Closed)
            return;
        await _writing.WaitAsync();
        try
        {
            if (_failure == Closed)
                return;
            _failure = Closed;
            _database.Dispose();
        }
        finally
        {
            _writing.Release();
        }
    }

    internal static BsonDocument Document<T>(Shelf<T> shelf, string id, T value)
    {
        var json = JsonScratch.Of(value);
        return new BsonDocument { ["_id"] = id, [Json] = shelf.Packed ? DocumentBytes.Pack(json) : System.Text.Encoding.UTF8.GetString(json) };
    }

    private const int PlainTogether = 1000;

    private const int PackedTogether = 16;

    private const string Closed = "The copy of the directory is closed.";

    private static T Value<T>(Shelf<T> shelf, BsonDocument document) => shelf.Packed
        ? DocumentBytes.Read<T>(document[Json].AsBinary)
        : JsonSerializer.Deserialize<T>(document[Json].AsString, StoreJson.Options)!;

    /// <summary>Before anybody reads: LiteDB 5.0.20 shows a new collection to readers a moment before its first page, and fails on it for good.</summary>
    private static void Create(LiteDatabase database, string shelf)
    {
        var made = database.GetCollection(shelf);
        made.Insert(new BsonDocument { ["_id"] = "first" });
        made.Delete("first");
    }

    /// <summary>Null when the shelf is read from the file.</summary>
    private IReadOnlyDictionary<string, byte[]>? HeldIn(string shelf) => _failure is { } closed ? throw new StoreUnavailableException(closed) : _held.In(shelf);

    private ILiteCollection<BsonDocument> Collection(string shelf) => _shelves.Contains(shelf)
        ? _database.GetCollection(shelf)
        : throw new InvalidOperationException($"'{shelf}' is none of the shelves that {_path} was opened with.");

    private List<BsonDocument> Raw(string shelf, string prefix, string? after, int limit, bool newestFirst) => Guard(() =>
    {
        var from = after is not null && !newestFirst ? after : prefix;
        var to = after is not null && newestFirst ? after : prefix + '\uffff';
        var found = Collection(shelf).Query()
            .Where(BsonExpression.Create("_id BETWEEN @0 AND @1", from, to))
            .OrderBy("_id", newestFirst ? Query.Descending : Query.Ascending)
            .Limit(limit + 1)
            .ToList();
        if (after is not null)
            found.RemoveAll(document => document["_id"].AsString == after);
        return found.Count > limit ? found.GetRange(0, limit) : found;
    });

    private bool Commit(DocumentChanges changes)
    {
        // LiteDB's transactions belong to the thread: no await until Commit.
        _database.BeginTrans();
        try
        {
            foreach (var shelf in changes.ByShelf)
            {
                var collection = Collection(shelf.Key);
                foreach (var (key, document) in shelf.OrderBy(change => change.Key.Id, StringComparer.Ordinal))
                {
                    if (document is null)
                        collection.Delete(key.Id);
                    else
                        collection.Upsert(document);
                }
            }

            _database.Commit();
        }
        catch
        {
            _database.Rollback();
            throw;
        }

        _log.AwaitWritten();
        return true;
    }

    // After a disk error LiteDB's own state is not to be trusted: stay closed.
    private T Guard<T>(Func<T> work)
    {
        if (_failure is { } closed)
            throw new StoreUnavailableException(closed);
        try
        {
            return work();
        }
        catch (Exception e) when (e is LiteException or IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _failure = $"{_path} has failed ({e.Message}) and is closed. Check the volume, then restart the server.";
            throw new StoreUnavailableException(_failure, e);
        }
    }
}
