using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>Reads what changed at a connection and brings it into the copy, page by page: the page's effect, its events and the new position in one commit.</summary>
internal sealed class ChangeReader(DirectoryCopy copy, EventBook events, TimeProvider time)
{
    /// <summary>Accounts asked for at once.</summary>
    private const int AskedTogether = 100;

    /// <summary>Pages after which others get a turn; what is left is read the next time.</summary>
    private const int MostPages = 500;

    /// <returns>False: the position had expired, everything has to be read again.</returns>
    public async Task<bool> RunAsync(string connection, IDirectorySource source, CancellationToken cancellationToken)
    {
        using var bulk = AmbientUrgency.Of(Urgency.Bulk);
        for (var page = 0; page < MostPages; page++)
        {
            var state = copy.State(connection);
            var began = time.GetUtcNow();
            var changes = await source.ReadChangesAsync(state.Position!, new KnownIds(copy, connection), cancellationToken);
            if (changes.Lost)
            {
                await copy.CommitAsync(null, new Store.DocumentChanges(), connection, state with { Position = changes.Position, OnlySweeps = false });
                return false;
            }

            await ApplyAsync(connection, source, changes, began, state, cancellationToken);
            if (!changes.More)
                return true;
        }

        return true;
    }

    /// <summary>Reads accounts again of which something of ours, or a push message, says that they changed.</summary>
    public Task TouchAsync(
        string connection, IDirectorySource source, IReadOnlyList<string> accounts, IReadOnlyList<TieChange> ties, CancellationToken cancellationToken)
    {
        using var bulk = AmbientUrgency.Of(Urgency.Bulk);
        var state = copy.State(connection);
        return ApplyAsync(connection, source, new ChangePage { Accounts = accounts, Ties = ties, Position = state.Position!, More = true }, time.GetUtcNow(), null, cancellationToken);
    }

    private async Task ApplyAsync(
        string connection, IDirectorySource source, ChangePage changes, DateTimeOffset began, SyncState? state, CancellationToken cancellationToken)
    {
        var part = copy.Of(connection);
        var step = new Copying(copy, part, began);
        var pages = await ReadListsAsync(source, changes.Reads, cancellationToken);
        var groups = await ReadGroupsAsync(source, Groups(part, changes, pages), step, cancellationToken);
        var found = await ReadAccountsAsync(source, Accounts(part, changes, pages), step, cancellationToken);
        foreach (var page in pages)
            Apply(step, page);
        foreach (var tie in changes.Ties.Where(tie => !groups.Contains(tie.Parent)))
            step.Tie(tie);
        TakeTogether(step, part, pages);

        await events.CommitAsync(connection, source.Traits, step, [.. changes.Events.Select(told => told with { Account = found.GetValueOrDefault(told.Account, told.Account) })],
            baseline: false, caughtUp: !changes.More, null,
            state is null ? null : state with { Position = changes.Position, SyncedAt = changes.More ? state.SyncedAt : began, Trouble = null, TroubleSince = null, OnlySweeps = false },
            cancellationToken);
    }

    private static void Apply(Copying step, DirectoryPage page)
    {
        foreach (var account in page.Accounts)
            step.Account(account);
        step.Things(page);
    }

    private static void TakeTogether(Copying step, ConnectionCopy part, IReadOnlyList<DirectoryPage> pages)
    {
        var covered = pages.SelectMany(page => page.Covers)
            .SelectMany(list => list.Parent is not null ? [list] : part.Ties(list.Kind).Parents.Concat(Parents(list.Kind)).Select(parent => list with { Parent = parent })).ToHashSet();
        foreach (var list in pages.SelectMany(page => page.Ties).GroupBy(ties => new TieList(ties.Kind, ties.Parent)))
        {
            var children = list.SelectMany(ties => ties.Children).ToHashSet(StringComparer.Ordinal);
            if (covered.Remove(list.Key))
                step.TiesOf(list.Key.Kind, list.Key.Parent!, children);
            else
                foreach (var child in children)
                    step.Tie(new TieChange(list.Key.Kind, list.Key.Parent!, child, true));
        }

        foreach (var empty in covered)
            step.TiesOf(empty.Kind, empty.Parent!, []);

        IEnumerable<string> Parents(TieKind kind) => pages.SelectMany(page => page.Ties).Where(ties => ties.Kind == kind).Select(ties => ties.Parent);
    }

