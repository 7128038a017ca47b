namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>
/// What changed, by the System Log. It is polled: ascending, without an end, in the order in which Okta stored the events, so that none
/// is missed that was published earlier but stored later. Okta always names a next position; an empty page means caught up.
/// </summary>
internal sealed partial class OktaConnection
{
    private const string LogPath = "/api/v1/logs";
    private const int EventsAtOnce = 1000;

    /// <summary>Beyond so many assignments of one application to be looked at, all of them are read at once.</summary>
    private const int AssignmentsOneByOne = 20;

    /// <summary>The group that Okta fills by itself, without a word in the log.</summary>
    private const string Everyone = "Everyone";

    /// <summary>How far this machine's clock may be ahead of Okta's.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The end of the log, by Okta's own cursor: what stands between our clock's doubt and there is passed over. In the middle of a burst
    /// it is as far as <see cref="OktaOptions.MaxPages"/> lead: the rest is told as changes, minutes old and each with its id.
    /// </summary>
    public async Task<string> GetPositionAsync(CancellationToken cancellationToken)
    {
        var since = Time(time.GetUtcNow() - ClockSkew);
        var (events, after) = await LogPageAsync(since, null, cancellationToken);
        for (var pages = 1; events.Count > 0 && pages < options.MaxPages; pages++)
            (events, after) = await LogPageAsync(null, after, cancellationToken);
        return after;
    }

    public async Task<ChangePage> ReadChangesAsync(string position, IKnownIds known, CancellationToken cancellationToken)
    {
        if (position.Length == 0) return await LostAsync(cancellationToken);
        IReadOnlyList<OktaLogEvent> events;
        string after;
        try
        {
            (events, after) = await LogPageAsync(null, position, cancellationToken);
        }
        catch (IdpException e) when (e is { Trouble: IdpTrouble.Rejected or IdpTrouble.NotFound, VendorCode: not null })
        {
            // The filter is ours and was taken before: what Okta refuses is the cursor. A filter that is wrong stops at this call.
            return await LostAsync(cancellationToken);
        }

        var told = events.Where(OktaFeed.Succeeded).DistinctBy(entry => entry.Uuid).ToList();
        var feed = new OktaFeed(options.Fields);
        var (assigned, reads) = await AssignmentsNowAsync(told, cancellationToken);
        return new ChangePage
        {
            Events = [.. told.Select(feed.ToEvent).OfType<FeedEvent>()],
            Accounts = Ids(told.Where(IsAboutAccount), "User"),
            Groups = Ids(told.Where(entry => Begins(entry, "group.lifecycle.") || Begins(entry, "group.profile.")), "UserGroup"),
            Ties = [.. told.Select(entry => TieOf(entry, known)).OfType<TieChange>(), .. assigned],
            Reads = [.. ListsToRead(told), .. reads],
            Position = after,
            More = events.Count > 0,
        };
    }

    private async Task<ChangePage> LostAsync(CancellationToken cancellationToken) => new() { Position = await GetPositionAsync(cancellationToken), Lost = true };

    /// <param name="since">Where to begin; excludes <paramref name="after"/>.</param>
    private async Task<(IReadOnlyList<OktaLogEvent> Events, string After)> LogPageAsync(string? since, string? after, CancellationToken cancellationToken)
    {
        var (events, next) = await PageAsync(ReadSystemLog, LogPath,
            () => api.ReadLog(since, OktaFeed.Filter, options.PageSizeOf(EventsAtOnce), after, cancellationToken), cancellationToken);
        return (events, next ?? throw OktaErrors.Unreadable(ReadSystemLog, null));
    }

    private static bool Begins(OktaLogEvent entry, string type) => entry.EventType.StartsWith(type, StringComparison.Ordinal);

    /// <summary>Whatever happens to an account there, known to us or not, its state is read again.</summary>
    private static bool IsAboutAccount(OktaLogEvent entry) =>
        Begins(entry, "user.lifecycle.") || (Begins(entry, "user.account.") && !Begins(entry, "user.account.privilege."));

    private static IReadOnlyList<string> Ids(IEnumerable<OktaLogEvent> events, string type) =>
        [.. events.Select(entry => OktaFeed.IdOf(entry, type)).OfType<string>().Distinct(StringComparer.Ordinal)];

