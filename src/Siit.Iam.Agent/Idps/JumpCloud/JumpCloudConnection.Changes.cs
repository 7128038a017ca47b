using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>What Directory Insights tells, page by page; where we are in it is <see cref="JumpCloudPosition"/>, what an entry means <see cref="JumpCloudFeed"/>.</summary>
internal sealed partial class JumpCloudConnection
{
    private const int FullPage = 100;
    private const int FullLogPage = 1_000;

    /// <summary>Access requests that were granted are logged by a service of their own.</summary>
    private static readonly string[] LogServices = ["directory", "access_management"];

    private static readonly string[] LogFields = ["association", "changes", "event_type", "id", "initiated_by", "resource", "service", "success", "timestamp"];

    /// <summary>Clocks differ, so it begins well before ours and takes what it finds there for told.</summary>
    public async Task<string> GetPositionAsync(CancellationToken cancellationToken)
    {
        var position = new JumpCloudPosition { Start = time.GetUtcNow() - 3 * JumpCloudPosition.Overlap };
        do
        {
            var page = await ReadLogAsync(position, cancellationToken);
            position = Behind(position, page, [.. page.Entries.Select(entry => JumpCloudFeed.Read(entry, NobodyKnown.Instance)).OfType<JumpCloudNews>()], retell: false);
        }
        while (position.After is not null);
        return position.ToString();
    }

    public async Task<ChangePage> ReadChangesAsync(string position, IKnownIds known, CancellationToken cancellationToken)
    {
        if (JumpCloudPosition.Parse(position) is not { } place || place.IsExpired(time.GetUtcNow()))
            return new ChangePage { Position = await GetPositionAsync(cancellationToken), Lost = true };

        var page = await ReadLogAsync(place, cancellationToken);
        List<JumpCloudNews> news = [.. page.Entries.Select(entry => JumpCloudFeed.Read(entry, known)).OfType<JumpCloudNews>()];
        var unseen = news.Where(entry => !place.Seen.ContainsKey(entry.Id)).ToList();
        var ties = place.Retell ? news : [.. news.SkipWhile(entry => entry.Tie is null || place.Seen.ContainsKey(entry.Id))];
        var (told, doubles) = JumpCloudFeed.Once(news, place.Seen.ContainsKey);
        var next = Behind(place, page, news, retell: place.Retell || ties.Count > 0, doubles);
        return new ChangePage
        {
            Events = told,
            Accounts = [.. unseen.Select(entry => entry.Account).OfType<string>().Distinct(StringComparer.Ordinal)],
            Groups = [.. unseen.Select(entry => entry.Group).OfType<string>().Distinct(StringComparer.Ordinal)],
            Ties = [.. ties.Select(entry => entry.Tie).OfType<TieChange>()],
            Reads = [.. unseen.Select(entry => entry.Read).OfType<DirectoryRead>().Distinct()],
            Position = next.ToString(),
            More = next.After is not null,
        };
    }

    private JumpCloudPosition Behind(
        JumpCloudPosition place, LogPage page, IReadOnlyList<JumpCloudNews> news, bool retell, IReadOnlyList<FeedEvent>? doubles = null)
    {
        var judged = news.SelectMany(entry => entry.Events).Select(JumpCloudFeed.Doubled);
        var seen = news.Select(entry => (entry.Id, entry.Time)).Concat((doubles ?? []).Select(each => (Id: JumpCloudFeed.Doubled(each), each.Time)));
        return place.Without(judged).Behind(page.After, page.Newest, seen, retell, time.GetUtcNow());
    }

    /// <summary>The place of the next page is named on the last one, too, so the counts decide whether there is more.</summary>
    private async Task<LogPage> ReadLogAsync(JumpCloudPosition place, CancellationToken cancellationToken)
    {
        var query = new JumpCloudEventQuery
        {
            Service = LogServices,
            StartTime = place.StartText,
            // The log gives more at once than the lists.
            Limit = options.PageSize == FullPage ? FullLogPage : options.PageSize,
            Sort = "ASC",
            Fields = LogFields,
            SearchAfter = place.After,
        };
        using var response = await SendAsync(ReadLog, () => insights.ReadEvents(query, cancellationToken), cancellationToken);
        var entries = response.Content ?? throw JumpCloudErrors.Unreadable(ReadLog, JumpCloudErrors.RequestId(response));
        var limit = int.TryParse(Header("X-Limit"), out var cut) && cut > 0 ? Math.Min(cut, query.Limit) : query.Limit;
        var more = entries.Count >= limit;
        // Without the place there would be no way on, and what stands behind it would never be told.
        if (more && Header("X-Search_after") is null) throw JumpCloudErrors.Unreadable(ReadLog, JumpCloudErrors.RequestId(response));
        return new LogPage(entries, entries.Select(entry => JumpCloudEvents.Read(entry)?.Time).Max(), more ? Place(Header("X-Search_after")) : null);

        string? Header(string header) => response.Headers!.TryGetValues(header, out var values) ? values.FirstOrDefault() : null;
    }

    private sealed record LogPage(IReadOnlyList<JsonObject> Entries, DateTimeOffset? Newest, JsonArray? After);

    private sealed class NobodyKnown : IKnownIds
    {
        public static readonly NobodyKnown Instance = new();

        public string? AccountOf(string address) => null;

        public string? GroupOf(string addressOrName) => null;
    }
}
