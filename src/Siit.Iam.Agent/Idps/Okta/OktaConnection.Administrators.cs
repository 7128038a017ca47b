namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>Who may do what in the tenant. What cannot be read is said, never taken for "none".</summary>
internal sealed partial class OktaConnection
{
    private static readonly OktaRequest ReadAssignees = new("list the administrators", "okta.roles.read");

    public async Task<IReadOnlyCollection<string>> ListSuperAdministratorsAsync(CancellationToken cancellationToken)
    {
        var ids = await AssigneesAsync(cancellationToken);
        var able = await Task.WhenAll(ids.Select(async id => await IsSuperAdministratorAsync(id, cancellationToken) ? id : null));
        return [.. able.OfType<string>()];
    }

    /// <summary>Only the token itself can tell whose it is, so that the one for changes is used for this one read.</summary>
    public async Task<IReadOnlyCollection<string>> GetOwnAccountIdsAsync(CancellationToken cancellationToken)
    {
        var own = new List<string>();
        if (options.Token is not null) own.Add(await OwnerAsync(api));
        if (options.Changes?.Token is not null) own.Add(await OwnerAsync(apiOfChanges));
        return own;

        async Task<string> OwnerAsync(IOktaApi of) => Id((await ReadAsync(ReadAccount, () => of.GetMe(cancellationToken), cancellationToken)).Id, "an account");
    }

    private async Task<bool> IsSuperAdministratorAsync(string id, CancellationToken cancellationToken)
    {
        var roles = await RolesAsync(id, cancellationToken);
        if (!roles.Any(role => ToRole(role, null).Super)) return false;
        try
        {
            return OktaStatus.CanSignIn((await GetAccountAsync(id, cancellationToken)).VendorStatus);
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            return false;
        }
    }

    /// <summary>The one list whose next page stands in the body.</summary>
    private async Task<IReadOnlyList<string>> AssigneesAsync(CancellationToken cancellationToken)
    {
        var all = new List<string>();
        string? after = null;
        for (var page = 0; page < options.MaxPages; page++)
        {
            var position = after;
            var assignees = await ReadAsync(ReadAssignees, () => api.ListAssignees(options.PageSize, position, cancellationToken), cancellationToken);
            all.AddRange((assignees.Value ?? []).Select(assignee => Id(assignee.Id, "an account")));
            if (assignees.Links?.Next?.Href is not { } link) return [.. all.Distinct(StringComparer.Ordinal)];
            after = After(ReadAssignees, link, "/api/v1/iam/assignees/users");
        }
        throw OktaErrors.TooManyPages(ReadAssignees, options.MaxPages);
    }

    private async Task<IReadOnlyList<AdminRole>> RolesOfAsync(
        string accountId, Lazy<Task<IReadOnlyList<OktaGroup>>> groups, CancellationToken cancellationToken)
    {
        var roles = await RolesAsync(accountId, cancellationToken);
        var direct = roles.Where(role => role.AssignmentType != "GROUP").Select(role => ToRole(role, null));
        var inherited = roles.Where(role => role.AssignmentType == "GROUP").ToList();
        if (inherited.Count == 0) return [.. direct];

        // Okta says that a role comes from a group, not from which: the account's groups are asked.
        var byGroup = await Task.WhenAll((await groups.Value).Select(async group =>
            (Group: group.Id, Roles: await RolesOfGroupAsync(Id(group.Id, "a group"), cancellationToken))));
        var explained = byGroup.SelectMany(entry => entry.Roles.Select(role => ToRole(role, entry.Group))).ToList();
        var unexplained = inherited.Select(role => ToRole(role, null)).Where(role => explained.All(known => known.Name != role.Name));
        return [.. direct, .. explained, .. unexplained];
    }

    private async Task<IReadOnlyList<OktaRole>> RolesAsync(string accountId, CancellationToken cancellationToken) =>
        await ReadAsync(new OktaRequest("read the account's administrator roles", "okta.roles.read"),
            () => api.ListRolesOfUser(accountId, cancellationToken), cancellationToken);

    private async Task<IReadOnlyList<OktaRole>> RolesOfGroupAsync(string groupId, CancellationToken cancellationToken) =>
        await ReadAsync(new OktaRequest("read the group's administrator roles", "okta.roles.read"),
            () => api.ListRolesOfGroup(groupId, cancellationToken), cancellationToken);

    private static AdminRole ToRole(OktaRole role, string? viaGroup) =>
        new(role.Label ?? role.Type ?? role.Id ?? "", role.Type == "SUPER_ADMIN" && role.Status is null or "ACTIVE", viaGroup);
}
