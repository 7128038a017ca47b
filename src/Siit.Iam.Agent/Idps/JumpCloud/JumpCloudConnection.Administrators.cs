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

    /// <summary>A page of the copy: the roles, and the accounts that hold them.</summary>
    private async Task<DirectoryPage> RoleHoldersAsync(DirectoryRead read, JumpCloudSpan span, CancellationToken cancellationToken)
    {
        var reading = AllRolesAsync(cancellationToken);
        var listing = ReadAsync(ReadAdministrators, () => v1.ListAdministrators(span.Limit(options.PageSize), span.Start, cancellationToken), cancellationToken);
        await AllInOrderAsync(listing, reading);
        var (roles, list) = (await reading, await listing);
        var (administrators, total) = Counted(ReadAdministrators, span, list.Results, list.TotalCount);

        var held = await Task.WhenAll(administrators.Select(async administrator =>
        {
            var users = await FindUsersAsync(administrator.Email, cancellationToken);
            return (Roles: RolesOf(administrator, roles).ToList(), Account: users.FirstOrDefault(user => Same(user.Email, administrator.Email))?.Id);
        }));
        return new DirectoryPage
        {
            Roles = [.. roles.Select(ToDirectory).Concat(held.SelectMany(each => each.Roles)).DistinctBy(role => role.Id)],
            Ties = [.. held.Where(each => each.Account is not null)
                .SelectMany(each => each.Roles, (each, role) => (Role: role.Id, Account: each.Account!))
                .GroupBy(tie => tie.Role, (role, ties) => new Ties(TieKind.RoleHolder, role, [.. ties.Select(tie => tie.Account).Distinct()]))],
            Next = Next(read, span.AfterCounted(administrators.Count, total)),
            Covers = span.IsFirst ? [new TieList(TieKind.RoleHolder, null)] : [],
            Total = total,
        };
    }

    /// <summary>By id where JumpCloud names it, else by name. A role that its list does not show (of a provider) has its name for an id.</summary>
    private static IEnumerable<TenantRole> RolesOf(JumpCloudAdministrator administrator, IReadOnlyList<JumpCloudRole> roles)
    {
        var names = RoleNames(administrator);
        foreach (var name in names)
        {
            var called = roles.Where(role => role.Name == name).ToList();
            var known = (names.Count == 1 ? called.FirstOrDefault(role => IdOf(role) == JumpCloudIds.Of(administrator.Role)) : null) ?? called.MaxBy(IsFullAccess);
            yield return known is null ? new TenantRole(name, name, Super: false) : ToDirectory(known);
        }
    }

    private static TenantRole ToDirectory(JumpCloudRole role) => new(IdOf(role), role.Name, IsFullAccess(role));

    private static string IdOf(JumpCloudRole role) => JumpCloudIds.Of(role.Id) ?? role.Name;

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
