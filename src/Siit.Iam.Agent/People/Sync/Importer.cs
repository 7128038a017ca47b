using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>How an import ended.</summary>
/// <param name="Held">Why it waits for a person; null when it is through.</param>
internal sealed record ImportEnd(ImportRun Run, string? Held, int Gone);

/// <summary>What others hear of an import's end.</summary>
/// <param name="End">Null when it failed; it goes on later.</param>
/// <param name="Trouble">Then the kind of trouble.</param>
internal sealed record ImportNews(string Connection, ImportEnd? End, string? Trouble);

/// <summary>
/// Reads a connection's lists and brings them into the copy. Until everything is read, the picture before stays whole; an import that
/// fails or is killed goes on where it was.
/// </summary>
/// <param name="askers">To whom it gives way.</param>
internal sealed class Importer(DirectoryCopy copy, EventBook events, SyncOptions options, TimeProvider time, Askers askers) : IDisposable
{
    /// <summary>Accounts asked for by id at once.</summary>
    private const int AskedTogether = 100;

    /// <summary>One connection at a time: what an import has read is large while it is compared, and all write into one file anyway.</summary>
    private readonly SemaphoreSlim _bringingIn = new(1, 1);

    /// <summary>One for all connections: a core stays for whoever asks.</summary>
    private readonly BackgroundThread _thread = new("imports", way: new GivingWay(askers));

    /// <summary>Raised at the end of each import, finished, held or failed. Whoever listens must be quick.</summary>
    public event Action<ImportNews>? Ended;

    /// <summary>Goes on with the connection's import, or begins one.</summary>
    /// <param name="everything">Reads all lists whole; otherwise only what may have changed since the last import.</param>
    /// <param name="told">Hears of progress: the run so far, and how many pages are known to be left.</param>
    public async Task<ImportEnd> RunAsync(
        string connection, IDirectorySource source, bool everything, Action<ImportRun, int> told, CancellationToken cancellationToken)
    {
        try
        {
            var run = Continued(connection, everything) ?? await BeginAsync(connection, source, everything, cancellationToken);
            if (run.Stage == ImportStage.Reading)
                run = await new PageReading(copy, connection, source, options.Readers, _thread).RunAsync(run, told, cancellationToken);
            var end = await ApplyAsync(connection, source, run, told, cancellationToken);
            Ended?.Invoke(new ImportNews(connection, end, null));
            return end;
        }
        catch (Exception trouble) when (trouble is not OperationCanceledException)
        {
            Ended?.Invoke(new ImportNews(connection, null, trouble is IdpException idp ? idp.Trouble.ToString() : trouble.GetType().Name));
            throw;
        }
    }

    /// <summary>Somebody agrees to what a held import found. It is read again: what it had read is old by now.</summary>
    /// <returns>False: none is held.</returns>
    public async Task<bool> AgreeAsync(string connection, CancellationToken cancellationToken)
    {
        if (copy.File.Get(CopyShelves.Runs, connection) is not { Stage: ImportStage.Held } run)
            return false;
        cancellationToken.ThrowIfCancellationRequested();
        await copy.CommitAsync(null, ImportRuns.Dropped(copy, connection, new DocumentChanges()), connection, copy.State(connection) with { AgreedGone = run.Unseen });
        return true;
    }

    public void Dispose() => _bringingIn.Dispose();

    /// <summary>Forgets what an import has read so far.</summary>
    public async Task DropAsync(string connection, CancellationToken cancellationToken) =>
        await copy.File.CommitAsync(ImportRuns.Dropped(copy, connection, new DocumentChanges()), cancellationToken);

    /// <summary>
    /// An import that was interrupted, unless it is too old, or changes were read since: its pages would bring back what is over.
    /// </summary>
    private ImportRun? Continued(string connection, bool everything) =>
        copy.File.Get(CopyShelves.Runs, connection) is { Stage: ImportStage.Reading, TiesApart: true } run
        && run.BeganAt > time.GetUtcNow() - SyncOptions.ContinueWithin
        && (copy.State(connection) is not { ImportedAt: not null } state || state.Position == run.Position)
        && (run.ChangedSince is null || !everything)
            ? run : null;

