using Microsoft.Graph.Models;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Who may do what in the tenant. What cannot be read is said, never taken for "none".</summary>
internal sealed partial class EntraConnection
{
    private static readonly EntraRequest ReadRoles = new("read administrator roles", "RoleManagement.Read.Directory");

    private static readonly EntraRequest ReadEligible = new("read the administrator roles that can be activated", "RoleEligibilitySchedule.Read.Directory");

    /// <summary>Those who are one now; who could only activate the role does not keep the tenant from being locked.</summary>
    public async Task<IReadOnlyCollection<string>> ListSuperAdministratorsAsync(CancellationToken cancellationToken)
    {
        var holders = await AllAsync(ReadRoles,
            (api, token) => api.ListHoldersAsync(EntraIds.GlobalAdministrator, options.PageSize, token, cancellationToken), cancellationToken);
        var ids = await Task.WhenAll(holders.Where(holder => holder.DirectoryScopeId == "/").Select(async holder => holder.Principal switch
        {
            ServicePrincipal => [],
            Group group => await MemberIdsAsync(Id(group.Id, "a group"), cancellationToken),
            _ => [Id(holder.PrincipalId, "an account")],
        }));
        var able = await Task.WhenAll(ids.SelectMany(found => found).Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(async id => await CanSignInAsync(id, cancellationToken) ? id : null));
        return [.. able.OfType<string>()];
    }

    /// <summary>The credentials belong to applications.</summary>
    public Task<IReadOnlyCollection<string>> GetOwnAccountIdsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyCollection<string>>([]);

    private async Task<IReadOnlyList<string>> MemberIdsAsync(string groupId, CancellationToken cancellationToken)
    {
        var members = await AllAsync(ReadMembers, (api, token) => api.ListMembersAsync(groupId, options.PageSize, token, cancellationToken), cancellationToken);
        return [.. members.Select(member => Id(member.Id, "an account"))];
    }

    private async Task<bool> CanSignInAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return (await GetAccountAsync(id, cancellationToken)).VendorStatus == EntraStatus.Enabled;
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            return false;
        }
    }

    /// <summary>Direct ones, those of role-assignable groups, and those that can be activated (PIM) of either.</summary>
    private async Task<IReadOnlyList<AdminRole>> RolesOfAsync(string accountId, IReadOnlyList<DirectoryObject> memberships, CancellationToken cancellationToken)
    {
        var carriers = memberships.OfType<Group>().Where(group => group.IsAssignableToRole != false).Select(group => Id(group.Id, "a group"));
        var found = await Task.WhenAll(
            [RolesOfPrincipalAsync(accountId, null, cancellationToken), .. carriers.Select(group => RolesOfPrincipalAsync(group, group, cancellationToken))]);
        var roles = found.SelectMany(some => some).ToList();
        // A role that shows up among the memberships only (an assignment that is newer than the list of assignments) counts as well.
        var unexplained = memberships.OfType<DirectoryRole>().Where(role => roles.All(known => known.Name != role.DisplayName))
            .Select(role => new AdminRole(role.DisplayName ?? role.Id!, role.RoleTemplateId == EntraIds.GlobalAdministrator));
        return [.. roles, .. unexplained];
    }

    private async Task<IReadOnlyList<AdminRole>> RolesOfPrincipalAsync(string principalId, string? viaGroup, CancellationToken cancellationToken)
    {
        var active = AllAsync(ReadRoles, (api, token) => api.ListRolesAsync(principalId, options.PageSize, token, cancellationToken), cancellationToken);
        var eligible = AllAsync(ReadEligible, (api, token) => api.ListEligibleRolesAsync(principalId, options.PageSize, token, cancellationToken), cancellationToken);
        await AllInOrderAsync(active, eligible);
        return
        [
            .. (await active).Select(role => new AdminRole(NameOf(role.RoleDefinition, role.RoleDefinitionId), IsSuper(role.RoleDefinitionId, role.DirectoryScopeId), viaGroup)),
            .. (await eligible).Select(role => new AdminRole(
                $"{NameOf(role.RoleDefinition, role.RoleDefinitionId)} (can be activated)", IsSuper(role.RoleDefinitionId, role.DirectoryScopeId), viaGroup)),
        ];
    }

    private static bool IsSuper(string? roleDefinitionId, string? scope) => roleDefinitionId == EntraIds.GlobalAdministrator && scope is (null or "/");

    private static string NameOf(UnifiedRoleDefinition? role, string? id) => role?.DisplayName ?? id ?? "";
}
