namespace Siit.Iam.Agent.Store;

/// <summary>One change in a commit.</summary>
internal sealed record Change
{
    private readonly Func<IStore, string, ValueTask<IRecord?>> stored;
    private readonly Func<IRecord?, IRecord?>? revise;

    private Change(ChangeKind kind, Type type, string id, long version, IRecord? record, Func<IStore, string, ValueTask<IRecord?>> stored, Func<IRecord?, IRecord?>? revise = null)
        => (Kind, Type, Id, Version, Record, this.stored, this.revise) = (kind, type, id, version, record, stored, revise);

    public ChangeKind Kind { get; }

    /// <summary>The record's type, which says where it is stored.</summary>
    public Type Type { get; }

    public string Id { get; }

    /// <summary>The version that must be stored now; 0 for none.</summary>
    public long Version { get; }

    /// <summary>What to store; null for a deletion, and for what is made in the commit.</summary>
    public IRecord? Record { get; }

    /// <summary>Stores a new record; conflict when the id exists.</summary>
    public static Change Create<T>(T record) where T : class, IRecord => new(ChangeKind.Create, typeof(T), record.Id, 0, record, StoredAsync<T>);

    /// <summary>Stores a new record; when the id exists nothing is changed, and that is no conflict.</summary>
    public static Change Ensure<T>(T record) where T : class, IRecord => new(ChangeKind.Ensure, typeof(T), record.Id, 0, record, StoredAsync<T>);

    /// <summary>Replaces a record; conflict when the stored version is not the record's, or there is none.</summary>
    public static Change Save<T>(T record) where T : class, IRecord => new(ChangeKind.Save, typeof(T), record.Id, record.Version, record, StoredAsync<T>);

    /// <summary>Removes a record; conflict when the stored version is not this one, or there is none.</summary>
    public static Change Delete<T>(string id, long version) where T : class, IRecord => new(ChangeKind.Delete, typeof(T), id, version, null, StoredAsync<T>);

    /// <summary>
    /// Puts what <paramref name="revise"/> makes of the stored record in its place, within the commit: for what many change at the same time
    /// and nobody has to have read before, such as a count. Conflict when it makes null of it.
    /// </summary>
    /// <param name="revise">Gets null when there is none. Pure and quick: every other commit waits meanwhile.</param>
    public static Change Revise<T>(string id, Func<T?, T?> revise) where T : class, IRecord => new(ChangeKind.Revise, typeof(T), id, 0, null, StoredAsync<T>, stored => revise((T?)stored));

    /// <summary>The record that a store holds; null for none.</summary>
    public ValueTask<IRecord?> StoredInAsync(IStore store) => stored(store, Id);

    /// <summary>What a <see cref="ChangeKind.Revise"/> makes of what is stored; null: a conflict.</summary>
    public IRecord? Revised(IRecord? now) => revise!(now);

    /// <summary>Whether it can be made; otherwise it is a conflict.</summary>
    /// <param name="stored">The version that is stored now; null for none.</param>
    /// <param name="revised">A <see cref="ChangeKind.Revise"/> has made something of it.</param>
    public bool Fits(long? stored, bool revised) => Kind switch
    {
        ChangeKind.Create => stored is null,
        ChangeKind.Ensure => true,
        ChangeKind.Revise => revised,
        _ => stored == Version,
    };

    private static async ValueTask<IRecord?> StoredAsync<T>(IStore store, string id) where T : class, IRecord => await store.GetAsync<T>(id);
}

internal enum ChangeKind
{
    Create,
    Ensure,
    Save,
    Delete,
    Revise,
}
