using System.Globalization;

namespace Siit.Iam.Agent.Idps.Okta;

internal sealed partial class OktaConnection
{
    private static readonly OktaRequest ReadSystemLog = new("read the System Log", "okta.logs.read");

    /// <summary>How late an event may appear in the log.</summary>
    private static readonly TimeSpan LogDelay = TimeSpan.FromMinutes(10);

    /// <summary>
    /// In the order in which Okta wrote them, so that none is missed between two calls. Okta always names a next position; an empty
    /// page means caught up, and then <c>Next</c> is null: ask again later with the last cursor you have.
    /// </summary>
    public async Task<Page<LoggedEvent>> ListEventsAsync(
        string? accountId, DateTimeOffset since, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var filter = accountId is null ? null : About(Id(accountId, "an account"));
        var page = await CursorPageAsync(ReadSystemLog, "/api/v1/logs", filter ?? "", cursor,
            // "since" and "after" exclude each other.
            after => api.ReadLog(after is null ? Time(since) : null, filter, Limit(limit), after, cancellationToken),
            events => events.Select(ToEvent), cancellationToken);
        return page.Items.Count == 0 ? page with { Next = null } : page;
    }

    public async Task<bool?> WereSessionsClearedAsync(Account account, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        var filter = $"{OktaFilter.Equal("eventType", "user.session.clear")} and {OktaFilter.Equal("target.id", id)}";
        var (events, _) = await PageAsync(ReadSystemLog, "/api/v1/logs",
            () => api.ReadLog(Time(since), filter, options.PageSize, null, cancellationToken), cancellationToken);
        // Checked again here: this decides whether a change counts as done.
        var cleared = events.Any(entry => entry.EventType == "user.session.clear" && entry.Published >= since
            && entry.Outcome?.Result == "SUCCESS" && entry.Target?.Any(target => target.Id == id) == true);
        if (cleared) return true;
        return time.GetUtcNow() - since > LogDelay ? false : null;
    }

    private static string About(string accountId) => $"{OktaFilter.Equal("target.id", accountId)} or {OktaFilter.Equal("actor.id", accountId)}";

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static LoggedEvent ToEvent(OktaLogEvent entry) => new()
    {
        Id = entry.Uuid,
        Time = entry.Published,
        Type = entry.EventType,
        Actor = entry.Actor?.AlternateId ?? entry.Actor?.DisplayName ?? entry.Actor?.Id,
        Targets = [.. (entry.Target ?? []).Where(target => target.Id is not null)
            .Select(target => new EventTarget(target.Id!, target.Type ?? "", target.DisplayName ?? target.AlternateId))],
        Succeeded = entry.Outcome?.Result is null or "SUCCESS" or "ALLOW",
    };
}
