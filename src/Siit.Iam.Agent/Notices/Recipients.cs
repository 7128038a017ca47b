namespace Siit.Iam.Agent.Notices;

/// <summary>Who got how many mails lately: after so many in an hour the rest comes summed up. Forgotten when the process ends, and read again at the start.</summary>
internal sealed class Recipients(NoticesOptions options, TimeProvider time)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan BetweenSummaries = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, Lately> _lately = new(StringComparer.OrdinalIgnoreCase);

    public void Got(NoticeRecord notice, DateTimeOffset at)
    {
        // A code that somebody asked for is one that he waits for; whoever makes it has a limit of his own.
        if (notice.Secret || time.GetUtcNow() - at > Hour)
            return;
        if (!_lately.TryGetValue(notice.To, out var lately))
            _lately[notice.To] = lately = new Lately();
        if (notice.IsSummary)
            lately.SummedUpAt = at;
        else
            lately.Single.Enqueue(at);
    }

    /// <summary>Whether so many more may come by themselves.</summary>
    public bool HasRoomFor(string to, int mails) => mails <= options.PerHour - (Of(to)?.Single.Count ?? 0);

    /// <summary>Whether a summary may go now: in a flood one every ten minutes.</summary>
    public bool MayBeSummedUp(string to) => !(time.GetUtcNow() - Of(to)?.SummedUpAt < BetweenSummaries);

    /// <summary>Those of whom nothing is to be remembered any more.</summary>
    public void Forget()
    {
        foreach (var to in _lately.Keys.ToList())
        {
            if (Of(to) is { Single.Count: 0 } lately && !(time.GetUtcNow() - lately.SummedUpAt < Hour))
                _lately.Remove(to);
        }
    }

    private Lately? Of(string to)
    {
        if (!_lately.TryGetValue(to, out var lately))
            return null;
        while (lately.Single.TryPeek(out var oldest) && time.GetUtcNow() - oldest > Hour)
            lately.Single.Dequeue();
        return lately;
    }

    private sealed class Lately
    {
        public Queue<DateTimeOffset> Single { get; } = new();

        public DateTimeOffset? SummedUpAt { get; set; }
    }
}
