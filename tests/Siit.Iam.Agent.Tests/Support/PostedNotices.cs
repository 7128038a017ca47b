using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Support;

/// <summary>Notices that go nowhere: what was posted stays in memory, where a test reads what a person would.</summary>
internal sealed class PostedNotices : INotices
{
    private readonly ConcurrentDictionary<string, Notice> _posted = new(StringComparer.Ordinal);

    public HashSet<NoticeChannel> Channels { get; } = [NoticeChannel.Mail, NoticeChannel.Webhook];

    public IReadOnlyList<Notice> All => [.. _posted.Values.OrderBy(notice => notice.Key, StringComparer.Ordinal)];

    public Change Post(Notice notice)
    {
        _posted[notice.Key] = notice;
        return Change.Create(new Posted { Id = $"{notice.Key}#{_posted.Count}" });
    }

    public bool CanReach(NoticeChannel channel) => Channels.Contains(channel);

    public bool Wants(string kind, NoticeChannel channel) => CanReach(channel);

    /// <summary>The last one of a kind to an address.</summary>
    public Notice Last(string kind, string? to = null) => All.Last(notice => notice.Kind == kind && (to is null || notice.To == to));

    [Stored("test_notices")]
    private sealed record Posted : IRecord
    {
        public required string Id { get; init; }

        public long Version { get; init; }

        [JsonIgnore]
        public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
    }
}
