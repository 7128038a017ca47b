using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>
/// The reading stage of an import: several pages at once, each saved together with what is to be read after it. Killed at any point
/// it goes on without repeating a saved page. Nothing of it shows in the copy.
/// </summary>
/// <param name="thread">Where pages are worked on.</param>
internal sealed class PageReading(DirectoryCopy copy, string connection, IDirectorySource source, int readers, BackgroundThread thread)
{
    /// <summary>Pages saved in one commit, at most.</summary>
    private const int Together = 32;

    /// <summary>Accounts in one document, at most: it is built again as a whole, and what lives meanwhile is what a collector has to move.</summary>
    private const int AccountsTogether = 100;

    private readonly Channel<(string Id, DirectoryRead Read)> _open = Channel.CreateUnbounded<(string, DirectoryRead)>();

    /// <summary>Bounded: an IdP can answer faster than pages are saved, and a page is large.</summary>
    private readonly Channel<ReadPage> _done = Channel.CreateBounded<ReadPage>(Together);
    private int _left;
    private long _last;

    /// <summary>The id of a page or a read, in the order in which they came up.</summary>
    public static string IdOf(string connection, long number) => CopyShelves.Id(connection, number.ToString("D10", CultureInfo.InvariantCulture));

    /// <param name="told">Hears of every commit.</param>
    /// <returns>The run with everything read.</returns>
    /// <exception cref="IdpException">A page cannot be read; what was saved stays.</exception>
    public async Task<ImportRun> RunAsync(ImportRun run, Action<ImportRun, int> told, CancellationToken cancellationToken)
    {
        foreach (var (id, read) in copy.File.All(CopyShelves.Reads, connection + "/"))
            Open(id, read);
        _last = Math.Max(LastOf(CopyShelves.Reads), LastOf(CopyShelves.Pages));
        if (_left == 0)
            return run;

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var changedSince = run.ChangedSince is not null;
        var reading = Enumerable.Range(0, readers).Select(_ => ReadAsync(changedSince, stop)).ToList();
        try
        {
            while (_left > 0)
            {
                var pages = new List<ReadPage> { await _done.Reader.ReadAsync(stop.Token) };
                while (pages.Count < Together && _done.Reader.TryRead(out var page))
                    pages.Add(page);
                run = await SaveAsync(run, pages);
                told(run, _left);
            }

            return run;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The reason stands in one of the readers.
            await Task.WhenAll(reading);
            throw;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // One page cannot be read: those that were need not be read again.
            var read = new List<ReadPage>();
            while (_done.Reader.TryRead(out var page))
                read.Add(page);
            if (read.Count > 0)
                await SaveAsync(run, read);
        }
    }

