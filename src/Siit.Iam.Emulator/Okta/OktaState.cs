using System.Collections.Immutable;

namespace Siit.Iam.Emulator.Okta;

/// <summary>The whole org at one moment. What can be derived (Everyone, assignments through groups, who is an administrator) is derived.</summary>
internal sealed record OktaState
{
    public ImmutableSortedDictionary<string, OktaUser> Users { get; init; } = ImmutableSortedDictionary.Create<string, OktaUser>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, OktaGroup> Groups { get; init; } = ImmutableSortedDictionary.Create<string, OktaGroup>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, OktaApp> Apps { get; init; } = ImmutableSortedDictionary.Create<string, OktaApp>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, OktaRule> Rules { get; init; } = ImmutableSortedDictionary.Create<string, OktaRule>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, OktaHook> Hooks { get; init; } = ImmutableSortedDictionary.Create<string, OktaHook>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, OktaServiceApp> ServiceApps { get; init; } =
        ImmutableSortedDictionary.Create<string, OktaServiceApp>(StringComparer.Ordinal);

    /// <summary>In the order in which they were stored.</summary>
    /// <summary>By id.</summary>
    public ImmutableDictionary<string, OktaPush> Pushes { get; init; } = ImmutableDictionary<string, OktaPush>.Empty;

    public ImmutableList<OktaEvent> Log { get; init; } = [];

    /// <summary>Logins in small letters, to ids.</summary>
    public ImmutableDictionary<string, string> Logins { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Users on the way to another status.</summary>
    public ImmutableSortedSet<string> Transitioning { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public required string OrgId { get; init; }

    public required string SswsOwnerId { get; init; }

    public required DateTimeOffset Founded { get; init; }

    public OktaUser? FindUser(string idOrLogin) =>
        Users.GetValueOrDefault(idOrLogin)
        ?? (Logins.TryGetValue(idOrLogin.ToLowerInvariant(), out var id) ? Users.GetValueOrDefault(id) : null);

    public OktaState With(OktaUser user)
    {
        var logins = Logins;
        if (Users.TryGetValue(user.Id, out var before) && before.Login != user.Login) logins = logins.Remove(before.Login.ToLowerInvariant());
        return this with
        {
            Users = Users.SetItem(user.Id, user),
            Logins = logins.SetItem(user.Login.ToLowerInvariant(), user.Id),
            Transitioning = user.TransitioningTo is null ? Transitioning.Remove(user.Id) : Transitioning.Add(user.Id),
            Groups = IsEverybody(before) == IsEverybody(user) ? Groups : Stamped(Groups.Values.Where(g => g.Type == "BUILT_IN"), g => g, user.LastUpdated),
        };
    }

    public OktaState Without(OktaUser user, DateTimeOffset now) => this with
    {
        Users = Users.Remove(user.Id),
        Logins = Logins.Remove(user.Login.ToLowerInvariant()),
        Transitioning = Transitioning.Remove(user.Id),
        Groups = Stamped(Groups.Values.Where(g => g.Members.ContainsKey(user.Id)), g => g with { Members = g.Members.Remove(user.Id) }, now),
    };

    public OktaState With(OktaGroup group) => this with { Groups = Groups.SetItem(group.Id, group) };

    public OktaState With(OktaApp app) => this with { Apps = Apps.SetItem(app.Id, app) };

    /// <summary>Is in the groups that the org fills by itself.</summary>
    public static bool IsEverybody(OktaUser? user) => user is { Status: not "DEPROVISIONED" };

    public static bool IsMember(OktaGroup group, OktaUser user) => group.Type == "BUILT_IN" ? IsEverybody(user) : group.Members.ContainsKey(user.Id);

    public IEnumerable<OktaUser> MembersOf(OktaGroup group) => group.Type == "BUILT_IN"
        ? Users.Values.Where(IsEverybody)
        : group.Members.Keys.Select(Users.GetValueOrDefault).OfType<OktaUser>();

    public IEnumerable<OktaGroup> GroupsOf(OktaUser user) => Groups.Values.Where(g => IsMember(g, user));

    /// <summary>Roles of a user with the way they come: held directly, or through a group.</summary>
    public IEnumerable<(OktaRole Role, bool ThroughGroup)> RolesOf(OktaUser user) =>
        [.. user.Roles.Select(r => (r, false)), .. Groups.Values.Where(g => g.Roles.Count > 0 && IsMember(g, user)).SelectMany(g => g.Roles).Select(r => (r, true))];

    public IEnumerable<OktaUser> Administrators()
    {
        var groups = Groups.Values.Where(g => g.Roles.Count > 0).ToList();
        return Users.Values.Where(u => u.Roles.Count > 0 || groups.Exists(g => IsMember(g, u)));
    }

    public bool IsAdmin(OktaUser user) => user.Roles.Count > 0 || Groups.Values.Any(g => g.Roles.Count > 0 && IsMember(g, user));

    /// <summary>The group that gives a user this application, the one of highest priority.</summary>
    public OktaGroupAssignment? ThroughGroup(OktaApp app, OktaUser user) => user.Status == "DEPROVISIONED"
        ? null
        : app.Groups.Values.Where(a => Groups.TryGetValue(a.GroupId, out var group) && IsMember(group, user)).MinBy(a => a.Priority);

    /// <summary>The applications a user has, directly or through a group.</summary>
    public IReadOnlyList<OktaApp> AppsOf(OktaUser user) => [.. Apps.Values.Where(a => IsAssigned(a, user))];

    public bool IsAssigned(OktaApp app, OktaUser user) => app.Users.ContainsKey(user.Id) || ThroughGroup(app, user) is not null;

    private ImmutableSortedDictionary<string, OktaGroup> Stamped(IEnumerable<OktaGroup> groups, Func<OktaGroup, OktaGroup> changed, DateTimeOffset now) =>
        Groups.SetItems([.. groups.Select(g => KeyValuePair.Create(g.Id, changed(g) with { LastMembershipUpdated = now }))]);
}