    private static TieChange? TieOf(OktaLogEvent entry, IKnownIds known) => entry.EventType switch
    {
        "group.user_membership.add" => Tie(TieKind.Member, OktaFeed.IdOf(entry, "UserGroup"), OktaFeed.IdOf(entry, "User"), true),
        "group.user_membership.remove" => Tie(TieKind.Member, OktaFeed.IdOf(entry, "UserGroup"), OktaFeed.IdOf(entry, "User"), false),
        "group.application_assignment.add" => Tie(TieKind.GroupAssignment, OktaFeed.IdOf(entry, "AppInstance"), OktaFeed.IdOf(entry, "UserGroup"), true),
        "group.application_assignment.remove" => Tie(TieKind.GroupAssignment, OktaFeed.IdOf(entry, "AppInstance"), OktaFeed.IdOf(entry, "UserGroup"), false),
        "user.lifecycle.create" or "user.lifecycle.activate" => Tie(TieKind.Member, known.GroupOf(Everyone), OktaFeed.IdOf(entry, "User"), true),
        "user.lifecycle.deactivate" => Tie(TieKind.Member, known.GroupOf(Everyone), OktaFeed.IdOf(entry, "User"), false),
        _ => null,
    };

    private static TieChange? Tie(TieKind kind, string? parent, string? child, bool tied) =>
        parent is null || child is null ? null : new TieChange(kind, parent, child, tied);

    /// <summary>Lists of which the log says only that something in them changed.</summary>
    private static IEnumerable<DirectoryRead> ListsToRead(IReadOnlyList<OktaLogEvent> events)
    {
        foreach (var id in Ids(events.Where(entry => Begins(entry, "application.lifecycle.")), "AppInstance"))
            yield return new DirectoryRead(DirectoryList.Part, OneApplication, id);
        if (events.Any(entry => Begins(entry, "user.account.privilege."))) yield return AllRoleHolders;
        if (events.Any(entry => Begins(entry, "group.privilege."))) yield return AllRoleGroups;
    }

    /// <summary>
    /// The log tells that somebody got an application, not whether directly or through a group. So those are asked for: each, or the
    /// application's whole list when there are many. What one and the same request did by putting somebody into a group is known.
    /// </summary>
    private async Task<(IReadOnlyList<TieChange> Ties, IReadOnlyList<DirectoryRead> Reads)> AssignmentsNowAsync(
        IReadOnlyList<OktaLogEvent> events, CancellationToken cancellationToken)
    {
        var throughGroup = events.Where(entry => entry.EventType == "group.user_membership.add" && entry.Transaction is { Type: "WEB", Id: not null })
            .Select(entry => (entry.Transaction!.Id, User: OktaFeed.IdOf(entry, "User")))
            .ToHashSet();
        var last = new Dictionary<(string Application, string User), OktaLogEvent>();
        foreach (var entry in events.Where(entry => Begins(entry, "application.user_membership.")))
            if (OktaFeed.IdOf(entry, "AppInstance") is { } application && OktaFeed.IdOf(entry, "User") is { } user
                && !(entry.EventType == "application.user_membership.add" && throughGroup.Contains((entry.Transaction?.Id, user))))
                last[(application, user)] = entry;

        var gone = last.Where(pair => pair.Value.EventType == "application.user_membership.remove")
            .Select(pair => new TieChange(TieKind.Assignment, pair.Key.Application, pair.Key.User, Tied: false));
        var unclear = last.Where(pair => pair.Value.EventType != "application.user_membership.remove").GroupBy(pair => pair.Key.Application, pair => pair.Key.User).ToList();
        var asked = await Task.WhenAll(unclear.Where(application => application.Count() <= AssignmentsOneByOne)
            .SelectMany(application => application.Select(user => AssignmentNowAsync(application.Key, user, cancellationToken))));
        var lists = unclear.Where(application => application.Count() > AssignmentsOneByOne)
            .Select(application => new DirectoryRead(DirectoryList.Part, AssignmentList, application.Key));
        return ([.. gone, .. asked], [.. lists]);
    }

    private async Task<TieChange> AssignmentNowAsync(string application, string user, CancellationToken cancellationToken) =>
        new(TieKind.Assignment, application, user, Tied: await ScopeOfAsync(application, user, cancellationToken) == "USER");
}
