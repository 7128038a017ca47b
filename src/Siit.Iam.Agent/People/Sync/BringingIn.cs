using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>What the lists did not have: asked for by id, and there all the same, or gone.</summary>
internal sealed record Missed(
    IReadOnlyList<DirectoryAccount> Accounts, IReadOnlyList<string> AccountsGone, IReadOnlyList<DirectoryGroup> Groups, IReadOnlyList<string> GroupsGone, IReadOnlyList<string> ApplicationsGone);

/// <summary>The last stage of an import: what it has read is compared with the copy and brought in, in several commits; the last one ends the import.</summary>
internal sealed class BringingIn(DirectoryCopy copy, EventBook events, string connection, IDirectorySource source, TimeProvider time)
{
    /// <summary>Ties compared in one commit, about.</summary>
    private const int TiesTogether = 20_000;

    /// <summary>Accounts written in one commit, about.</summary>
    private const int AccountsTogether = 2_000;

    /// <param name="told">Hears of every commit.</param>
    public async Task<ImportEnd> RunAsync(ImportRun run, SeenInLists seen, Missed missed, Action<ImportRun, int> told, CancellationToken cancellationToken)
    {
        var state = copy.State(connection);
        var baseline = state.ImportedAt is null;
        var part = copy.Of(connection);
        var changed = new List<DirectoryAccount>();
        var things = new Copying(copy, part, run.BeganAt);
        foreach (var (_, page) in copy.File.All(CopyShelves.Pages, connection + "/"))
        {
            changed.AddRange(page.Accounts.Select(seen.WithFactors).Where(account => !Copying.IsUnchanged(part, account)));
            things.Things(page);
        }

        await CommitAsync(things);
        foreach (var some in Together(changed))
        {
            var step = new Copying(copy, part, run.BeganAt);
            foreach (var account in some)
                step.Account(account);
            await CommitAsync(step);
        }

        var ends = new Copying(copy, part, run.BeganAt);
        foreach (var account in missed.Accounts)
            ends.Account(account);
        foreach (var id in missed.AccountsGone)
            ends.AccountGone(id);
        foreach (var group in missed.Groups)
            ends.Group(group);
        foreach (var id in missed.GroupsGone)
            ends.GroupGone(id);
        foreach (var id in missed.ApplicationsGone)
            ends.ApplicationGone(id);
        await CommitAsync(ends);
        var stamps = await ApplyTiesAsync(part, run, CommitAsync);

        var end = new Copying(copy, part, run.BeganAt);
        var everything = run.ChangedSince is null;
        await events.CommitAsync(connection, source.Traits, end, [], baseline, caughtUp: false,
            documents =>
            {
                foreach (var (id, stamp) in stamps)
                    documents.Put(CopyShelves.Stamps, id, stamp);
                ImportRuns.Dropped(copy, connection, documents);
            },
            state with
            {
                ImportedAt = everything ? time.GetUtcNow() : state.ImportedAt,
                ImportBeganAt = run.BeganAt,
                SyncedAt = run.BeganAt,
                // What changed while it read is told from here on.
                Position = run.Position,
                AgreedGone = null,
                Trouble = null,
                TroubleSince = null,
            }, cancellationToken);
        return new ImportEnd(run, null, missed.AccountsGone.Count);

        async Task CommitAsync(Copying step)
        {
            await events.CommitAsync(connection, source.Traits, step, [], baseline, caughtUp: false, null, null, cancellationToken);
            told(run, 0);
        }
    }

    /// <summary>Accounts that lie together are written together.</summary>
    private IEnumerable<List<DirectoryAccount>> Together(List<DirectoryAccount> accounts)
    {
        var some = new List<DirectoryAccount>();
        foreach (var bucket in accounts.GroupBy(account => CopyShelves.BucketOf(connection, account.Account.Id)).OrderBy(bucket => bucket.Key, StringComparer.Ordinal))
        {
            some.AddRange(bucket);
            if (some.Count < AccountsTogether)
                continue;
            yield return some;
            some = [];
        }

        if (some.Count > 0)
            yield return some;
    }

    /// <returns>The vendor's marks of the lists that were read.</returns>
    private async Task<Dictionary<string, string>> ApplyTiesAsync(ConnectionCopy part, ImportRun run, Func<Copying, Task> commit)
    {
        var stamps = new Dictionary<string, string>();
        var covered = new HashSet<TieList>();
        var found = new Dictionary<TieList, HashSet<string>>();
        foreach (var (_, page) in copy.File.All(CopyShelves.Pages, connection + "/"))
        {
            covered.UnionWith(page.Covers);
            foreach (var detail in page.Details.Where(detail => detail.Stamp is not null))
                stamps[PageReading.StampId(connection, detail.Read)] = detail.Stamp!;
            foreach (var ties in page.Ties)
            {
                var list = new TieList(ties.Kind, ties.Parent);
                if (!found.TryGetValue(list, out var children))
                    found[list] = children = new HashSet<string>(StringComparer.Ordinal);
                // The id as the copy has it: of the page nothing stays.
                children.UnionWith(ties.Children.Select(child => part.Account(child)?.Id ?? child));
            }
        }

        var whole = covered.Where(list => list.Parent is null).Select(list => list.Kind).ToHashSet();
        var lists = found.Keys
            .Concat(covered.Where(list => list.Parent is not null))
            .Concat(whole.SelectMany(kind => part.Ties(kind).Parents.Select(parent => new TieList(kind, parent))))
            .Distinct().ToList();
        var step = new Copying(copy, part, run.BeganAt);
        var taken = 0;
        foreach (var list in lists)
        {
            var children = found.GetValueOrDefault(list) ?? [];
            if (whole.Contains(list.Kind) || covered.Contains(list))
                step.TiesOf(list.Kind, list.Parent!, children);
            else
                foreach (var child in children)
                    step.Tie(new TieChange(list.Kind, list.Parent!, child, true));
            taken += children.Count;
            if (taken < TiesTogether)
                continue;
            await commit(step);
            (step, taken) = (new Copying(copy, part, run.BeganAt), 0);
        }

        await commit(step);
        return stamps;
    }
}
