namespace Siit.Iam.Agent.Idps.Google;

/// <summary>What Google's logs tell, for the copy of the directory.</summary>
internal sealed partial class GoogleConnection
{
    /// <summary>Google says "minutes" of these logs; a difference that a list shows is waited for so long.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromMinutes(30);

    /// <summary>How far behind the newest entry a read begins: what appears later than that, only the lists tell.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(2);

    /// <summary>A position that only grew older is not worth saving more often.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    /// <summary>
    /// How much time that was never asked for a page may bring, and how far back it begins instead of <see cref="Overlap"/>; the next one
    /// where that is too much to read at once. A burst must not stay in the way for as long as reads go back to it: what appears late then
    /// only the lists tell, and what is told again has the same id.
    /// </summary>
    private static readonly (TimeSpan Width, TimeSpan? Back)[] Windows =
    [
        (TimeSpan.FromDays(1), null), (TimeSpan.FromHours(3), null), (TimeSpan.FromMinutes(20), null), (TimeSpan.FromMinutes(1), null),
        (TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10)), (TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)), (TimeSpan.FromMinutes(1), TimeSpan.Zero),
        (TimeSpan.FromSeconds(1), TimeSpan.Zero),
    ];

    private const int MostAtOnce = 100;

    /// <summary>By Google's clock, as the log's times are; it also shows whether we may read the log.</summary>
    public async Task<string> GetPositionAsync(CancellationToken cancellationToken)
    {
        using var response = await SendAsync(ReadLog,
            () => apis.Reports.ListActivities("all", GoogleFeed.Admin, null, null, null, 1, null, cancellationToken), cancellationToken);
        return GooglePosition.At(response.Headers?.Date ?? time.GetUtcNow()).ToString();
    }

    /// <summary>
    /// One window of all logs, read whole and turned round, since Google answers newest first. Killed before the position is saved, the
    /// same window is read again and its events have the same ids.
    /// </summary>
    public async Task<ChangePage> ReadChangesAsync(string position, IKnownIds known, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (GooglePosition.Read(position) is not { } from || from.Through < now - Kept)
            return new ChangePage { Position = await GetPositionAsync(cancellationToken), Lost = true };

        (DateTimeOffset? Until, TimeSpan? Back)? tried = null;
        foreach (var (width, back) in Windows)
        {
            // Caught up: the end is left to Google, whose clock may be ahead of ours.
            DateTimeOffset? until = from.Through + width < now ? from.Through + width : null;
            if (tried == (until, back)) continue;
            tried = (until, back);
            var windows = await Task.WhenAll(GoogleFeed.Logs.Select(log => WindowAsync(log, Begin(from, log, now, back), until, cancellationToken)));
            if (windows.OfType<IReadOnlyList<GoogleActivity>>().ToList() is not { } read || read.Count < windows.Length) continue;
            return await ToldAsync(position, from, until ?? (now > from.Through ? now : from.Through), [.. GoogleFeed.Logs.Zip(read)], until is not null, known, cancellationToken);
        }
        throw GoogleErrors.TooManyPages(ReadLog, options.MaxPages);
    }

    private static DateTimeOffset Begin(GooglePosition from, string log, DateTimeOffset now, TimeSpan? back)
    {
        var newest = from.Of(log).Newest;
        // A burst that is behind what was asked for is left behind, also where nothing has happened since.
        var begin = back is { } less ? from.Through - less : (newest < from.Through ? newest : from.Through) - Overlap;
        // Of a log that has been quiet for long, only what Google still has.
        return new[] { begin, from.Since, now - Kept }.Max();
    }

    /// <summary>All entries of a window, newest first; null when they are too many.</summary>
    private async Task<IReadOnlyList<GoogleActivity>?> WindowAsync(string log, DateTimeOffset from, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        var all = new List<GoogleActivity>();
        string? token = null;
        for (var page = 0; page < options.MaxPages; page++)
        {
            var place = token;
            GoogleActivities answer;
            try
            {
                answer = await ReadAsync(ReadLog, () => apis.Reports.ListActivities(
                    "all", log, null, Time(from), until is { } end ? Time(end) : null, PageOf(MostActivities), place, cancellationToken), cancellationToken);
            }
            catch (IdpException e) when (log == GoogleFeed.Groups && e.Trouble is IdpTrouble.NotAllowed or IdpTrouble.Rejected)
            {
                // Not every edition has this log, and it only hints at what the lists show.
                return [];
            }
            all.AddRange(answer.List ?? []);
            token = answer.NextPageToken;
            if (string.IsNullOrEmpty(token)) return all;
        }
        return null;
    }

    private async Task<ChangePage> ToldAsync(
        string position, GooglePosition from, DateTimeOffset through, IReadOnlyList<(string Log, IReadOnlyList<GoogleActivity> Entries)> windows, bool more,
        IKnownIds known, CancellationToken cancellationToken)
    {
        var fresh = new List<(string Log, GoogleActivity Entry, bool Late)>();
        var logs = new Dictionary<string, GoogleLogPosition>(StringComparer.Ordinal);
        foreach (var (log, entries) in windows)
        {
            var (before, marks) = (from.Of(log), from.Of(log).Marks());
            fresh.AddRange(entries.DistinctBy(GoogleLogPosition.MarkOf)
                .Where(entry => entry.Id.Time >= from.Since && !marks.Contains(GoogleLogPosition.MarkOf(entry)))
                .Select(entry => (log, entry, entry.Id.Time <= before.Newest))
                // Oldest first, as Google has them: times are in milliseconds, and two entries may share one.
                .Reverse());
            logs[log] = before.After(entries, Overlap);
        }
        if (fresh.Count == 0 && !more && through - from.Through < Quiet) return new ChangePage { Position = position };

        var story = new GoogleStory(known);
        foreach (var (log, entry, late) in fresh.OrderBy(one => one.Entry.Id.Time))
            foreach (var (index, one) in (entry.Events ?? []).Index())
                if (GoogleFeed.Happened(one) && !GoogleFeed.IsToldTwice(one, entry.Events!))
                    story.Add(new GoogleLogged(EventId(entry, index), entry.Id.Time, one, ActorOf(entry), entry.Actor, late), GoogleFeed.RuleOf(log, one));
        await ResolveAsync(story, cancellationToken);
        return story.Page() with { Position = new GooglePosition(from.Since, through, logs).ToString(), More = more };
    }

    /// <summary>
    /// Whose addresses the copy does not know: mostly what is new. An account made after what the log says of its address is not the
    /// one that is meant.
    /// </summary>
    private async Task ResolveAsync(GoogleStory story, CancellationToken cancellationToken)
    {
        foreach (var some in story.UnknownAccounts.Where(account => IsAddress(account.Address)).ToList().Chunk(MostAtOnce))
            await Task.WhenAll(some.Select(async account =>
            {
                if (await FindAsync(account.Address, cancellationToken) is not { } user || !Same(user.PrimaryEmail, account.Address))
                    account.IsGroup = (account.Id = (await GroupByKeyAsync(account.Address, cancellationToken))?.Id) is not null;
                else if (user.CreationTime > account.FirstAt + TimeSpan.FromMinutes(1))
                    account.IsPast = true;
                else
                    account.Id = Id(user.Id, "an account");
            }));
        foreach (var some in story.UnknownGroups.Where(group => IsAddress(group.Address)).ToList().Chunk(MostAtOnce))
            await Task.WhenAll(some.Select(async group => group.Id = (await GroupByKeyAsync(group.Address, cancellationToken))?.Id));
    }
}
