using System.Collections.Immutable;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>The whole organization at one moment. Dynamic membership and applications through groups are derived.</summary>
internal sealed record JumpCloudState
{
    public ImmutableSortedDictionary<string, JumpCloudUser> Users { get; init; } = ImmutableSortedDictionary.Create<string, JumpCloudUser>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, JumpCloudGroup> Groups { get; init; } = ImmutableSortedDictionary.Create<string, JumpCloudGroup>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, JumpCloudApp> Apps { get; init; } = ImmutableSortedDictionary.Create<string, JumpCloudApp>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, JumpCloudAdmin> Admins { get; init; } = ImmutableSortedDictionary.Create<string, JumpCloudAdmin>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, JumpCloudRole> Roles { get; init; } = ImmutableSortedDictionary.Create<string, JumpCloudRole>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, JumpCloudServiceAccount> ServiceAccounts { get; init; } =
        ImmutableSortedDictionary.Create<string, JumpCloudServiceAccount>(StringComparer.Ordinal);

    /// <summary>In the order in which they were stored.</summary>
    public ImmutableList<JumpCloudEvent> Log { get; init; } = [];

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
        ?? Users.Values.FirstOrDefault(u => u.Username.Equals(idOrLogin, StringComparison.OrdinalIgnoreCase) || u.Email.Equals(idOrLogin, StringComparison.OrdinalIgnoreCase));

    public JumpCloudState With(JumpCloudUser user) => this with { Users = Users.SetItem(user.Id, user) };

    public JumpCloudState With(JumpCloudGroup group) => this with { Groups = Groups.SetItem(group.Id, group) };

    public JumpCloudState With(JumpCloudApp app) => this with { Apps = Apps.SetItem(app.Id, app) };

    public JumpCloudState With(JumpCloudAdmin admin) => this with { Admins = Admins.SetItem(admin.Id, admin) };

    public JumpCloudState Without(JumpCloudUser user) => this with
    {
        Users = Users.Remove(user.Id).SetItems(Users.Values.Where(u => u.Manager == user.Id).Select(u => KeyValuePair.Create(u.Id, u with { Manager = null }))),
        Groups = Groups.SetItems(Groups.Values.Where(g => g.Members.Contains(user.Id)).Select(g => KeyValuePair.Create(g.Id, g with { Members = g.Members.Remove(user.Id) }))),
        Apps = Apps.SetItems(Apps.Values.Where(a => a.Users.Contains(user.Id)).Select(a => KeyValuePair.Create(a.Id, a with { Users = a.Users.Remove(user.Id) }))),
    };

    public static bool IsMember(JumpCloudGroup group, JumpCloudUser user) => group.Method == "DYNAMIC_AUTOMATED"
        ? user.Texts.GetValueOrDefault(group.QueryField!) == group.QueryValue
        : group.Members.Contains(user.Id);

    public IEnumerable<JumpCloudUser> MembersOf(JumpCloudGroup group) => Users.Values.Where(u => IsMember(group, u));

    public IEnumerable<JumpCloudGroup> GroupsOf(JumpCloudUser user) => Groups.Values.Where(g => IsMember(g, user));

    public bool IsAssigned(JumpCloudApp app, JumpCloudUser user) => app.Users.Contains(user.Id) || GroupsOf(user).Any(g => app.Groups.Contains(g.Id));

    public ImmutableArray<string> ScopesOf(IEnumerable<string> roles) =>
        [.. Roles.Values.Where(r => roles.Contains(r.Name)).SelectMany(r => r.Scopes).Distinct()];
}
