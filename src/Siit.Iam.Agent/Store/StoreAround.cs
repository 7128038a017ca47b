namespace Siit.Iam.Agent.Store;

/// <summary>A store as it is, with something of one's own around its commits.</summary>
internal abstract class StoreAround(IStore store) : IStore
{
    public ValueTask<T?> GetAsync<T>(string id, CancellationToken cancellationToken = default) where T : class, IRecord => store.GetAsync<T>(id, cancellationToken);

    public ValueTask<IReadOnlyList<T>> FindAsync<T>(string key, string value, int limit = 100, string? after = null, bool newestFirst = false, CancellationToken cancellationToken = default)
        where T : class, IRecord => store.FindAsync<T>(key, value, limit, after, newestFirst, cancellationToken);

    public ValueTask<IReadOnlyList<T>> ListAsync<T>(int limit = 100, string? after = null, bool newestFirst = false, CancellationToken cancellationToken = default)
        where T : class, IRecord => store.ListAsync<T>(limit, after, newestFirst, cancellationToken);

    public virtual ValueTask<CommitResult> CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken = default) => store.CommitAsync(changes, cancellationToken);
}
