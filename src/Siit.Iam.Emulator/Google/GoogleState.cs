using System.Collections.Immutable;

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

    /// <summary>By id, address or alias, as everywhere at Google.</summary>
    public GoogleUser? FindUser(string key) =>
        Users.TryGetValue(key, out var user) && user.Deleted is null ? user : Users.Values.FirstOrDefault(u => u.Deleted is null && u.Has(key));

    public GoogleGroup? FindGroup(string key) =>
        Groups.GetValueOrDefault(key) ?? Groups.Values.FirstOrDefault(g => g.Email.Equals(key, StringComparison.OrdinalIgnoreCase));

    public bool IsTaken(string address, string? exceptUserId = null) =>
        FindGroup(address) is not null || Users.Values.Any(u => u.Deleted is null && u.Id != exceptUserId && u.Has(address));

    public GoogleState With(GoogleUser user) => this with { Users = Users.SetItem(user.Id, user) };

    public GoogleState With(GoogleGroup group) => this with { Groups = Groups.SetItem(group.Id, group) };

    public IEnumerable<GoogleMember> MembersOf(GoogleGroup group) => group.Department is null
        ? group.Members.Values
        : Users.Values.Where(u => u.Deleted is null && u.Department == group.Department).Select(u => new GoogleMember(u.Id, "USER", "MEMBER"));

    public IEnumerable<GoogleGroup> GroupsOf(string memberId) => Groups.Values.Where(g => MembersOf(g).Any(m => m.Id == memberId));

    /// <summary>Directly or through groups inside it.</summary>
    public bool IsInside(GoogleGroup group, string memberId, int depth = 0) => depth < 20 && MembersOf(group).Any(m =>
        m.Id == memberId || m.Type == "CUSTOMER" || (m.Type == "GROUP" && Groups.TryGetValue(m.Id, out var inner) && IsInside(inner, memberId, depth + 1)));

    /// <summary>Roles with the way they come: given to the user, or to a group that the user is in.</summary>
    public IEnumerable<GoogleRoleAssignment> AssignmentsOf(string id, bool indirect) => Assignments.Where(a => a.AssignedTo == id
        || (indirect && a.AssigneeType == "group" && Groups.TryGetValue(a.AssignedTo, out var group) && IsInside(group, id)));

    public GoogleRole Role(GoogleRoleAssignment assignment) => Roles.Single(r => r.Id == assignment.RoleId);

    public bool IsSuperAdmin(string userId) => Assignments.Any(a => a.AssignedTo == userId && Role(a).IsSuper);

    public bool IsDelegatedAdmin(string userId) => !IsSuperAdmin(userId) && AssignmentsOf(userId, indirect: true).Any();
}
