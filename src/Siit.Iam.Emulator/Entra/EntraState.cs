using System.Collections.Immutable;

namespace Siit.Iam.Emulator.Entra;

/// <summary>The whole tenant at one moment, with the record of changes that delta queries are answered from.</summary>
internal sealed record EntraState
{
    public required string TenantId { get; init; }

    /// <summary>Which history <see cref="Changes"/> is: the place in one means nothing in another.</summary>
    public long Generation { get; init; }

    public ImmutableSortedDictionary<string, EntraUser> Users { get; init; } = Empty<EntraUser>();

    /// <summary>Deleted users, restorable for 30 days.</summary>
    public ImmutableSortedDictionary<string, EntraUser> Deleted { get; init; } = Empty<EntraUser>();

    public ImmutableSortedDictionary<string, EntraGroup> Groups { get; init; } = Empty<EntraGroup>();

    public ImmutableSortedDictionary<string, EntraApp> Apps { get; init; } = Empty<EntraApp>();

    public ImmutableSortedDictionary<string, EntraAssignment> Assignments { get; init; } = Empty<EntraAssignment>();

    public ImmutableSortedDictionary<string, EntraRole> Roles { get; init; } = Empty<EntraRole>();

    public ImmutableSortedDictionary<string, EntraRoleAssignment> RoleAssignments { get; init; } = Empty<EntraRoleAssignment>();

    public ImmutableSortedDictionary<string, EntraGrant> Grants { get; init; } = Empty<EntraGrant>();

    public ImmutableSortedDictionary<string, EntraClient> Clients { get; init; } = Empty<EntraClient>();

    public ImmutableSortedDictionary<string, EntraSubscription> Subscriptions { get; init; } = Empty<EntraSubscription>();

    public ImmutableList<string> FederatedDomains { get; init; } = [];

    public ImmutableList<EntraAudit> Audits { get; init; } = [];

    public ImmutableList<EntraSignInEntry> SignIns { get; init; } = [];

    public ImmutableList<EntraChange> Changes { get; init; } = [];

    public EntraUser? FindUser(string idOrLogin) =>
        Users.GetValueOrDefault(idOrLogin.ToLowerInvariant())
        ?? (idOrLogin.Contains('@') ? Users.Values.FirstOrDefault(user => user.Login.Equals(idOrLogin, StringComparison.OrdinalIgnoreCase)) : null);

    public EntraState With(EntraUser user) => Changed("users", user.Id) with { Users = Users.SetItem(user.Id, user) };

    public EntraState With(EntraGroup group)
    {
        var before = Groups.GetValueOrDefault(group.Id);
        var state = before is null || !ReferenceEquals(before.Properties, group.Properties) ? Changed("groups", group.Id) : this;
        if (!ReferenceEquals(before?.Members, group.Members))
            foreach (var member in group.Members.SymmetricExcept(before?.Members ?? [])) state = state.Changed("groups", group.Id, member);
        return state with { Groups = Groups.SetItem(group.Id, group) };
    }

    /// <summary>For ever, as a security group is.</summary>
    public EntraState Delete(EntraGroup group)
    {
        var state = Changed("groups", group.Id) with
        {
            Groups = Groups.Remove(group.Id),
            Assignments = Assignments.RemoveRange(Assignments.Values.Where(a => a.PrincipalId == group.Id).Select(a => a.Id)),
            RoleAssignments = RoleAssignments.RemoveRange(RoleAssignments.Values.Where(a => a.PrincipalId == group.Id).Select(a => a.Id)),
        };
        return GroupsOf(group.Id).Aggregate(state, (s, parent) => s.With(parent with { Members = parent.Members.Remove(group.Id) }));
    }

    public EntraState With(EntraApp app) => Changed("servicePrincipals", app.Id) with { Apps = Apps.SetItem(app.Id, app) };

    public EntraState With(EntraAssignment assignment) => this with { Assignments = Assignments.SetItem(assignment.Id, assignment) };

    /// <summary>To the deleted items. Memberships and assignments come back with a restoration, so they are only hidden.</summary>
    public EntraState Delete(EntraUser user, DateTimeOffset now) => ChangedWithTies(user) with
    {
        Users = Users.Remove(user.Id),
        // Graph puts the id before the login, so that the login is free again.
        Deleted = Deleted.SetItem(user.Id, user with { Deleted = now, Properties = user.Properties.With("userPrincipalName", user.Id.Replace("-", "", StringComparison.Ordinal) + user.Login) }),
    };

