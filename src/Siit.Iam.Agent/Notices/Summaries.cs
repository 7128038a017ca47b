using System.Text;

namespace Siit.Iam.Agent.Notices;

/// <summary>Many notices to one person as one. Pure.</summary>
internal static class Summaries
{
    public const string Kind = "summary";

    private const int Most = 100;

    /// <summary>Of the oldest, as many as one mail holds; what they are is no part of the subject.</summary>
    public static NoticeRecord Of(IReadOnlyList<NoticeRecord> notices, DateTimeOffset now)
    {
        var members = new List<NoticeRecord>();
        var texts = new StringBuilder();
        foreach (var notice in notices.Take(Most))
        {
            var part = $"\n----- {members.Count + 1}. {notice.Subject}\n\n{notice.Text?.TrimEnd()}\n";
            if (members.Count > 0 && texts.Length + part.Length > Outbox.LongestText - 500)
                break;
            texts.Append(part);
            members.Add(notice);
        }

        var more = notices.Count - members.Count;
        var text = $"{members.Count} messages in one, because there were so many within an hour{(more > 0 ? $"; {more} more follow" : "")}.\n{texts}";
        return new NoticeRecord
        {
            Id = NoticeRecord.IdOf($"summary/{string.Join('/', members.Select(member => member.Id))}"),
            Kind = Kind,
            Channel = members[0].Channel,
            To = members[0].To,
            Subject = $"{members.Count} messages",
            Text = Outbox.Shortened(text),
            IsSummary = true,
            Of = [.. members.Select(member => member.Id)],
            QueuedAt = now,
            State = NoticeState.Waiting,
            TriedSince = now,
            DueAt = now,
        };
    }
}
