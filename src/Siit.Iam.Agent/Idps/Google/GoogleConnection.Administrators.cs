namespace Siit.Iam.Agent.Idps.Google;

/// <summary>Who may do what in the tenant. What cannot be read is said, never taken for "none".</summary>
internal sealed partial class GoogleConnection
{
    private const string RoleScope = "admin.directory.rolemanagement.readonly";

    /// <summary>Google gives the super administrator role to users only, never to a group, and marks them.</summary>
    public async Task<IReadOnlyCollection<string>> ListSuperAdministratorsAsync(CancellationToken cancellationToken)
    {
        var found = await AllAsync<GoogleUsers, GoogleUser>(new GoogleRequest("list the super administrators", UserScope),
            token => _directory.FindUsers(options.Customer, "isAdmin=true", options.PageSize, token, cancellationToken), cancellationToken);
        return [.. found.Where(user => user.IsAdmin == true && GoogleStatus.CanSignIn(user)).Select(user => Id(user.Id, "an account"))];
    }

    public async Task<IReadOnlyCollection<string>> GetOwnAccountIdsAsync(CancellationToken cancellationToken)
    {
        var subjects = new[] { options.Subject, options.Changes?.Subject }.OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase);
        return await Task.WhenAll(subjects.Select(async subject =>
            Id((await ReadAsync(ReadAccount, () => _directory.GetUser(subject, cancellationToken), cancellationToken)).Id, "an account")));
    }

    private async Task<IReadOnlyList<AdminRole>> RolesOfAsync(GoogleUser user, CancellationToken cancellationToken)
    {
        var assignments = await AssignmentsAsync(Id(user.Id, "an account"), indirect: true, cancellationToken);
        var roles = await NamedAsync(assignments, null, cancellationToken);
        // The flags on the account are older than the role API and the ones that Google itself goes by.
        if (user.IsAdmin == true && !roles.Any(role => role.Super)) return [.. roles, new AdminRole("Super Admin", Super: true)];
        if (user.IsDelegatedAdmin == true && roles.Count == 0) return [new AdminRole("Delegated administrator", Super: false)];
        return roles;
    }

    /// <summary>Of the group and of every group that it is in: their roles may reach its members.</summary>
    private async Task<IReadOnlyList<AdminRole>> RolesOfGroupAsync(string groupId, CancellationToken cancellationToken)
    {
        var roles = new List<AdminRole>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { groupId };
        var open = new Queue<string>(seen);
        while (open.TryDequeue(out var id))
        {
            roles.AddRange(await NamedAsync(await AssignmentsAsync(id, indirect: false, cancellationToken), id, cancellationToken));
            foreach (var parent in await GroupsOfAsync(id, cancellationToken))
                if (seen.Add(Id(parent.Id, "a group"))) open.Enqueue(parent.Id);
        }
        return roles;
    }

    private Task<IReadOnlyList<GoogleRoleAssignment>> AssignmentsAsync(string key, bool indirect, CancellationToken cancellationToken) =>
        AllAsync<GoogleRoleAssignments, GoogleRoleAssignment>(new GoogleRequest("read administrator roles", RoleScope),
            token => _directory.ListRoleAssignments(options.Customer, key, indirect ? "true" : null, options.PageSize, token, cancellationToken), cancellationToken);

    private async Task<IReadOnlyList<AdminRole>> NamedAsync(
        IReadOnlyList<GoogleRoleAssignment> assignments, string? viaGroup, CancellationToken cancellationToken)
    {
        if (assignments.Count == 0) return [];
        var roles = await AllAsync<GoogleRoles, GoogleRole>(new GoogleRequest("read the names of administrator roles", RoleScope),
            token => _directory.ListRoles(options.Customer, Math.Min(MostRoles, options.PageSize), token, cancellationToken), cancellationToken);
        return [.. assignments.Select(assignment =>
        {
            var role = roles.FirstOrDefault(role => role.RoleId == assignment.RoleId);
            return new AdminRole(
                role?.RoleName ?? assignment.RoleId, role?.IsSuperAdminRole == true,
                viaGroup ?? (Same(assignment.AssigneeType, "group") ? assignment.AssignedTo : null));
        })];
    }
}