    private async Task<ImportRun> BeginAsync(string connection, IDirectorySource source, bool everything, CancellationToken cancellationToken)
    {
        using var bulk = AmbientUrgency.Of(Urgency.Bulk);
        var state = copy.State(connection);
        var since = everything || state.ImportedAt is null ? null : state.ImportBeganAt - SyncOptions.Skew;
        var began = time.GetUtcNow();
        var position = state is { ImportedAt: not null, Position: { } known } ? known : await PositionAsync(source, cancellationToken);
        var reads = source.ReadsFor(since);
        var run = new ImportRun { BeganAt = began, ChangedSince = since, Position = position, Complete = [.. reads.Complete], TiesApart = true };
        var changes = ImportRuns.Dropped(copy, connection, new DocumentChanges()).Put(CopyShelves.Runs, connection, run);
        foreach (var (number, read) in reads.Reads.Index())
            changes.Put(CopyShelves.Reads, PageReading.IdOf(connection, number + 1), read);
        await copy.File.CommitAsync(changes, cancellationToken);
        return run;
    }

    private static async Task<string> PositionAsync(IDirectorySource source, CancellationToken cancellationToken)
    {
        try
        {
            return await source.GetPositionAsync(cancellationToken);
        }
        catch (IdpException refused) when (refused.Trouble == IdpTrouble.NotAllowed)
        {
            // Not bought, or not permitted: the lists can be read all the same, and once changes may be, this one counts as expired.
            return "";
        }
    }

    private async Task<ImportEnd> ApplyAsync(
        string connection, IDirectorySource source, ImportRun run, Action<ImportRun, int> told, CancellationToken cancellationToken)
    {
        var part = copy.Of(connection);
        var seen = new SeenInLists(part);
        foreach (var (_, page) in copy.File.All(CopyShelves.PageGists, connection + "/"))
        {
            await _thread;
            cancellationToken.ThrowIfCancellationRequested();
            seen.Add(page);
        }

        var unseen = seen.Missing(run);
        if (TooMany(unseen.Accounts.Count, part, copy.State(connection).AgreedGone) is { } why)
        {
            run = run with { Stage = ImportStage.Held, Held = why, Unseen = unseen.Accounts.Count };
            await copy.File.CommitAsync(new DocumentChanges().Put(CopyShelves.Runs, connection, run), cancellationToken);
            return new ImportEnd(run, why, 0);
        }

        run = run with { Stage = ImportStage.Applying };
        var (there, gone) = await AskAsync(unseen.Accounts, source.ReadAccountsAsync, account => account.Account.Id, cancellationToken);
        var (groupsThere, groupsGone) = await AskAsync(unseen.Groups, source.ReadGroupsAsync, group => group.Group.Id, cancellationToken);
        await _bringingIn.WaitAsync(cancellationToken);
        try
        {
            return await new BringingIn(copy, events, connection, source, time, _thread).RunAsync(run, seen, new Missed(there, gone, groupsThere, groupsGone, unseen.Applications), told, cancellationToken);
        }
        finally
        {
            _bringingIn.Release();
        }
    }

    private string? TooMany(int unseen, ConnectionCopy part, int? agreed)
    {
        var there = part.Accounts.Count - part.Gone;
        var allowed = Math.Max(Math.Max(options.GoneAtLeast, agreed ?? 0), there * options.GoneShare / 100);
        return unseen <= allowed ? null
            : $"{unseen} of {there} accounts at {part.Name} are not there any more; up to {allowed} would be taken as they are. Nothing was changed. "
                + $"If they are really gone: siit-iam sync agree {part.Name}. Otherwise check the connection's permissions (siit-iam connections check) and read again: siit-iam sync {part.Name} --full.";
    }

    /// <summary>A list can miss a row that moved while it was read: nobody, and no group, is gone before it was asked for by id.</summary>
    private static async Task<(List<T> There, List<string> Gone)> AskAsync<T>(
        IReadOnlyList<string> ids, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<T>>> ask, Func<T, string> idOf, CancellationToken cancellationToken)
    {
        using var bulk = AmbientUrgency.Of(Urgency.Bulk);
        var there = new List<T>();
        foreach (var some in ids.Chunk(AskedTogether))
            there.AddRange(await ask(some, cancellationToken));
        return (there, [.. ids.Except(there.Select(idOf))]);
    }
}
