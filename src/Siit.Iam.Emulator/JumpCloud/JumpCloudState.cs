using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>The whole organization at one moment. Dynamic membership and applications through groups are derived.</summary>
internal sealed record JumpCloudState
{
    private JumpCloudIndex? index;

    public ImmutableSortedDictionary<string, JumpCloudUser> Users
    {
        get;
        init
        {
            field = value;
            index = null;
        }
    } = ImmutableSortedDictionary.Create<string, JumpCloudUser>(StringComparer.Ordinal);

    [JsonIgnore]
    public JumpCloudIndex Index
    {
        get => index ??= JumpCloudIndex.Of(Users.Values);
        private init => index = value;
    }

    public ImmutableSortedDictionary<string, JumpCloudGroup> Groups { get; init; } = ImmutableSortedDictionary.Create<string, JumpCloudGroup>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, JumpCloudApp> Apps { get; init; } = ImmutableSortedDictionary.Create<string, JumpCloudApp>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, JumpCloudAdmin> Admins { get; init; } = ImmutableSortedDictionary.Create<string, JumpCloudAdmin>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, JumpCloudRole> Roles { get; init; } = ImmutableSortedDictionary.Create<string, JumpCloudRole>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, JumpCloudServiceAccount> ServiceAccounts { get; init; } =
        ImmutableSortedDictionary.Create<string, JumpCloudServiceAccount>(StringComparer.Ordinal);

    /// <summary>By time, as Directory Insights shows it.</summary>
    public ImmutableSortedSet<JumpCloudEvent> Log { get; init; } = [];

    /// <summary>Events that have happened and that the log does not show yet.</summary>
    public ImmutableList<JumpCloudEvent> Held { get; init; } = [];

    /// <summary>What happens now reaches the log late: when it is released.</summary>
    public bool HoldsEvents { get; init; }

    public required string OrganizationId { get; init; }

    /// <summary>The administrator whose API key is known.</summary>
    public required string ApiKeyOwnerId { get; init; }

    /// <summary>One reset takes push endpoints away, too.</summary>
    public bool UnifiedMfa { get; init; } = true;

    /// <summary>Directory Insights is booked.</summary>
    public bool HasInsights { get; init; } = true;

    /// <summary>The state of a user who is created without one.</summary>
    public string DefaultUserState { get; init; } = "STAGED";

    public JumpCloudUser? FindUser(string idOrLogin) =>
        Users.GetValueOrDefault(idOrLogin)
        ?? Index.Where("username", idOrLogin)!.Concat(Index.Where("email", idOrLogin)!).Select(id => Users[id]).FirstOrDefault();

    public JumpCloudState With(JumpCloudUser user) => this with
    {
        Users = Users.SetItem(user.Id, user),
        Index = Index.With(Users.GetValueOrDefault(user.Id), user),
    };

    public JumpCloudState With(JumpCloudGroup group) => this with { Groups = Groups.SetItem(group.Id, group) };

    public JumpCloudState With(JumpCloudApp app) => this with { Apps = Apps.SetItem(app.Id, app) };

    public JumpCloudState With(JumpCloudAdmin admin) => this with { Admins = Admins.SetItem(admin.Id, admin) };

    public JumpCloudState With(IEnumerable<JumpCloudEvent> events) => HoldsEvents ? this with { Held = Held.AddRange(events) } : this with { Log = Log.Union(events) };

    public JumpCloudState Released() => this with { Log = Log.Union(Held), Held = [] };

    public JumpCloudState Without(JumpCloudUser user) => ReportsOf(user).Aggregate(this, (state, report) => state.With(report with { Manager = null })).WithoutOnly(user);

    public IEnumerable<JumpCloudUser> ReportsOf(JumpCloudUser user) => Index.Where("manager", user.Id)!.Select(id => Users[id]);

    private JumpCloudState WithoutOnly(JumpCloudUser user) => this with
    {
        Users = Users.Remove(user.Id),
        Index = Index.With(user, null),
        Groups = Groups.SetItems(Groups.Values.Where(g => g.Members.Contains(user.Id)).Select(g => KeyValuePair.Create(g.Id, g with { Members = g.Members.Remove(user.Id) }))),
        Apps = Apps.SetItems(Apps.Values.Where(a => a.Users.Contains(user.Id)).Select(a => KeyValuePair.Create(a.Id, a with { Users = a.Users.Remove(user.Id) }))),
    };

    public static bool IsMember(JumpCloudGroup group, JumpCloudUser user) => group.Method == "DYNAMIC_AUTOMATED"
        ? user.Texts.GetValueOrDefault(group.QueryField!) == group.QueryValue
        : group.Members.Contains(user.Id);

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<string> MemberIds(JumpCloudGroup group) => group.Method != "DYNAMIC_AUTOMATED"
        ? group.Members
        : Index.Where(group.QueryField!, group.QueryValue!) ?? [.. Users.Values.Where(u => IsMember(group, u)).Select(u => u.Id)];

    public IEnumerable<JumpCloudUser> MembersOf(JumpCloudGroup group) => MemberIds(group).Select(id => Users[id]);

    public IEnumerable<JumpCloudGroup> GroupsOf(JumpCloudUser user) => Groups.Values.Where(g => IsMember(g, user));

    /// <summary>Everybody who has the application, directly or through a group.</summary>
    public IReadOnlyList<string> AssignedIds(JumpCloudApp app) =>
        [.. app.Groups.Select(id => Groups[id]).SelectMany(MemberIds).Concat(app.Users).Distinct().Order(StringComparer.Ordinal)];

    public bool IsAssigned(JumpCloudApp app, JumpCloudUser user) => app.Users.Contains(user.Id) || GroupsOf(user).Any(g => app.Groups.Contains(g.Id));

    public ImmutableArray<string> ScopesOf(IEnumerable<string> roles) =>
        [.. Roles.Values.Where(r => roles.Contains(r.Name)).SelectMany(r => r.Scopes).Distinct()];
}
