namespace Siit.Iam.Agent.Store;

/// <summary>All records there are, read page by page.</summary>
internal static class StorePages
{
    private const int Page = 1000;

    /// <inheritdoc cref="IStore.FindAsync"/>
    public static Task<List<T>> FindAllAsync<T>(this IStore store, string key, string value, CancellationToken cancellationToken = default) where T : class, IRecord =>
        AllAsync((after, token) => store.FindAsync<T>(key, value, Page, after, cancellationToken: token), cancellationToken);

    /// <inheritdoc cref="IStore.ListAsync"/>
    public static Task<List<T>> ListAllAsync<T>(this IStore store, CancellationToken cancellationToken = default) where T : class, IRecord =>
        AllAsync((after, token) => store.ListAsync<T>(Page, after, cancellationToken: token), cancellationToken);

    private static async Task<List<T>> AllAsync<T>(Func<string?, CancellationToken, ValueTask<IReadOnlyList<T>>> next, CancellationToken cancellationToken) where T : class, IRecord
    {
        var all = new List<T>();
        IReadOnlyList<T> page;
        do
        {
            page = await next(all.Count > 0 ? all[^1].Id : null, cancellationToken);
            all.AddRange(page);
        }
        while (page.Count == Page);
        return all;
    }
}