    /// <summary>Lists that have to be read again, to their ends.</summary>
    private static async Task<IReadOnlyList<DirectoryPage>> ReadListsAsync(IDirectorySource source, IReadOnlyList<DirectoryRead> reads, CancellationToken cancellationToken)
    {
        var pages = new List<DirectoryPage>();
        var left = new Queue<DirectoryRead>(reads.Distinct());
        while (left.TryDequeue(out var read))
        {
            var page = await PageReading.ReadAsync(source, read, cancellationToken);
            pages.Add(page);
            foreach (var next in page.Next.Concat(page.Details.Select(detail => detail.Read)))
                left.Enqueue(next);
        }

        return pages;
    }

    /// <summary>What the page names, and children of ties that nobody knows yet.</summary>
    private static List<string> Accounts(ConnectionCopy part, ChangePage changes, IReadOnlyList<DirectoryPage> pages)
    {
        var unknown = changes.Ties.Where(tie => tie.Tied).Concat(pages.SelectMany(page => page.Ties)
                .SelectMany(ties => ties.Children.Select(child => new TieChange(ties.Kind, ties.Parent, child, true))))
            .Where(tie => !tie.Kind.TiesGroups() && part.Account(tie.Child) is null)
            .Select(tie => tie.Child);
        return [.. changes.Accounts.Concat(unknown).Distinct(StringComparer.Ordinal)];
    }

    private static List<string> Groups(ConnectionCopy part, ChangePage changes, IReadOnlyList<DirectoryPage> pages)
    {
        var unknown = changes.Ties.Where(tie => tie.Tied).SelectMany<TieChange, string>(tie => tie.Kind switch
        {
            TieKind.Member or TieKind.GroupOwner => [tie.Parent],
            TieKind.NestedGroup => [tie.Parent, tie.Child],
            TieKind.GroupAssignment or TieKind.RoleGroup => [tie.Child],
            _ => [],
        }).Where(group => part.Group(group) is null);
        var read = pages.SelectMany(page => page.Groups).Select(group => group.Group.Id).ToHashSet(StringComparer.Ordinal);
        return [.. changes.Groups.Concat(unknown).Distinct(StringComparer.Ordinal).Where(group => !read.Contains(group))];
    }

    /// <returns>By what was asked for (id or address): the id. Whoever is asked for and not found is gone.</returns>
    private static async Task<Dictionary<string, string>> ReadAccountsAsync(
        IDirectorySource source, IReadOnlyList<string> asked, Copying step, CancellationToken cancellationToken)
    {
        var ids = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var some in asked.Chunk(AskedTogether))
        {
            var found = await source.ReadAccountsAsync(some, cancellationToken);
            foreach (var account in found)
            {
                step.Account(account);
                foreach (var name in new[] { account.Account.Id, account.Account.Login, account.Account.Email }.Concat(account.Aliases).OfType<string>())
                    ids.TryAdd(name, account.Account.Id);
            }

            foreach (var gone in some.Except(found.Select(account => account.Account.Id), StringComparer.Ordinal).Where(name => !ids.ContainsKey(name)))
                step.AccountGone(gone);
        }

        return ids;
    }

    /// <returns>Those that are gone.</returns>
    private static async Task<HashSet<string>> ReadGroupsAsync(IDirectorySource source, IReadOnlyList<string> asked, Copying step, CancellationToken cancellationToken)
    {
        var gone = new HashSet<string>(StringComparer.Ordinal);
        foreach (var some in asked.Chunk(AskedTogether))
        {
            var found = await source.ReadGroupsAsync(some, cancellationToken);
            foreach (var group in found)
                step.Group(group);
            foreach (var id in some.Except(found.Select(group => group.Group.Id), StringComparer.Ordinal))
            {
                gone.Add(id);
                step.GroupGone(id);
            }
        }

        return gone;
    }
}
