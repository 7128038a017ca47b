using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Idps.JumpCloud;

internal sealed partial class JumpCloudConnection
{
    private static readonly JumpCloudRequest ReadLog = new("read Directory Insights", "directoryinsights.readonly");

    /// <summary>
    /// By JumpCloud's time, which an event may reach late: ask again from a little earlier and tell events apart by their id. The place of
    /// the next page is named on the last one, too, so the counts decide.
    /// </summary>
    public async Task<Page<LoggedEvent>> ListEventsAsync(
        string? accountId, DateTimeOffset since, int limit, string? cursor, CancellationToken cancellationToken)
    {
        if (accountId is not null) Id(accountId, "an account");
        var start = since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var list = $"{name}\nevents\n{accountId}\n{start}";
        var query = new JumpCloudEventQuery
        {
            Service = ["all"],
            StartTime = start,
            Limit = Limit(limit),
            Sort = "ASC",
            SearchAfter = cursor is null ? null : Place(PageCursor.Decode(list, cursor)),
            SearchTerm = accountId is null ? null : About(accountId),
        };
        using var response = await SendAsync(ReadLog, () => insights.ReadEvents(query, cancellationToken), cancellationToken);
        var events = response.Content ?? throw JumpCloudErrors.Unreadable(ReadLog, JumpCloudErrors.RequestId(response));
        var next = events.Count >= query.Limit && Header("X-Search_after") is { } place ? PageCursor.Encode(list, place) : null;
        return new Page<LoggedEvent>([.. events.Select(JumpCloudEvents.Read).OfType<LoggedEvent>().Where(IsAsked)], next);

        // Checked again here: how the log compares is described by examples only.
        bool IsAsked(LoggedEvent entry) =>
            accountId is null || entry.Actor == accountId || entry.Targets.Any(target => Same(target.Id, accountId)) || JumpCloudEvents.IsBy(events, entry, accountId);

        string? Header(string header) => response.Headers!.TryGetValues(header, out var values) ? values.FirstOrDefault() : null;
    }

    private static Dictionary<string, IReadOnlyDictionary<string, string>> About(string accountId) => new()
    {
        ["or"] = new Dictionary<string, string>
        {
            ["resource.id"] = accountId,
            ["initiated_by.id"] = accountId,
            ["association.connection.from.object_id"] = accountId,
            ["association.connection.to.object_id"] = accountId,
        },
    };

    private static JsonArray Place(string? position)
    {
        try
        {
            return position is null ? throw JumpCloudErrors.BadCursor() : JsonSerializer.Deserialize(position, JumpCloudJson.Default.JsonArray) ?? throw JumpCloudErrors.BadCursor();
        }
        catch (JsonException)
        {
            throw JumpCloudErrors.BadCursor();
        }
    }
}
