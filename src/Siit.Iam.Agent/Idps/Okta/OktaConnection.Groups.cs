namespace Siit.Iam.Agent.Idps.Okta;

internal sealed partial class OktaConnection
{
    private static readonly OktaRequest ReadGroups = new("read groups", "okta.groups.read");

    public Task<Page<IdpGroup>> FindGroupsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var begins = string.IsNullOrWhiteSpace(query) ? null : query.Trim();
        return CursorPageAsync(ReadGroups, "/api/v1/groups", begins ?? "", cursor,
            after => api.FindGroups(begins, Limit(limit), after, cancellationToken),
            // Okta calls it an implementation detail that q compares beginnings, so that is checked here.
            groups => groups.Select(ToGroup).Where(group => begins is null || group.Name.StartsWith(begins, StringComparison.OrdinalIgnoreCase)),
            cancellationToken);
    }

    public async Task<GroupPicture> GetGroupAsync(string groupId, CancellationToken cancellationToken)
    {
        Id(groupId, "a group");
        var group = ReadAsync(ReadGroups, () => api.GetGroup(groupId, cancellationToken), cancellationToken);
        var roles = RolesOfGroupAsync(groupId, cancellationToken);
        var applications = AllAsync(new OktaRequest("read the group's applications", "okta.groups.read"), $"/api/v1/groups/{groupId}/apps",
            after => api.ListApplicationsOfGroup(groupId, options.PageSize, after, cancellationToken), cancellationToken);
        var rules = AllAsync(new OktaRequest("read group rules", "okta.groups.read"), "/api/v1/groups/rules",
            after => api.ListGroupRules(options.PageSize, after, cancellationToken), cancellationToken);
        await AllInOrderAsync(group, roles, applications, rules);

        return new GroupPicture
        {
            Group = ToGroup(await group),
            Roles = [.. (await roles).Select(role => ToRole(role, groupId))],
            Applications = [.. (await applications).Select(ToApplication)],
            Rules = [.. (await rules)
                .Where(rule => rule.Status == "ACTIVE" && rule.Actions?.AssignUserToGroups?.GroupIds?.Contains(groupId) == true)
                .Select(rule => rule.Name ?? rule.Id)],
        };
    }

    public Task<Page<Account>> ListMembersAsync(string groupId, int limit, string? cursor, CancellationToken cancellationToken)
    {
        Id(groupId, "a group");
        return CursorPageAsync(new OktaRequest("list the group's members", "okta.groups.read"), $"/api/v1/groups/{groupId}/users", "", cursor,
            after => api.ListMembers(groupId, Limit(limit), after, cancellationToken),
            users => users.Select(ToAccount), cancellationToken);
    }

    public Task<WriteReceipt> AddToGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken)
    {
        var (groupId, userId) = (Id(group.Id, "a group"), Id(account.Id, "an account"));
        return WriteAsync(new OktaRequest("add the account to the group", "okta.groups.manage", Changes: true),
            () => api.AddMember(groupId, userId, cancellationToken), cancellationToken);
    }

    public Task<WriteReceipt> RemoveFromGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken)
    {
        var (groupId, userId) = (Id(group.Id, "a group"), Id(account.Id, "an account"));
        return WriteAsync(new OktaRequest("remove the account from the group", "okta.groups.manage", Changes: true),
            () => api.RemoveMember(groupId, userId, cancellationToken), cancellationToken);
    }

    private Task<IReadOnlyList<OktaGroup>> GroupsOfAsync(string accountId, CancellationToken cancellationToken) =>
        AllAsync(new OktaRequest("read the account's groups", "okta.users.read"), $"/api/v1/users/{accountId}/groups",
            after => api.ListGroupsOfUser(accountId, options.PageSize, after, cancellationToken), cancellationToken);

    private static IReadOnlyList<GroupMembership> MembershipsOf(IReadOnlyList<OktaGroup> groups) =>
        [.. groups.Select(group => new GroupMembership(group.Id, NameOf(group)))];

    private static IdpGroup ToGroup(OktaGroup group) => new()
    {
        Id = group.Id,
        Name = NameOf(group),
        Description = group.Profile?.Description,
        VendorType = group.Type ?? "",
        NotChangeable = group.Type switch
        {
            "OKTA_GROUP" => null,
            "APP_GROUP" => "It comes from an application or a directory (such as Active Directory): change its members there.",
            "BUILT_IN" => "Okta fills it by itself; its members cannot be changed.",
            _ => "Okta gives it a type that this version does not know; its members are not changed here.",
        },
    };

    private static string NameOf(OktaGroup group) => group.Profile?.Name ?? group.Id;
}
