namespace Siit.Iam.Agent.Store;

/// <summary>
/// A store in memory over another one that is only read: what is changed here is seen here and nowhere else. Over nothing it is a
/// store that forgets everything with the process.
/// </summary>
internal sealed class LayeredStore(IStore? under = null) : IStore, IDisposable
{
    private const int Page = 500;

    private readonly StoreTypes _types = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, SortedDictionary<string, Held>> _held = new(StringComparer.Ordinal);

    public async ValueTask<T?> GetAsync<T>(string id, CancellationToken cancellationToken = default) where T : class, IRecord
    {
        var type = _types.Of(typeof(T));
        type.CheckId(id);
        using var turn = await TurnAsync(cancellationToken);
        if (Find(type, id) is { } held)
            return held.Json is null ? null : (T)type.Read(held.Json, held.Version);
        return under is null ? null : await under.GetAsync<T>(id, cancellationToken);
    }

    public ValueTask<IReadOnlyList<T>> FindAsync<T>(
        string key, string value, int limit = 100, string? after = null, bool newestFirst = false, CancellationToken cancellationToken = default) where T : class, IRecord
    {
        _types.Of(typeof(T)).CheckKey(key, value);
        return MergedAsync<T>(
            held => held.Keys.TryGetValue(key, out var has) && has == value,
            (page, behind) => under!.FindAsync<T>(key, value, page, behind, newestFirst, cancellationToken), limit, after, newestFirst, cancellationToken);
    }

    public ValueTask<IReadOnlyList<T>> ListAsync<T>(
        int limit = 100, string? after = null, bool newestFirst = false, CancellationToken cancellationToken = default) where T : class, IRecord =>
        MergedAsync<T>(_ => true, (page, behind) => under!.ListAsync<T>(page, behind, newestFirst, cancellationToken), limit, after, newestFirst, cancellationToken);

    public async ValueTask<CommitResult> CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken = default)
    {
        if (changes.DistinctBy(change => (_types.Of(change.Type).Collection, change.Id)).Count() != changes.Count)
            throw new ArgumentException("A record may be changed only once in a commit.", nameof(changes));
        using var turn = await TurnAsync(cancellationToken);
        var prepared = new List<(Change Change, StoredType Type, Held Held, bool IsThere)>();
        foreach (var change in changes)
        {
            var type = _types.Of(change.Type);
            var stored = Find(type, change.Id) is { } known ? known.Json is null ? null : type.Read(known.Json, known.Version) : under is null ? null : await change.StoredInAsync(under);
            var revised = change.Kind == ChangeKind.Revise ? change.Revised(stored) : null;
            if (!change.Fits(stored?.Version, revised is not null))
                return CommitResult.Conflict(type.Collection, change.Id);
            prepared.Add((change, type, Prepare(change, revised ?? change.Record, revised is null ? change.Version : stored?.Version ?? 0), stored is not null));
        }

        foreach (var (change, type, held, isThere) in prepared)
        {
            if (change.Kind != ChangeKind.Ensure || !isThere)
                Of(type)[change.Id] = held;
        }

        return CommitResult.Success;
    }

    public void Dispose() => _turn.Dispose();

    private Held Prepare(Change change, IRecord? given, long version)
    {
        var type = _types.Of(change.Type);
        type.CheckId(change.Id);
        if (given is not { } record)
            return new Held(null, 0, new Dictionary<string, string>());
        var keys = record.Keys.ToDictionary();
        foreach (var (key, value) in keys)
            type.CheckKey(key, value);
        return new Held(type.Write(record), version + 1, keys);
    }

    /// <summary>What is below, without what was changed or deleted above, and what is above.</summary>
    private async ValueTask<IReadOnlyList<T>> MergedAsync<T>(
        Func<Held, bool> fits, Func<int, string?, ValueTask<IReadOnlyList<T>>> below, int limit, string? after, bool newestFirst, CancellationToken cancellationToken)
        where T : class, IRecord
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1000);
        var type = _types.Of(typeof(T));
        using var turn = await TurnAsync(cancellationToken);
        bool Behind(string id) => after is null || (newestFirst ? string.CompareOrdinal(id, after) < 0 : string.CompareOrdinal(id, after) > 0);
        var found = Of(type).Where(held => held.Value.Json is not null && Behind(held.Key) && fits(held.Value)).Select(held => (T)type.Read(held.Value.Json!, held.Value.Version)).ToList();
        var lower = new List<T>();
        for (var behind = after; under is not null && lower.Count < limit;)
        {
            var page = await below(Page, behind);
            lower.AddRange(page.Where(record => Find(type, record.Id) is null));
            if (page.Count < Page)
                break;
            behind = page[^1].Id;
        }

        var all = found.Concat(lower);
        return [.. (newestFirst ? all.OrderByDescending(record => record.Id, StringComparer.Ordinal) : all.OrderBy(record => record.Id, StringComparer.Ordinal)).Take(limit)];
    }

    private Held? Find(StoredType type, string id) => Of(type).GetValueOrDefault(id);

    private SortedDictionary<string, Held> Of(StoredType type) =>
        _held.TryGetValue(type.Collection, out var held) ? held : _held[type.Collection] = new SortedDictionary<string, Held>(StringComparer.Ordinal);

    private async ValueTask<IDisposable> TurnAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        return new Turn(_turn);
    }

    /// <param name="Json">Null: deleted.</param>
    private sealed record Held(string? Json, long Version, IReadOnlyDictionary<string, string> Keys);

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
