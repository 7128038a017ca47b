using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.People.Sync;

namespace Siit.Iam.Agent.Tests.People.Persons;

/// <summary>Puts accounts into the copy as an import does.</summary>
internal static class CopiedDirectory
{
    public static async Task PutAsync(this DirectoryCopy copy, string connection, DateTimeOffset readAt, IEnumerable<DirectoryAccount> accounts)
    {
        if (!copy.IsLoaded)
            copy.Load();
        var step = new Copying(copy, copy.Of(connection), readAt);
        foreach (var account in accounts)
            step.Account(account);
        await copy.CommitAsync(step.Finish(), step.Documents, connection, new SyncState { ImportedAt = readAt, ImportBeganAt = readAt, SyncedAt = readAt, Position = "1" });
    }

    /// <summary>An account as in a <see cref="Story"/>.</summary>
    public static DirectoryAccount Account(string line) => new Story("x:" + line).Entries[0].Entry.Found;

    public static Task PutAsync(this DirectoryCopy copy, string connection, DateTimeOffset readAt, params string[] lines) => copy.PutAsync(connection, readAt, lines.Select(Account));
}

/// <summary>An HRIS whose records stand here.</summary>
internal sealed class ListedHris : IHrisRecords
{
    public ValueTask<IReadOnlyList<Contact>> ContactsOfAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<Contact>>([]);

    public List<HrisRecord> Records { get; } = [];

    public ValueTask<IReadOnlyList<HrisRecord>> AtAsync(string addressKey, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<HrisRecord>>([.. Records.Where(record => AddressKey.Of(record.WorkEmail) == addressKey)]);

    public ValueTask<HrisRecord?> FindAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult(Records.Find(record => record.Id == id));

    public IAsyncEnumerable<HrisRecord> AllAsync(CancellationToken cancellationToken) => Records.ToAsyncEnumerable();

    public ValueTask<IReadOnlyList<RecordNews>> LatestAsync(string id, int limit, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<RecordNews>>([]);
}
