namespace Siit.Iam.Agent.Store;

/// <summary>One change in a commit.</summary>
internal sealed record Change
{
    private readonly Func<IStore, string, ValueTask<long>> stored;

    private Change(ChangeKind kind, Type type, string id, long version, IRecord? record, Func<IStore, string, ValueTask<long>> stored)
        => (Kind, Type, Id, Version, Record, this.stored) = (kind, type, id, version, record, stored);

    public ChangeKind Kind { get; }

    /// <summary>The record's type, which says where it is stored.</summary>
    public Type Type { get; }

    public string Id { get; }

    /// <summary>The version that must be stored now; 0 for none.</summary>
    public long Version { get; }

    /// <summary>What to store; null for a deletion.</summary>
    public IRecord? Record { get; }

    /// <summary>Stores a new record; conflict when the id exists.</summary>
    public static Change Create<T>(T record) where T : class, IRecord => new(ChangeKind.Create, typeof(T), record.Id, 0, record, VersionAsync<T>);

    /// <summary>Stores a new record; when the id exists nothing is changed, and that is no conflict.</summary>
    public static Change Ensure<T>(T record) where T : class, IRecord => new(ChangeKind.Ensure, typeof(T), record.Id, 0, record, VersionAsync<T>);

    /// <summary>Replaces a record; conflict when the stored version is not the record's, or there is none.</summary>
    public static Change Save<T>(T record) where T : class, IRecord => new(ChangeKind.Save, typeof(T), record.Id, record.Version, record, VersionAsync<T>);

    /// <summary>Removes a record; conflict when the stored version is not this one, or there is none.</summary>
    public static Change Delete<T>(string id, long version) where T : class, IRecord => new(ChangeKind.Delete, typeof(T), id, version, null, VersionAsync<T>);

    /// <summary>The version of its record that a store holds; 0 for none.</summary>
    public ValueTask<long> VersionInAsync(IStore store) => stored(store, Id);

    private static async ValueTask<long> VersionAsync<T>(IStore store, string id) where T : class, IRecord => (await store.GetAsync<T>(id))?.Version ?? 0;
}

internal enum ChangeKind
{
    Create,
    Ensure,
    Save,
    Delete,
}
