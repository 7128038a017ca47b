using System.Collections.Concurrent;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Notices;

/// <summary>What is still to be sent, in memory: read from the store at the start, then as it is announced.</summary>
internal sealed class OpenNotices(IStore store, Outbox outbox, NoticesOptions options, TimeProvider time)
{
    /// <summary>A commit that takes longer than this after its announcement is found by the next full reading.</summary>
    private static readonly TimeSpan Awaited = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FullReading = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, NoticeRecord> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _announced = new(StringComparer.Ordinal);
    private long? _readAt;

    /// <summary>When to look again: soon after something was posted, until its commit is seen.</summary>
    public TimeSpan LookAgain
    {
        get
        {
            if (_announced.Count == 0)
                return TimeSpan.FromSeconds(2);
            var waited = time.GetElapsedTime(_announced.Values.Max());
            return waited < TimeSpan.FromMilliseconds(200) ? TimeSpan.FromMilliseconds(10) : waited < TimeSpan.FromSeconds(2) ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(1);
        }
    }

    /// <summary>Due now or never, in the order in which they were queued.</summary>
    public List<NoticeRecord> DueOf(NoticeChannel channel)
    {
        var now = time.GetUtcNow();
        return
        [
            .. _open.Values.Where(notice => notice.Channel == channel && (notice.DueAt <= now || notice.ExpiresAt <= now || notice.TriedSince + options.GiveUpAfter <= now))
                .OrderBy(notice => notice.QueuedAt).ThenBy(notice => notice.Id, StringComparer.Ordinal),
        ];
    }

    public void Put(NoticeRecord notice) => _open[notice.Id] = notice;

    public void Forget(NoticeRecord notice) => _open.TryRemove(notice.Id, out _);

    public async Task ReadAgainAsync(string id)
    {
        if (await store.GetAsync<NoticeRecord>(id) is { IsOpen: true } notice)
            Put(notice);
        else
            _open.TryRemove(id, out _);
    }

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var id in outbox.TakeAnnounced())
            _announced[id] = time.GetTimestamp();
        if (_readAt is not { } readAt || time.GetElapsedTime(readAt) >= FullReading)
            await ReadAllAsync(cancellationToken);
        foreach (var (id, since) in _announced.ToList())
        {
            var notice = await store.GetAsync<NoticeRecord>(id, cancellationToken);
            if (notice is { IsOpen: true })
                Put(notice);
            if (notice is not null || time.GetElapsedTime(since) >= Awaited)
                _announced.Remove(id);
        }
    }

    private async Task ReadAllAsync(CancellationToken cancellationToken)
    {
        const int page = 500;
        string? after = null;
        IReadOnlyList<NoticeRecord> found;
        do
        {
            found = await store.FindAsync<NoticeRecord>("open", NoticeRecord.Open, page, after, cancellationToken: cancellationToken);
            foreach (var notice in found)
                Put(notice);
            after = found.Count > 0 ? found[^1].Id : null;
        }
        while (found.Count == page);
        _readAt = time.GetTimestamp();
    }
}
