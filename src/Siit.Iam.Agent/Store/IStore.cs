namespace Siit.Iam.Agent.Store;

/// <summary>
/// Where everything with state is kept. Each change compares versions, a commit is all or nothing, and what a commit
/// has acknowledged survives a crash. Records are immutable: read, <c>with { ... }</c>, save.
/// </summary>
internal interface IStore
{
    /// <summary>The record, with <see cref="IRecord.Version"/> as stored; null when there is none.</summary>
    ValueTask<T?> GetAsync<T>(string id, CancellationToken cancellationToken = default) where T : class, IRecord;

    /// <summary>
    /// Records whose key <paramref name="key"/> is exactly <paramref name="value"/>, in id order. Ids begin with a
    /// time-ordered part, so id order is creation order. Page with <paramref name="after"/>.
    /// </summary>
    /// <param name="key">A key declared in the type's <see cref="StoredAttribute"/>; another one is a bug and throws.</param>
    /// <param name="value">Compared as is, upper and lower case differ.</param>
    /// <param name="limit">At most so many, 1 to 1000.</param>
    /// <param name="after">Id of the last record of the page before, exclusive; null for the first page.</param>
    /// <param name="newestFirst">Descending id order; <paramref name="after"/> then means "older than".</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask<IReadOnlyList<T>> FindAsync<T>(
        string key, string value, int limit = 100, string? after = null, bool newestFirst = false,
        CancellationToken cancellationToken = default) where T : class, IRecord;

    /// <summary>All records of a type in id order; parameters as in <see cref="FindAsync"/>.</summary>
    ValueTask<IReadOnlyList<T>> ListAsync<T>(
        int limit = 100, string? after = null, bool newestFirst = false,
        CancellationToken cancellationToken = default) where T : class, IRecord;

    /// <summary>
    /// All changes or none, durable when it returns. The first change that does not fit what is stored stops the whole
    /// commit and is named in the result. After <see cref="CommitResult.Done"/> each saved record's version is the
    /// one it was given with plus one (0 plus one for a created record).
    /// Once it has begun a commit is not given up, so a cancelled caller must read to know.
    /// </summary>
    ValueTask<CommitResult> CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken = default);
}

/// <summary>
/// Something stored: a plain record with a <see cref="StoredAttribute"/>, serialised with <see cref="StoreJson"/>.
/// <c>Version</c> needs an <c>init</c> accessor, so that the store can set it on reading.
/// </summary>
internal interface IRecord
{
    /// <summary>Unique within its type, at most 200 characters; made with <see cref="Ids"/> unless it is naturally given.</summary>
    string Id { get; }

    /// <summary>0 before it is first saved, then counted up by one with each commit.</summary>
    long Version { get; }

    /// <summary>
    /// What it can be found by, name to value: small, e.g. "state" to "awaiting_approval". Derived from the other
    /// members and not serialised. At most 400 characters a value; leave a key out when there is no value.
    /// </summary>
    IReadOnlyDictionary<string, string> Keys { get; }
}

/// <summary>Says under which name a record type is stored and by which keys it can be found.</summary>
/// <param name="collection">The stored name: lower case, never changed without a migration.</param>
/// <param name="keys">Every key name that <see cref="IRecord.Keys"/> may carry.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class StoredAttribute(string collection, params string[] keys) : Attribute
{
    public string Collection { get; } = collection;

    public IReadOnlyList<string> Keys { get; } = keys;
}

/// <summary>What became of a commit.</summary>
/// <param name="Done">True: everything is durable. False: nothing was changed.</param>
/// <param name="ConflictType">Stored name of the type of the first change that did not fit.</param>
/// <param name="ConflictId">Its record's id.</param>
internal readonly record struct CommitResult(bool Done, string? ConflictType, string? ConflictId)
{
    /// <summary>Everything is durable.</summary>
    public static CommitResult Success { get; } = new(true, null, null);

    /// <summary>Nothing was changed, because of this record.</summary>
    public static CommitResult Conflict(string type, string id) => new(false, type, id);
}
