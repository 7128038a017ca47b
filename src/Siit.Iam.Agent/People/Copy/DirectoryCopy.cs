using System.Globalization;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>
/// The copy of what the IdPs hold: who there is, what they are in, what they have. In a file, with an index of it in memory that is
/// read from the file after each start. Many read it at once; each connection's sync is the only one that changes its part.
/// </summary>
internal sealed class DirectoryCopy(DocumentFile file, IReadOnlyList<string> connections) : IDisposable
{
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly AddressBook _book = new();
    private readonly Dictionary<string, ConnectionCopy> _copies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SyncState> _states = new(StringComparer.Ordinal);
    private volatile bool _loaded;

    /// <summary>The index is in memory. Until then nothing is found, and questions go to the IdPs.</summary>
    public bool IsLoaded => _loaded;

    public DocumentFile File => file;

    /// <summary>Reads the index from the file; once, at start, beside everything else.</summary>
    public void Load(CancellationToken cancellationToken = default)
    {
        file.Hold(CopyShelves.Accounts);
        foreach (var connection in connections)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var copy = new ConnectionCopy(connection, _book);
            var prefix = connection + "/";
            foreach (var (_, bucket) in file.All(CopyShelves.Accounts, prefix))
            {
                foreach (var entry in bucket.Values)
                    Write(() => copy.Set(Copying.Known(entry, AccountPrint.Of(entry.Found))));
            }

            foreach (var (_, entry) in file.All(CopyShelves.Groups, prefix))
                copy.Set(entry);
            foreach (var (_, entry) in file.All(CopyShelves.Applications, prefix))
                copy.Applications[entry.Found.Application.Id] = entry;
            foreach (var (_, role) in file.All(CopyShelves.Roles, prefix))
                copy.Roles[role.Id] = role;
            foreach (var kind in Enum.GetValues<TieKind>())
            {
                var ofKind = CopyShelves.Id(connection, kind, "");
                foreach (var (id, children) in file.All(CopyShelves.Ties, ofKind))
                    copy.Load(kind, id[ofKind.Length..], children);
            }

            var state = file.Get(CopyShelves.States, connection) ?? new SyncState();
            Write(() =>
            {
                _copies[connection] = copy;
                _states[connection] = state;
            });
        }

        _loaded = true;
    }

    /// <summary>Reads under the lock: short, and nothing awaited.</summary>
    public T Read<T>(Func<IReadOnlyDictionary<string, ConnectionCopy>, T> read) => Read((copies, _) => read(copies));

    /// <summary>As the other, with the addresses.</summary>
    public T Read<T>(Func<IReadOnlyDictionary<string, ConnectionCopy>, AddressBook, T> read)
    {
        _lock.EnterReadLock();
        try
        {
            return read(_copies, _book);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>The part of one connection, for its own sync, which is the only one that changes it.</summary>
    public ConnectionCopy Of(string connection) => Read(copies => copies[connection]);

    /// <summary>Accounts that an address leads to, gone ones and former addresses included.</summary>
    public IReadOnlyList<(AccountKey Key, KnownAccount Account)> At(string address) => Read(copies =>
        (IReadOnlyList<(AccountKey, KnownAccount)>)[.. _book.At(AddressKey.Of(address))
            .Select(key => copies.TryGetValue(key.Connection, out var copy) && copy.Account(key.Id) is { } account ? (key, account) : default)
            .Where(found => found.account is not null)]);

    /// <summary>See <see cref="AddressBook.IsUsed"/>.</summary>
    public bool IsUsedDomain(string domain) => _book.IsUsed(domain);

    /// <summary>Connections whose accounts have all been read at least once.</summary>
    public IReadOnlySet<string> Imported() => Read(_ => _states.Where(state => state.Value.ImportedAt is not null).Select(state => state.Key).ToHashSet(StringComparer.Ordinal));

    public AccountEntry? Entry(string connection, string id) =>
        file.Part(CopyShelves.Accounts, CopyShelves.BucketOf(connection, id), id);

    /// <summary>When an owner was named, or last ceased to be one; null: not since the first import.</summary>
    public DateTimeOffset? TiedSince(string connection, TieKind kind, string parent, string child) =>
        file.Get(CopyShelves.TiedSince, CopyShelves.Id(connection, kind, $"{parent}/{child}")) is { } at ? DateTimeOffset.Parse(at, CultureInfo.InvariantCulture) : null;

    public SyncState State(string connection) => Read(_ => _states.GetValueOrDefault(connection) ?? new SyncState());

    /// <summary>When this connection's part was last brought up to date.</summary>
    public DateTimeOffset ReadAt(string connection) => State(connection).SyncedAt ?? DateTimeOffset.MinValue;

    /// <summary>Makes a step durable, then visible.</summary>
    public async Task CommitAsync(Copying? step, DocumentChanges documents, string? connection = null, SyncState? state = null)
    {
        if (connection is not null && state is not null)
            documents.Put(CopyShelves.States, connection, state);
        // Not given up half-way: what is durable has to become visible.
        await file.CommitAsync(documents, CancellationToken.None);
        foreach (var slice in step?.Slices() ?? [])
            Write(slice);
        if (connection is not null && state is not null)
            Write(() => _states[connection] = state);
    }

    public void Dispose() => _lock.Dispose();

    private void Write(Action write)
    {
        _lock.EnterWriteLock();
        try
        {
            write();
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }
}

/// <summary>The ids of one connection by address, for vendors whose logs name people and groups so.</summary>
internal sealed class KnownIds(DirectoryCopy copy, string connection) : IKnownIds
{
    public string? AccountOf(string address)
    {
        var here = copy.At(address).Where(found => found.Key.Connection == connection).ToList();
        var key = AddressKey.Of(address);
        // Whoever has it now comes before whoever had it.
        var now = here.Where(found => !found.Account.Gone && found.Account.Addresses.AsSpan(0, found.Account.Current).Contains(key)).ToList();
        return (now.Count > 0 ? now : here) is [var (only, _)] ? only.Id : null;
    }

    public string? GroupOf(string addressOrName) => copy.Read(copies => copies[connection].Groups
        .Where(group => string.Equals(group.Found.Email, addressOrName, StringComparison.OrdinalIgnoreCase)
            || string.Equals(group.Found.Group.Name, addressOrName, StringComparison.OrdinalIgnoreCase))
        .GroupBy(group => group.GoneAt is not null).OrderBy(gone => gone.Key).FirstOrDefault()?.ToList()) is [var only] ? only.Found.Group.Id : null;
}
