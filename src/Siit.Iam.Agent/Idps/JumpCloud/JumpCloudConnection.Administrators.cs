namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>
/// Administrators are objects of their own at JumpCloud, beside the users: an email, or a link on the user, says who is the same
/// person. What cannot be read is said, never taken for "none".
/// </summary>
internal sealed partial class JumpCloudConnection
{
    private static readonly JumpCloudRequest ReadAdministrators = new("list the administrators", "administrators.readonly");
    private static readonly JumpCloudRequest ReadRoles = new("read the administrator roles", "roles.readonly");

    /// <summary>The roles of JumpCloud's own that can do everything. A role that somebody made can carry the same name.</summary>
    private static readonly string[] FullAccess = ["Administrator", "Administrator With Billing"];

    /// <summary>
    /// An administrator without a user of the same email counts under his own id. One whose user cannot sign in does not count: whether
    /// he still could is not certain.
    /// </summary>
    public async Task<IReadOnlyCollection<string>> ListSuperAdministratorsAsync(CancellationToken cancellationToken)
    {
        var (administrators, full) = await AdministratorsAsync(cancellationToken);
        var able = administrators.Where(administrator => administrator.Suspended != true && RoleNames(administrator).Any(full.Contains));
        var ids = await Task.WhenAll(able.Select(async administrator =>
        {
            var users = await FindUsersAsync(administrator.Email, cancellationToken);
            var user = users.FirstOrDefault(user => Same(user.Email, administrator.Email));
            return user is null ? administrator.Id : JumpCloudStatus.Of(user) == AccountStatus.Active ? user.Id : null;
        }));
        return [.. ids.OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    public async Task<IReadOnlyCollection<string>> GetOwnAccountIdsAsync(CancellationToken cancellationToken)
    {
        var owners = new[] { options.ApiKeyOwner, options.Changes?.ApiKeyOwner }.OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (owners.Count == 0) return [];
        var administrators = await AllAdministratorsAsync(cancellationToken);
        if (owners.Any(owner => !administrators.Any(administrator => Same(administrator.Email, owner)))) throw JumpCloudErrors.NoOwner();
        var own = await Task.WhenAll(owners.Select(async owner =>
            (await FindUsersAsync(owner, cancellationToken)).FirstOrDefault(user => Same(user.Email, owner))?.Id));
        return [.. own.OfType<string>()];
    }

    private async Task<IReadOnlyList<AdminRole>> RolesOfAsync(Task<JumpCloudUser> reading, CancellationToken cancellationToken)
    {
        var all = AdministratorsAsync(cancellationToken);
        await AllInOrderAsync(reading, all);
        var (user, (administrators, full)) = (await reading, await all);

        var own = administrators.Where(administrator => administrator.Id == user.Admin?.Id || Same(user.Email, administrator.Email)).ToList();
        var roles = own.SelectMany(administrator => RoleNames(administrator)
            .Select(role => new AdminRole(role, full.Contains(role) && administrator.Suspended != true)));
        // An administrator of a provider (multi-tenant portal) is not in the organization's list; the link on the user still tells.
        var linked = user.Admin is null || own.Any(administrator => administrator.Id == user.Admin.Id)
            ? []
            : Names(user.Admin.RoleName, user.Admin.RoleNames).Select(role => new AdminRole(role, full.Contains(role)));
        return [.. roles.Concat(linked).GroupBy(role => role.Name, StringComparer.Ordinal).Select(same => same.MaxBy(role => role.Super)!)];
    }

    private async Task<(IReadOnlyList<JumpCloudAdministrator> Administrators, IReadOnlySet<string> FullAccess)> AdministratorsAsync(CancellationToken cancellationToken)
    {
        var administrators = AllAdministratorsAsync(cancellationToken);
        var roles = AllRolesAsync(cancellationToken);
        await AllInOrderAsync(administrators, roles);
        return (await administrators, (await roles).Where(IsFullAccess).Select(role => role.Name).ToHashSet(StringComparer.Ordinal));
    }

    private Task<IReadOnlyList<JumpCloudRole>> AllRolesAsync(CancellationToken cancellationToken) =>
        AllAsync(ReadRoles, skip => CountedPageAsync(ReadRoles, skip, () => v2.ListRoles(options.PageSize, skip, cancellationToken),
            (JumpCloudRoles list) => (list.TotalCount, list.Results), cancellationToken));

    private static bool IsFullAccess(JumpCloudRole role) => role.IsCustom != true && FullAccess.Contains(role.Name, StringComparer.Ordinal);

    private Task<IReadOnlyList<JumpCloudAdministrator>> AllAdministratorsAsync(CancellationToken cancellationToken) =>
        AllAsync(ReadAdministrators, skip => CountedPageAsync(ReadAdministrators, skip, () => v1.ListAdministrators(options.PageSize, skip, cancellationToken),
            (JumpCloudAdministrators list) => (list.TotalCount, list.Results), cancellationToken));

    private static IReadOnlyList<string> RoleNames(JumpCloudAdministrator administrator) => Names(administrator.RoleName, administrator.RoleNames);

    /// <summary>Never empty: who is an administrator has a role, even if JumpCloud does not name it.</summary>
    private static IReadOnlyList<string> Names(string? one, IReadOnlyList<string>? several) =>
        several is { Count: > 0 } ? several : [one is { Length: > 0 } ? one : "administrator"];
}