    public EntraState Restore(EntraUser user) => ChangedWithTies(user) with
    {
        Deleted = Deleted.Remove(user.Id),
        Users = Users.SetItem(user.Id, user with { Deleted = null, Properties = user.Properties.With("userPrincipalName", user.Login[32..]) }),
    };

    public EntraState Erase(EntraUser user)
    {
        var state = Changed("users", user.Id) with
        {
            Deleted = Deleted.Remove(user.Id),
            Assignments = Assignments.RemoveRange(Assignments.Values.Where(a => a.PrincipalId == user.Id).Select(a => a.Id)),
            RoleAssignments = RoleAssignments.RemoveRange(RoleAssignments.Values.Where(a => a.PrincipalId == user.Id).Select(a => a.Id)),
        };
        return state.Groups.Values.Where(g => g.Members.Contains(user.Id)).Aggregate(state, (s, g) => s.With(g with { Members = g.Members.Remove(user.Id) }));
    }

    public IEnumerable<EntraUser> MembersOf(EntraGroup group) => group.Members.Select(id => Users.GetValueOrDefault(id)).OfType<EntraUser>();

    public IEnumerable<EntraGroup> NestedIn(EntraGroup group) => group.Members.Select(id => Groups.GetValueOrDefault(id)).OfType<EntraGroup>();

    public IEnumerable<EntraGroup> GroupsOf(string memberId) => Groups.Values.Where(group => group.Members.Contains(memberId));

    public IEnumerable<EntraGroup> AllGroupsOf(string memberId)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>([memberId]);
        while (open.TryDequeue(out var id))
        {
            foreach (var group in GroupsOf(id).Where(group => seen.Add(group.Id)))
            {
                open.Enqueue(group.Id);
                yield return group;
            }
        }
    }

    public IEnumerable<EntraUser> AllMembersOf(EntraGroup group)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { group.Id };
        var open = new Queue<EntraGroup>([group]);
        var users = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryDequeue(out var one))
        {
            foreach (var user in MembersOf(one).Where(user => users.Add(user.Id))) yield return user;
            foreach (var nested in NestedIn(one).Where(nested => seen.Add(nested.Id))) open.Enqueue(nested);
        }
    }

    /// <summary>Roles held now, directly and through groups.</summary>
    public IEnumerable<EntraRole> ActiveRolesOf(string userId)
    {
        var principals = AllGroupsOf(userId).Select(group => group.Id).Append(userId).ToHashSet(StringComparer.Ordinal);
        return RoleAssignments.Values.Where(a => !a.Eligible && principals.Contains(a.PrincipalId)).Select(a => Roles[a.RoleId]).DistinctBy(role => role.Id);
    }

    /// <summary>Whom an application may not change by its permissions alone.</summary>
    public bool IsPrivileged(EntraUser user) =>
        ActiveRolesOf(user.Id).Any() || RoleAssignments.Values.Any(a => a.PrincipalId == user.Id) || GroupsOf(user.Id).Any(group => group.Flag("isAssignableToRole"));

    /// <summary>With a user, the memberships go and come, and those who report lose and regain their manager.</summary>
    private EntraState ChangedWithTies(EntraUser user)
    {
        var state = Users.Values.Where(report => report.ManagerId == user.Id).Aggregate(Changed("users", user.Id), (s, report) => s.Changed("users", report.Id));
        return GroupsOf(user.Id).Aggregate(state, (s, group) => s.Changed("groups", group.Id, user.Id));
    }

    private EntraState Changed(string kind, string id, string? member = null) =>
        this with { Changes = Changes.Add(new(Changes.Count + 1, kind, id, member)) };

    /// <summary>As it was written: a file does not say in which order things are sorted.</summary>
    public EntraState Sorted() => this with
    {
        Users = Users.WithComparers(StringComparer.Ordinal),
        Deleted = Deleted.WithComparers(StringComparer.Ordinal),
        Groups = Groups.WithComparers(StringComparer.Ordinal),
        Apps = Apps.WithComparers(StringComparer.Ordinal),
        Assignments = Assignments.WithComparers(StringComparer.Ordinal),
        RoleAssignments = RoleAssignments.WithComparers(StringComparer.Ordinal),
    };

    private static ImmutableSortedDictionary<string, T> Empty<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}
