using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Siit.Iam.Emulator.Google;

/// <summary>The whole tenant at one moment. What can be derived (who is an administrator, who is in a group through another) is derived.</summary>
internal sealed record GoogleState
{
    public ImmutableSortedDictionary<string, GoogleUser> Users { get; init; } = ImmutableSortedDictionary.Create<string, GoogleUser>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, GoogleGroup> Groups { get; init; } = ImmutableSortedDictionary.Create<string, GoogleGroup>(StringComparer.Ordinal);

    public ImmutableList<GoogleRole> Roles { get; init; } = [];

    public ImmutableList<GoogleRoleAssignment> Assignments { get; init; } = [];

    public ImmutableList<GoogleOrgUnit> OrgUnits { get; init; } = [];

    public ImmutableList<GoogleActivity> Log { get; init; } = [];

    public ImmutableSortedDictionary<string, GoogleServiceAccount> ServiceAccounts { get; init; } =
        ImmutableSortedDictionary.Create<string, GoogleServiceAccount>(StringComparer.Ordinal);

    public required string CustomerId { get; init; }

    /// <summary>Archived User licences that are left.</summary>
    public int ArchiveLicences { get; init; } = 5;

    /// <summary>How late, at most, an entry appears in the log. Each takes its own share of it, so they appear out of order.</summary>
    public TimeSpan LogDelay { get; init; }

    [JsonIgnore]
    public GoogleIndex Index { get; init; } = new();

    /// <summary>By id, address or alias, as everywhere at Google.</summary>
    public GoogleUser? FindUser(string key) =>
        Users.TryGetValue(key, out var user) && user.Deleted is null ? user : Index.Of(Users).ByAddress.GetValueOrDefault(key);

    public GoogleGroup? FindGroup(string key) => Groups.GetValueOrDefault(key) ?? Index.Of(Groups).ByAddress.GetValueOrDefault(key);

    public bool IsTaken(string address, string? exceptUserId = null) =>
        Index.Of(Groups).ByAddress.ContainsKey(address) || (Index.Of(Users).ByAddress.TryGetValue(address, out var user) && user.Id != exceptUserId);

    public GoogleState With(GoogleUser user) => this with { Users = Users.SetItem(user.Id, user) };

    public GoogleState With(GoogleGroup group) => this with { Groups = Groups.SetItem(group.Id, group) };

    public IEnumerable<GoogleMember> MembersOf(GoogleGroup group) => group.Department is null
        ? group.Members.Values
        : Users.Values.Where(u => u.Deleted is null && u.Department == group.Department).Select(u => new GoogleMember(u.Id, "USER", "MEMBER"));

    public IEnumerable<GoogleGroup> GroupsOf(string memberId) => Groups.Values.Where(g => MemberOf(g, memberId) is not null);

    public GoogleMember? MemberOf(GoogleGroup group, string id) => group.Department is null
        ? group.Members.GetValueOrDefault(id)
        : Users.TryGetValue(id, out var user) && user.Deleted is null && user.Department == group.Department ? new GoogleMember(id, "USER", "MEMBER") : null;

    /// <summary>Directly or through groups inside it.</summary>
    public bool IsInside(GoogleGroup group, string memberId, int depth = 0) => depth < 20
        && (MemberOf(group, memberId) is not null || Index.Of(group).NotPeople.Any(m =>
            m.Type == "CUSTOMER" || (Groups.TryGetValue(m.Id, out var inner) && IsInside(inner, memberId, depth + 1))));

    /// <summary>Roles with the way they come: given to the user, or to a group that the user is in.</summary>
    public IEnumerable<GoogleRoleAssignment> AssignmentsOf(string id, bool indirect) => Assignments.Where(a => a.AssignedTo == id
        || (indirect && a.AssigneeType == "group" && Groups.TryGetValue(a.AssignedTo, out var group) && IsInside(group, id)));

    public GoogleRole Role(GoogleRoleAssignment assignment) => Roles.Single(r => r.Id == assignment.RoleId);

    public bool IsSuperAdmin(string userId) => Assignments.Any(a => a.AssignedTo == userId && Role(a).IsSuper);

    public bool IsDelegatedAdmin(string userId) => !IsSuperAdmin(userId) && AssignmentsOf(userId, indirect: true).Any();
}
