using System.Globalization;

namespace Siit.Iam.Agent.Idps.Google;

internal sealed partial class GoogleConnection
{
    private static readonly GoogleRequest ReadLog = new("read the audit log", "admin.reports.audit.readonly");

    /// <summary>The logs that tell what became of accounts, groups and grants. Sign-ins are not among them: they would bury the rest.</summary>
    private static readonly string[] Logs = ["admin", "token", "user_accounts"];

    /// <summary>How late an event may appear in the log.</summary>
    private static readonly TimeSpan LogDelay = TimeSpan.FromDays(3);

    /// <summary>Google keeps 180 days and refuses to be asked for more.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(179);

    private const string SessionsCleared = "RESET_SIGNIN_COOKIES";

    /// <summary>
    /// Google answers newest first and has no durable position, so time is cut into windows, each read as a whole and turned round.
    /// An event that appears late, behind a position already passed, is not shown again: who must miss none asks anew with an
    /// earlier <paramref name="since"/> and drops the ids it knows.
    /// </summary>
    public async Task<Page<LoggedEvent>> ListEventsAsync(
        string? accountId, DateTimeOffset since, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var about = accountId is null ? null : await UserAsync(Id(accountId, "an account"), cancellationToken);
        var list = $"{name}\nevents\n{accountId}";
        var (from, after) = Place(Position(list, cursor), since);
        var now = time.GetUtcNow();
        if (from < now - Kept) from = now - Kept;
        var width = TimeSpan.FromHours(1);
        while (from <= now)
        {
            var until = from + width < now ? from + width : now;
            var events = (await WindowAsync(about, from, until, cancellationToken))
                .Where(entry => after is null || Compare(entry, from, after) > 0)
                .OrderBy(entry => entry.Time).ThenBy(entry => entry.Id, StringComparer.Ordinal)
                .ToList();
            if (events.Count > 0)
            {
                var page = events.Take(Limit(limit)).ToList();
                return new Page<LoggedEvent>(page, PageCursor.Encode(list, $"{Time(page[^1].Time)} {page[^1].Id}"));
            }
            if (until == now) break;
            // Quiet times are crossed in ever longer steps.
            (from, after, width) = (until, null, width * 2);
        }
        return new Page<LoggedEvent>([], null);
    }

    public async Task<bool?> WereSessionsClearedAsync(Account account, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var user = await UserAsync(Id(account.Id, "an account"), cancellationToken);
        var entries = await AllAsync<GoogleActivities, GoogleActivity>(ReadLog,
            token => apis.Reports.ListActivities("all", "admin", SessionsCleared, Time(since), null, Math.Min(MostActivities, options.PageSize), token, cancellationToken),
            cancellationToken);
        // Checked again here: this decides whether a change counts as done.
        var cleared = entries.Any(entry => entry.Id.Time >= since
            && entry.Events?.Any(one => one.Name == SessionsCleared && IsAddressOf(user, one.Text("USER_EMAIL"))) == true);
        if (cleared) return true;
        return time.GetUtcNow() - since > LogDelay ? false : null;
    }

    private async Task<IReadOnlyList<LoggedEvent>> WindowAsync(GoogleUser? about, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var logs = await Task.WhenAll(Logs.Select(log => AllAsync<GoogleActivities, GoogleActivity>(ReadLog,
            token => apis.Reports.ListActivities("all", log, null, Time(from), Time(until), Math.Min(MostActivities, options.PageSize), token, cancellationToken),
            cancellationToken)));
        return [.. logs.SelectMany(log => log)
            .SelectMany(entry => (entry.Events ?? []).Select((one, index) => ToEvent(entry, one, index, about)))
            .Where(one => about is null || one.Actor == about.PrimaryEmail || one.Targets.Any(target => target.Id == about.Id))];
    }

    private static LoggedEvent ToEvent(GoogleActivity entry, GoogleEvent one, int index, GoogleUser? about)
    {
        var targets = new List<EventTarget>();
        // Google's log knows people and groups by address.
        if (one.Text("USER_EMAIL") is { } user)
            targets.Add(new EventTarget(about is not null && IsAddressOf(about, user) ? about.Id : user, "USER", user));
        if (one.Text("GROUP_EMAIL") is { } group) targets.Add(new EventTarget(group, "GROUP", group));
        if ((one.Text("client_id") ?? one.Text("APP_ID")) is { } client) targets.Add(new EventTarget(client, "CLIENT", one.Text("app_name") ?? client));
        return new LoggedEvent
        {
            Id = EventId(entry, index),
            Time = entry.Id.Time,
            Type = one.Name,
            Actor = ActorOf(entry),
            Targets = targets,
        };
    }

    private static string? ActorOf(GoogleActivity entry) => entry.Actor?.Email ?? entry.Actor?.ProfileId ?? entry.Actor?.Key;

    /// <summary>Google numbers entries, not the events in them.</summary>
    private static string EventId(GoogleActivity entry, int index) =>
        $"{entry.Id.ApplicationName}/{Time(entry.Id.Time)}/{entry.Id.UniqueQualifier}/{index}";

    private static bool IsAddressOf(GoogleUser user, string? address) =>
        address is not null && (Same(user.PrimaryEmail, address) || user.Aliases?.Any(alias => Same(alias, address)) == true);

    /// <summary>Where to go on: the time of the last event and its id, which several events of one moment tell apart.</summary>
    private static (DateTimeOffset From, string? After) Place(string? position, DateTimeOffset since)
    {
        if (position is null) return (since, null);
        var parts = position.Split(' ', 2);
        return parts.Length == 2 && DateTimeOffset.TryParse(parts[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var from)
            ? (from, parts[1])
            : throw GoogleErrors.BadCursor();
    }

    private static int Compare(LoggedEvent entry, DateTimeOffset from, string after) =>
        entry.Time.CompareTo(from) is var order and not 0 ? order : string.CompareOrdinal(entry.Id, after);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
