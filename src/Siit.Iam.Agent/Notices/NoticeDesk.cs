using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Notices;

/// <summary>A notice as operators see it: without its text.</summary>
internal sealed record NoticeView(
    string Id, string Kind, NoticeChannel Channel, string To, string Subject, NoticeState State, int Attempts, DateTimeOffset QueuedAt, DateTimeOffset? DueAt, DateTimeOffset? EndedAt,
    string? Trouble, string? Call, string? Request, string? Run, string? Summary);

/// <param name="Trouble">Why nothing is sent by it now; null when nothing is known against it.</param>
/// <param name="Until">When it is tried again.</param>
internal sealed record ChannelView(NoticeChannel Channel, bool Configured, string? Trouble, DateTimeOffset? Until);

/// <summary>Looking at notices, and having given-up ones tried again.</summary>
internal sealed class NoticeDesk(IStore store, Outbox outbox, NoticeSending sending, NoticesOptions options, TimeProvider time)
{
    private const int Page = 500;

    public IReadOnlyList<ChannelView> Channels() =>
    [
        .. Enum.GetValues<NoticeChannel>().Select(channel => sending.TroubleOf(channel) is { } trouble
            ? new ChannelView(channel, outbox.CanReach(channel), trouble.Trouble, trouble.Until)
            : new ChannelView(channel, outbox.CanReach(channel), null, null)),
    ];

    /// <summary>Those that are still to be sent first, then the others, newest first.</summary>
    public async Task<IReadOnlyList<NoticeView>> ListAsync(NoticeState? state, int limit, CancellationToken cancellationToken)
    {
        var found = new List<NoticeRecord>();
        await foreach (var notice in ByKeyAsync("open", NoticeRecord.Open, cancellationToken))
            found.Add(notice);
        found.Sort((one, other) => other.QueuedAt.CompareTo(one.QueuedAt));
        found.RemoveAll(notice => state is not null && notice.State != state);
        var today = time.GetUtcNow();
        for (var day = today; day > today - options.Keep - TimeSpan.FromDays(1) && found.Count < limit && state is null or NoticeState.Sent or NoticeState.GivenUp; day -= TimeSpan.FromDays(1))
        {
            var ended = new List<NoticeRecord>();
            await foreach (var notice in ByKeyAsync("day", NoticeRecord.DayOf(day), cancellationToken))
            {
                if (!notice.IsOpen && (state is null || notice.State == state))
                    ended.Add(notice);
            }

            found.AddRange(ended.OrderByDescending(notice => notice.QueuedAt));
        }

        return [.. found.Take(limit).Select(View)];
    }

    /// <summary>Has one tried anew, whatever its state but sent. Null when that is under way, or why not.</summary>
    public async Task<(string Code, string Message)?> RetryAsync(string id, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<NoticeRecord>(id, cancellationToken) is not { } notice)
            return ("unknown_notice", $"There is no notice '{Actions.HiddenText.Shown(id, 60)}'. siit-iam notices list shows them.");
        if (notice.State == NoticeState.Sent)
            return ("sent_already", "It is sent. Nothing is sent a second time by hand.");
        if (notice is { Text: null, SealedText: null })
            return ("secret_gone", "It held a secret, which is kept nowhere once a notice is given up. Have what it was for done anew.");
        if (notice.ExpiresAt <= time.GetUtcNow())
            return ("expired", "It is of no use any more: its time is over.");
        var again = notice with { State = NoticeState.Waiting, TriedSince = time.GetUtcNow(), DueAt = time.GetUtcNow(), Attempts = 0, Trouble = null, EndedAt = null };
        if (!(await store.CommitAsync([Change.Save(again)], CancellationToken.None)).Done)
            return ("changed_meanwhile", "It was just tried; look again.");
        outbox.Announce(id);
        sending.TryNow();
        return null;
    }

    /// <summary>Every given-up one that still can be.</summary>
    public async Task<int> RetryAllAsync(CancellationToken cancellationToken)
    {
        var again = 0;
        foreach (var notice in await ListAsync(NoticeState.GivenUp, 1000, cancellationToken))
        {
            if (await RetryAsync(notice.Id, cancellationToken) is null)
                again++;
        }

        sending.TryNow();
        return again;
    }

    private async IAsyncEnumerable<NoticeRecord> ByKeyAsync(string key, string value, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        IReadOnlyList<NoticeRecord> page;
        do
        {
            page = await store.FindAsync<NoticeRecord>(key, value, Page, after, cancellationToken: cancellationToken);
            foreach (var notice in page)
                yield return notice;
            after = page.Count > 0 ? page[^1].Id : null;
        }
        while (page.Count == Page);
    }

    private static NoticeView View(NoticeRecord notice) => new(
        notice.Id, notice.Kind, notice.Channel, notice.To, notice.Subject, notice.State, notice.Attempts, notice.QueuedAt, notice.IsOpen ? notice.DueAt : null, notice.EndedAt,
        notice.Trouble, notice.Call, notice.Request, notice.Run, notice.Summary);
}
