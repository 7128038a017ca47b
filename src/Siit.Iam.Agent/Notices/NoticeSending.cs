using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Notices;

/// <summary>
/// Sends what lies in the outbox. It begins after a crash where it left off: what the other side has not acknowledged is sent again.
/// The audit log hears of each before it is first tried, when it was taken, and when it is given up.
/// </summary>
internal sealed partial class NoticeSending(
    IStore store, Outbox outbox, AuditLog audit, Sealer sealer, NoticesOptions options, IEnumerable<ICarrier> carriers, TimeProvider time, ILogger<NoticeSending> logger)
    : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Tidying = TimeSpan.FromHours(1);

    private readonly OpenNotices _open = new(store, outbox, options, time);
    private readonly Recipients _recipients = new(options, time);
    private readonly Dictionary<NoticeChannel, Pause> _pauses = carriers.ToDictionary(carrier => carrier.Channel, _ => new Pause());
    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1, 1);
    private DateTimeOffset? _tidiedAt;

    /// <summary>Why a channel is not tried now, and until when; null when nothing is known against it.</summary>
    public (string Trouble, DateTimeOffset Until)? TroubleOf(NoticeChannel channel) =>
        _pauses.TryGetValue(channel, out var pause) && pause.Trouble is { } trouble ? (trouble, pause.Until) : null;

    /// <summary>Whatever was in the way may be mended: every channel is tried again now.</summary>
    public void TryNow()
    {
        foreach (var pause in _pauses.Values)
            pause.Over();
        outbox.Wake();
    }

    /// <summary>One look at everything that is due. Public for tests with a clock of their own.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await TidyAsync(cancellationToken);
            await _open.LookAsync(cancellationToken);
            await Task.WhenAll(carriers.Select(carrier => SendDueAsync(carrier, cancellationToken)));
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What has been over for long is removed; at the start it is also read who got how much lately.</summary>
    private async Task TidyAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now - _tidiedAt < Tidying)
            return;
        string? after = null;
        IReadOnlyList<NoticeRecord> page;
        do
        {
            page = await store.ListAsync<NoticeRecord>(500, after, cancellationToken: cancellationToken);
            if (_tidiedAt is null)
            {
                foreach (var notice in page.Where(notice => notice is { State: NoticeState.Sent, Channel: NoticeChannel.Mail, Summary: null }).OrderBy(notice => notice.EndedAt))
                    _recipients.Got(notice, notice.EndedAt!.Value);
            }

            var over = page.Where(notice => !notice.IsOpen && now - notice.EndedAt > options.Keep).Select(notice => Change.Delete<NoticeRecord>(notice.Id, notice.Version)).ToList();
            await store.CommitAsync(over, CancellationToken.None);
            after = page.Count > 0 ? page[^1].Id : null;
        }
        while (page.Count == 500);
        _recipients.Forget();
        _tidiedAt = now;
    }

    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
                await outbox.NewsAsync(_open.LookAgain, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed)
            {
                LogRound(logger, failed);
                await Task.Delay(AfterFailure, time, stoppingToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
    }

    private async Task SendDueAsync(ICarrier carrier, CancellationToken cancellationToken)
    {
        var due = _open.DueOf(carrier.Channel);
        foreach (var notice in due.Where(IsTooLate).ToList())
        {
            due.Remove(notice);
            await GiveUpAsync(notice, WhyTooLate(notice, carrier.Channel));
        }

        if (due.Count == 0 || _pauses[carrier.Channel].Holds(time.GetUtcNow()))
            return;
        if (carrier.Channel == NoticeChannel.Mail)
            due = await WithoutFloodAsync(due, cancellationToken);
        await using var carriage = carrier.Begin();
        foreach (var notice in due)
        {
            if (!await SendAsync(notice, carriage, cancellationToken))
                break;
        }
    }

    /// <summary>False: the channel is down, the others need not be tried.</summary>
    private async Task<bool> SendAsync(NoticeRecord notice, ICarriage carriage, CancellationToken cancellationToken)
    {
        if (TextOf(notice) is not { } text)
        {
            await GiveUpAsync(notice, "Its text was sealed with another key (data.key) and cannot be read. Have it made anew.");
            return true;
        }

        await TellQueuedAsync(notice, cancellationToken);
        // What is sent can be recorded, also when the disk is full by then.
        using var reservation = audit.Reserve(1);
        var carried = await carriage.SendAsync(notice, text, cancellationToken);
        var tried = notice with { Attempts = notice.Attempts + 1, Trouble = carried.Trouble };
        switch (carried.As)
        {
            case CarriedAs.Taken:
                await TakenAsync(tried, reservation);
                return true;
            case CarriedAs.Never:
                await GiveUpAsync(tried, carried.Trouble!);
                return true;
            case CarriedAs.NobodyThere:
                Hold(notice.Channel, carried);
                // It goes on being the first that is tried when the channel is.
                await KeepAsync(tried with { State = NoticeState.Failed });
                return false;
            default:
                await PutOffAsync(tried, carried);
                return true;
        }
    }

    /// <summary>Whoever would get too many gets one with all of them; what is held back stays where it is.</summary>
    private async Task<List<NoticeRecord>> WithoutFloodAsync(List<NoticeRecord> due, CancellationToken cancellationToken)
    {
        var now = due.Where(notice => notice.Secret || notice.IsSummary).ToList();
        foreach (var person in due.Except(now).GroupBy(notice => notice.To, StringComparer.OrdinalIgnoreCase))
        {
            var notices = person.ToList();
            if (_recipients.HasRoomFor(person.Key, notices.Count))
                now.AddRange(notices);
            else if (_recipients.MayBeSummedUp(person.Key))
                now.Add(await SumUpAsync(notices, cancellationToken));
        }

        return now;
    }

    private async Task<NoticeRecord> SumUpAsync(List<NoticeRecord> notices, CancellationToken cancellationToken)
    {
        var summary = Summaries.Of(notices, time.GetUtcNow());
        var members = notices.Where(notice => summary.Of!.Contains(notice.Id)).ToList();
        foreach (var member in members)
            await TellQueuedAsync(member, cancellationToken);
        var ended = members.Select(member => Change.Save(member.Ended(NoticeState.Sent, summary.QueuedAt) with { Summary = summary.Id, Trouble = null }));
        if (!(await store.CommitAsync([Change.Create(summary), .. ended], CancellationToken.None)).Done)
            throw new InvalidOperationException("Notices changed while they were summed up.");
        members.ForEach(_open.Forget);
        summary = summary with { Version = 1 };
        _open.Put(summary);
        return summary;
    }

    private async Task TellQueuedAsync(NoticeRecord notice, CancellationToken cancellationToken)
    {
        if (notice.Attempts > 0 || _told.ContainsKey(notice.Id))
            return;
        await audit.WriteAsync(Draft(AuditKinds.NoticeQueued, notice), cancellationToken);
        _told[notice.Id] = true;
    }

    private async Task TakenAsync(NoticeRecord notice, AuditReservation reservation)
    {
        var now = time.GetUtcNow();
        _pauses[notice.Channel].Over();
        // First of all: whatever fails below, this process does not send it again.
        _open.Forget(notice);
        _told.TryRemove(notice.Id, out _);
        if (notice.Channel == NoticeChannel.Mail)
            _recipients.Got(notice, now);
        LogSent(logger, notice.Id, notice.Kind, notice.Channel, notice.Attempts);
        await reservation.WriteAsync(Draft(AuditKinds.NoticeSent, notice), CancellationToken.None);
        await store.CommitAsync([Change.Save(notice.Ended(NoticeState.Sent, now) with { Trouble = null })], CancellationToken.None);
    }

    private async Task GiveUpAsync(NoticeRecord notice, string why)
    {
        LogGivenUp(logger, notice.Id, notice.Kind, notice.Channel, notice.Attempts, why);
        await audit.WriteAsync(Draft(AuditKinds.NoticeGivenUp, notice, why), CancellationToken.None);
        _open.Forget(notice);
        _told.TryRemove(notice.Id, out _);
        await store.CommitAsync([Change.Save(notice.Ended(NoticeState.GivenUp, time.GetUtcNow()) with { Trouble = why })], CancellationToken.None);
    }

    private Task PutOffAsync(NoticeRecord notice, Carried carried)
    {
        var wait = Backoff.OfNotice.After(notice.Attempts, notice.Id);
        if (carried.Again is { } again && again > wait)
            wait = again < Backoff.OfNotice.Longest ? again : Backoff.OfNotice.Longest;
        LogPutOff(logger, notice.Id, notice.Kind, notice.Channel, notice.Attempts, carried.Trouble!);
        return KeepAsync(notice with { State = NoticeState.Failed, DueAt = time.GetUtcNow() + wait });
    }

    private void Hold(NoticeChannel channel, Carried carried)
    {
        var pause = _pauses[channel];
        pause.Begin(carried.Trouble!, time.GetUtcNow(), carried.Again);
        LogHeld(logger, channel, carried.Trouble!, pause.Until);
    }

    private async Task KeepAsync(NoticeRecord notice)
    {
        if ((await store.CommitAsync([Change.Save(notice)], CancellationToken.None)).Done)
            _open.Put(notice with { Version = notice.Version + 1 });
        else
            await _open.ReadAgainAsync(notice.Id);
    }

    private bool IsTooLate(NoticeRecord notice)
    {
        var now = time.GetUtcNow();
        return now >= notice.ExpiresAt || now >= notice.TriedSince + options.GiveUpAfter;
    }

    private string WhyTooLate(NoticeRecord notice, NoticeChannel channel)
    {
        var trouble = TroubleOf(channel)?.Trouble ?? notice.Trouble ?? "";
        return time.GetUtcNow() >= notice.ExpiresAt ? $"It is of no use any more: its time is over. {trouble}".TrimEnd() : $"It was tried for {options.GiveUpAfter:c}. {trouble}".TrimEnd();
    }

    private string? TextOf(NoticeRecord notice) => !notice.Secret
        ? notice.Text ?? ""
        : notice.SealedText is { } sealedText && sealer.Open(NoticeRecord.PurposeOf(notice.Id), sealedText) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    private static AuditDraft Draft(string kind, NoticeRecord notice, string? why = null) => new(kind)
    {
        Call = notice.Call,
        Request = notice.Request,
        Run = notice.Run,
        Actor = new AuditActor { Door = "server" },
        Data = new JsonObject
        {
            ["notice"] = notice.Id,
            ["kind"] = notice.Kind,
            ["channel"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(notice.Channel.ToString()),
            ["to"] = notice.To,
            ["attempts"] = notice.Attempts,
            ["of"] = notice.Of is { } members ? new JsonArray([.. members.Select(member => (JsonNode)member)]) : null,
            ["why"] = why,
        },
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "Notice {Notice} ({Kind}) is sent by {Channel}, attempt {Attempt}")]
    private static partial void LogSent(ILogger logger, string notice, string kind, NoticeChannel channel, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Notice {Notice} ({Kind}) by {Channel}: attempt {Attempt} was in vain. {Trouble}")]
    private static partial void LogPutOff(ILogger logger, string notice, string kind, NoticeChannel channel, int attempt, string trouble);

    [LoggerMessage(Level = LogLevel.Error, Message = "Notice {Notice} ({Kind}) by {Channel} is given up after {Attempts} attempts. {Trouble}")]
    private static partial void LogGivenUp(ILogger logger, string notice, string kind, NoticeChannel channel, int attempts, string trouble);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nothing is sent by {Channel} until {Until:HH:mm:ss}Z. {Trouble}")]
    private static partial void LogHeld(ILogger logger, NoticeChannel channel, string trouble, DateTimeOffset until);

    [LoggerMessage(Level = LogLevel.Error, Message = "A round of sending notices failed; the next one tries again")]
    private static partial void LogRound(ILogger logger, Exception failed);

    /// <summary>A channel whose other side is away is left alone for a while, and everything of it with it.</summary>
    private sealed class Pause
    {
        private int _failures;

        public string? Trouble { get; private set; }

        public DateTimeOffset Until { get; private set; }

        public bool Holds(DateTimeOffset now) => Trouble is not null && now < Until;

        public void Begin(string trouble, DateTimeOffset now, TimeSpan? again)
        {
            var wait = Backoff.OfChannel.After(++_failures, trouble);
            if (again > wait)
                wait = again.Value < Backoff.OfChannel.Longest ? again.Value : Backoff.OfChannel.Longest;
            (Trouble, Until) = (trouble, now + wait);
        }

        public void Over() => (_failures, Trouble) = (0, null);
    }
}