    private async Task ReadAsync(bool leavesUnchanged, CancellationTokenSource stop)
    {
        using var bulk = AmbientUrgency.Of(Urgency.Bulk);
        using var apart = thread.TakeAnswers();
        try
        {
            while (true)
            {
                var (id, read) = await _open.Reader.ReadAsync(stop.Token);
                await _done.Writer.WriteAsync(Written(id, await ReadAsync(source, read, stop.Token), leavesUnchanged), stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Done, or another reader has found the reason to stop.
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    /// <summary>One page. What it is the list of may have been deleted since it was named: its end is told by the changes, here is nothing of it.</summary>
    public static async Task<DirectoryPage> ReadAsync(IDirectorySource source, DirectoryRead read, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(read, cancellationToken);
        }
        catch (IdpException deleted) when (deleted.Trouble == IdpTrouble.NotFound && read.Of is not null)
        {
            return new DirectoryPage();
        }
    }

    /// <summary>Written out at once: many pages wait to be saved, and as objects each is ten times as large.</summary>
    private ReadPage Written(string read, DirectoryPage page, bool leavesUnchanged)
    {
        // A list that is unchanged is not read; its mark is kept with the page only where it is.
        var details = page.Details.Where(detail => !leavesUnchanged || !IsUnchanged(detail)).ToList();
        var documents = new List<WrittenDocument<DirectoryPage>> { Of(page with { Accounts = [.. page.Accounts.Take(AccountsTogether)], Details = details, Ties = [] }) };
        foreach (var further in page.Accounts.Skip(AccountsTogether).Chunk(AccountsTogether))
            documents.Add(Of(new DirectoryPage { Accounts = further }));
        return new ReadPage(
            read, documents, page.Ties.Count == 0 ? null : WrittenDocument<IReadOnlyList<Ties>>.Of(CopyShelves.PageTies, documents[0].Id, page.Ties),
            [.. page.Next, .. details.Select(detail => detail.Read)],
            new ImportCounts(1, page.Accounts.Count, page.Groups.Count, page.Ties.Sum(ties => ties.Children.Count), page.Accounts.Count > 0 ? page.Total ?? 0 : 0));

        WrittenDocument<DirectoryPage> Of(DirectoryPage part) => WrittenDocument<DirectoryPage>.Of(CopyShelves.Pages, IdOf(connection, Interlocked.Increment(ref _last)), part);
    }

    private async Task<ImportRun> SaveAsync(ImportRun run, List<ReadPage> pages)
    {
        var changes = new DocumentChanges();
        var next = new List<(string Id, DirectoryRead Read)>();
        foreach (var page in pages)
        {
            changes.Delete(CopyShelves.Reads, page.Read);
            foreach (var document in page.Documents)
                changes.Put(CopyShelves.Pages, document);
            if (page.Ties is { } ties)
                changes.Put(CopyShelves.PageTies, ties);
            next.AddRange(page.Next.Select(read => (IdOf(connection, Interlocked.Increment(ref _last)), read)));
        }

        foreach (var (id, read) in next)
            changes.Put(CopyShelves.Reads, id, read);
        run = run with { Counts = pages.Aggregate(run.Counts, (sum, page) => Add(sum, page.Counts)) };
        changes.Put(CopyShelves.Runs, connection, run);
        var began = Stopwatch.GetTimestamp();
        await copy.File.CommitAsync(changes);
        thread.AlsoWorked(Stopwatch.GetElapsedTime(began));
        _left -= pages.Count;
        foreach (var (id, read) in next)
            Open(id, read);
        return run;
    }

    private void Open(string id, DirectoryRead read)
    {
        _left++;
        _open.Writer.TryWrite((id, read));
    }

    private bool IsUnchanged(DetailRead detail) => detail.Stamp is not null && copy.File.Get(CopyShelves.Stamps, StampId(connection, detail.Read)) == detail.Stamp;

    /// <summary>Where the mark of a list is kept.</summary>
    public static string StampId(string connection, DirectoryRead read) => CopyShelves.Id(connection, $"{read.What}/{read.Of}");

    private static ImportCounts Add(ImportCounts sum, ImportCounts page) => new(
        sum.Pages + page.Pages, sum.Accounts + page.Accounts, sum.Groups + page.Groups, sum.Ties + page.Ties, Math.Max(sum.Expected, page.Expected));

    private long LastOf<T>(Shelf<T> shelf) where T : class =>
        copy.File.Range(shelf, connection + "/", limit: 1, newestFirst: true) is [var (id, _)] ? long.Parse(id[(connection.Length + 1)..], CultureInfo.InvariantCulture) : 0;

    /// <param name="Read">Id of the read that it answers.</param>
    /// <param name="Documents">The page without its ties.</param>
    /// <param name="Ties">Null when it has none.</param>
    /// <param name="Next">What is to be read after it.</param>
    private sealed record ReadPage(
        string Read, IReadOnlyList<WrittenDocument<DirectoryPage>> Documents, WrittenDocument<IReadOnlyList<Ties>>? Ties, IReadOnlyList<DirectoryRead> Next, ImportCounts Counts);
}
