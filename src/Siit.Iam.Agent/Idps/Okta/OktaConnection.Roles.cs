namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>
/// Who holds which administrator role, for the copy. Okta lists neither by role, so each of the two lists leads on to its holders:
/// only both together, to their ends, are complete.
/// </summary>
internal sealed partial class OktaConnection
{
    private const string RoleHolderList = "administrators";
    private const string RolesOfHolder = "roles-of-administrator";
    private const string RoleGroupList = "administrator-groups";
    private const string RolesOfRoleGroup = "roles-of-group";

    private static readonly DirectoryRead AllRoleHolders = new(DirectoryList.Roles, RoleHolderList);
    private static readonly DirectoryRead AllRoleGroups = new(DirectoryList.Roles, RoleGroupList);

    private async Task<DirectoryPage> RoleHolderPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var assignees = await ReadAsync(ReadAssignees, () => api.ListAssignees(options.PageSize, read.Cursor, cancellationToken), cancellationToken);
        var holders = (assignees.Value ?? []).Select(assignee => new DirectoryRead(DirectoryList.Roles, RolesOfHolder, assignee.Id));
        var after = assignees.Links?.Next?.Href is { } link ? After(ReadAssignees, link, "/api/v1/iam/assignees/users") : null;
        return new DirectoryPage
        {
            Next = after is null ? [.. holders] : [.. holders, read with { Cursor = after }],
            Covers = read.Cursor is null ? [new TieList(TieKind.RoleHolder, null)] : [],
        };
    }

    private async Task<DirectoryPage> RolesOfHolderAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var id = Id(read.Of, "an account");
        try
        {
            var roles = await RolesAsync(id, cancellationToken);
            // What comes from a group is found through the group.
            return Held(roles.Where(role => role.AssignmentType != "GROUP"), TieKind.RoleHolder, id);
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            // Erased since the list was made.
            return new DirectoryPage();
        }
    }

    private async Task<DirectoryPage> RoleGroupPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var (groups, next) = await ListAsync(ReadGroups, "/api/v1/groups", read,
            () => api.ListGroups(null, "stats", options.PageSize, read.Cursor, cancellationToken), cancellationToken);
        // Where Okta does not say whether a group carries a role, it is asked for.
        var holders = groups.Where(group => group.Embedded?.Stats?.CarriesRole ?? true)
            .Select(group => new DirectoryRead(DirectoryList.Roles, RolesOfRoleGroup, group.Id));
        return new DirectoryPage
        {
            Next = [.. holders, .. next],
            Covers = read.Cursor is null ? [new TieList(TieKind.RoleGroup, null)] : [],
        };
    }

    private async Task<DirectoryPage> RolesOfRoleGroupAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var id = Id(read.Of, "a group");
        try
        {
            return Held(await RolesOfGroupAsync(id, cancellationToken), TieKind.RoleGroup, id);
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            return new DirectoryPage();
        }
    }

    private static DirectoryPage Held(IEnumerable<OktaRole> assigned, TieKind kind, string holder)
    {
        var roles = assigned.Where(role => role.Status is null or "ACTIVE").Select(ToTenantRole).DistinctBy(role => role.Id).ToList();
        return new DirectoryPage { Roles = roles, Ties = [.. roles.Select(role => new Ties(kind, role.Id, [holder]))] };
    }

    /// <summary>A standard role is known by its type, a custom one by an id of its own.</summary>
    private static TenantRole ToTenantRole(OktaRole role)
    {
        var id = role.Type is null or "CUSTOM" ? role.Role ?? role.Label ?? role.Id ?? "CUSTOM" : role.Type;
        return new TenantRole(id, role.Label ?? id, role.Type == "SUPER_ADMIN");
    }
}
