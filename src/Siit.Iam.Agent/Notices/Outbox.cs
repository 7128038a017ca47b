using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Notices;

/// <summary>Takes notices in: what is committed here is sent by <see cref="NoticeSending"/>, whatever happens to this process in between.</summary>
internal sealed class Outbox(NoticesOptions options, Sealer sealer, TimeProvider time) : INotices
{
    public const int LongestSubject = 200;
    public const int LongestText = 60_000;

    private const int LongestTo = 320;
    private const string Cut = "\n[The rest was cut off: it is too long for a message.]";

    private readonly ConcurrentQueue<string> _announced = new();
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public bool CanReach(NoticeChannel channel) => channel switch
    {
        NoticeChannel.Mail => options.Mail is not null,
        NoticeChannel.Webhook => options.Webhook is not null,
        _ => false,
    };

    public bool Wants(string kind, NoticeChannel channel) => CanReach(channel) && (channel != NoticeChannel.Mail || !options.Quiet.Contains(kind));

    public Change Post(Notice notice)
    {
        var record = RecordOf(notice);
        // The commit comes after this: whoever looks finds it a moment later.
        Announce(record.Id);
        return Change.Ensure(record);
    }

    public void Announce(string id)
    {
        _announced.Enqueue(id);
        Wake();
    }

    /// <summary>Ids that were posted since the last time, whether they were committed or not.</summary>
    public IReadOnlyList<string> TakeAnnounced()
    {
        var ids = new List<string>();
        while (_announced.TryDequeue(out var id))
            ids.Add(id);
        return ids;
    }

    public void Wake() => _news.Writer.TryWrite(true);

    /// <summary>Completes when there is news, or the time is over.</summary>
    public async Task NewsAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_news.Reader.WaitToReadAsync(over.Token).AsTask(), Task.Delay(atMost, time, over.Token));
        await over.CancelAsync();
        _news.Reader.TryRead(out _);
    }

    public NoticeRecord RecordOf(Notice notice)
    {
        ArgumentException.ThrowIfNullOrEmpty(notice.Key);
        ArgumentException.ThrowIfNullOrEmpty(notice.Kind);
        if (notice.To.Length > LongestTo || (notice.Channel == NoticeChannel.Mail && notice.To.Length == 0))
            throw new ArgumentException($"A notice needs a recipient of at most {LongestTo} characters.", nameof(notice));
        if (notice.Secret && notice.Text.Length > LongestText)
            throw new ArgumentException($"A secret text has at most {LongestText} characters; it cannot be cut.", nameof(notice));
        var (id, now) = (NoticeRecord.IdOf(notice.Key), time.GetUtcNow());
        return new NoticeRecord
        {
            Id = id,
            Kind = notice.Kind,
            Channel = notice.Channel,
            To = notice.To,
            Subject = HiddenText.Shown(notice.Subject, LongestSubject),
            Text = notice.Secret ? null : Shortened(notice.Text),
            SealedText = notice.Secret ? sealer.Seal(NoticeRecord.PurposeOf(id), Encoding.UTF8.GetBytes(notice.Text)) : null,
            Call = notice.Call,
            Request = notice.Request,
            Run = notice.Run,
            Secret = notice.Secret,
            QueuedAt = now,
            ExpiresAt = notice.ExpiresAt,
            State = NoticeState.Waiting,
            TriedSince = now,
            DueAt = now,
        };
    }

    public static string Shortened(string text) =>
        text.Length <= LongestText ? text : text[..(LongestText - Cut.Length - (char.IsHighSurrogate(text[LongestText - Cut.Length - 1]) ? 1 : 0))] + Cut;
}
