using System.Diagnostics;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>What the lists did not have: asked for by id, and there all the same, or gone.</summary>
internal sealed record Missed(
    IReadOnlyList<DirectoryAccount> Accounts, IReadOnlyList<string> AccountsGone, IReadOnlyList<DirectoryGroup> Groups, IReadOnlyList<string> GroupsGone, IReadOnlyList<string> ApplicationsGone);

/// <summary>The last stage of an import: what it has read is compared with the copy and brought in, in several commits; the last one ends the import.</summary>
/// <param name="thread">Where it works; others' pages come in between.</param>
internal sealed class BringingIn(DirectoryCopy copy, EventBook events, string connection, IDirectorySource source, TimeProvider time, BackgroundThread thread)
{
    /// <summary>Ties compared in one commit, about.</summary>
    private const int TiesTogether = 10_000;

    /// <summary>Accounts written in one commit, about.</summary>
    private const int AccountsTogether = 1_000;

    private readonly EarlyCollection _collection = new();

    /// <param name="told">Hears of every commit.</param>
    public async Task<ImportEnd> RunAsync(ImportRun run, SeenInLists seen, Missed missed, Action<ImportRun, int> told, CancellationToken cancellationToken)
    {
        var state = copy.State(connection);
        var baseline = state.ImportedAt is null;
        var part = copy.Of(connection);
        var changed = new ChangedAccounts();
        var things = Begin();
        foreach (var (_, page) in copy.File.All(CopyShelves.Pages, connection + "/"))
        {
            await StepAsync(cancellationToken);
            foreach (var account in page.Accounts.Select(seen.WithFactors))
            {
                var print = AccountPrint.Of(account);
                if (!Copying.IsUnchanged(part, account.Account.Id, print))
                    changed.Add(account, print);
            }

            things.Things(page);
        }

        await CommitAsync(things);
        var (step, taken) = (Begin(), 0);
        foreach (var bucket in changed.ByBucket())
        {
            await StepAsync(cancellationToken);
            foreach (var (account, print) in bucket)
                step.Account(account, print);
            step.WriteAccounts();
            taken += bucket.Count;
            if (taken < AccountsTogether)
                continue;
            await CommitAsync(step);
            (step, taken) = (Begin(), 0);
        }

        await CommitAsync(step);
        var ends = Begin();
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
        await ApplyTiesAsync(part, seen.Covered, Begin, CommitAsync, cancellationToken);

        var end = Begin();
        var everything = run.ChangedSince is null;
        await events.CommitAsync(connection, source.Traits, end, [], baseline, caughtUp: false,
            documents =>
            {
                foreach (var (read, stamp) in seen.Marked)
                    documents.Put(CopyShelves.Stamps, PageReading.StampId(connection, read), stamp!);
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

        // Of a first picture nobody asks what differs.
        Copying Begin() => new(copy, part, run.BeganAt, tellsDifferences: !baseline);

        async Task CommitAsync(Copying made)
        {
            var began = Stopwatch.GetTimestamp();
            await events.CommitAsync(connection, source.Traits, made, [], baseline, caughtUp: false, null, null, cancellationToken);
            thread.AlsoWorked(Stopwatch.GetElapsedTime(began));
            told(run, 0);
        }
    }

    private async ValueTask StepAsync(CancellationToken cancellationToken)
    {
        await thread;
        thread.GiveWay();
        cancellationToken.ThrowIfCancellationRequested();
        _collection.BetweenTwoSteps();
    }

    private async Task ApplyTiesAsync(ConnectionCopy part, IReadOnlySet<TieList> covered, Func<Copying> begin, Func<Copying, Task> commit, CancellationToken cancellationToken)
    {
        // By the copy's numbers: of the pages nothing stays. A child that nobody knows cannot be tied.
        var found = new Dictionary<TieList, List<int>>();
        foreach (var (_, all) in copy.File.All(CopyShelves.PageTies, connection + "/"))
        {
            await StepAsync(cancellationToken);
            foreach (var ties in all)
            {
                var list = new TieList(ties.Kind, ties.Parent);
                if (!found.TryGetValue(list, out var children))
                    found[list] = children = [];
                foreach (var child in ties.Children)
                {
                    if (part.HasNumber(ties.Kind, child, out var number))
                        children.Add(number);
                }
            }
        }

        var whole = covered.Where(list => list.Parent is null).Select(list => list.Kind).ToHashSet();
        var lists = found.Keys
            .Concat(covered.Where(list => list.Parent is not null))
            .Concat(whole.SelectMany(kind => part.Ties(kind).Parents.Select(parent => new TieList(kind, parent))))
            .Distinct().ToList();
        var (step, taken) = (begin(), 0);
        foreach (var list in lists)
        {
            await StepAsync(cancellationToken);
            var children = found.GetValueOrDefault(list) ?? [];
            children.Sort();
            step.TiesOf(list.Kind, list.Parent!, [.. children.Distinct()], all: whole.Contains(list.Kind) || covered.Contains(list));
            taken += children.Count;
            if (taken < TiesTogether)
                continue;
            await commit(step);
            (step, taken) = (begin(), 0);
        }

        await commit(step);
    }
}
