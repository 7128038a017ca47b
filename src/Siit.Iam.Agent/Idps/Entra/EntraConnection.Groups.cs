using Microsoft.Graph.Models;

namespace Siit.Iam.Agent.Idps.Entra;

internal sealed partial class EntraConnection
{
    private static readonly EntraRequest ReadGroups = new("read groups", "Group.ReadBasic.All");

    private static readonly EntraRequest ReadMembers = new("list the group's members", "GroupMember.Read.All");

    public Task<Page<IdpGroup>> FindGroupsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var begins = string.IsNullOrWhiteSpace(query) ? null : query.Trim();
        return CursorPageAsync(ReadGroups, $"groups\n{begins}", cursor,
            (api, token) => api.FindGroupsAsync(begins is null ? null : EntraFilter.StartsWith("displayName", begins), Limit(limit), token, cancellationToken),
            groups => groups.Select(ToGroup), cancellationToken);
    }

    public async Task<GroupPicture> GetGroupAsync(string groupId, CancellationToken cancellationToken)
    {
        var id = Id(groupId, "a group");
        var group = await ReadAsync(ReadGroups, api => api.GetGroupAsync(id, cancellationToken), cancellationToken);
        // No other group can carry a role.
        var roles = group.IsAssignableToRole == false
            ? Task.FromResult<IReadOnlyList<AdminRole>>([])
            : RolesOfPrincipalAsync(id, id, cancellationToken);
        var applications = AllAsync(new EntraRequest("read the group's applications", "Directory.Read.All"),
            (api, token) => api.ListAssignmentsOfGroupAsync(id, options.PageSize, token, cancellationToken), cancellationToken);
        await AllInOrderAsync(roles, applications);

        return new GroupPicture
        {
            Group = ToGroup(group),
            Roles = await roles,
            Applications = [.. (await applications)
                .Where(assignment => assignment.ResourceId is not null)
                .DistinctBy(assignment => assignment.ResourceId)
                .Select(assignment => new IdpApplication { Id = assignment.ResourceId!.Value.ToString(), Name = assignment.ResourceDisplayName ?? assignment.ResourceId.Value.ToString() })],
            Rules = group.MembershipRule is { Length: > 0 } rule ? [rule] : [],
        };
    }

    public Task<Page<Account>> ListMembersAsync(string groupId, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var id = Id(groupId, "a group");
        return CursorPageAsync(ReadMembers, $"members\n{id}", cursor,
            (api, token) => api.ListMembersAsync(id, Limit(limit), token, cancellationToken), users => users.Select(ToAccount), cancellationToken);
    }

    public Task<WriteReceipt> AddToGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken)
    {
        var (groupId, userId) = (Id(group.Id, "a group"), Id(account.Id, "an account"));
        return WriteAsync(new EntraRequest("add the account to the group", "GroupMember.ReadWrite.All", Changes: true),
            (api, receipt) => api.AddMemberAsync(groupId, userId, receipt, cancellationToken), cancellationToken);
    }

    public Task<WriteReceipt> RemoveFromGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken)
    {
        var (groupId, userId) = (Id(group.Id, "a group"), Id(account.Id, "an account"));
        return WriteAsync(new EntraRequest("remove the account from the group", "GroupMember.ReadWrite.All", Changes: true),
            (api, receipt) => api.RemoveMemberAsync(groupId, userId, receipt, cancellationToken), cancellationToken);
    }

    private Task<IReadOnlyList<DirectoryObject>> MembershipsAsync(string accountId, CancellationToken cancellationToken) =>
        AllAsync(new EntraRequest("read the account's groups", "GroupMember.Read.All"),
            (api, token) => api.ListMembershipsAsync(accountId, options.PageSize, token, cancellationToken), cancellationToken);

    private static IReadOnlyList<GroupMembership> GroupsOf(IReadOnlyList<DirectoryObject> memberships) =>
        [.. memberships.OfType<Group>().Select(group => new GroupMembership(group.Id!, group.DisplayName ?? group.Id!))];

    private static IdpGroup ToGroup(Group group)
    {
        var kind = EntraGroups.KindOf(group);
        return new IdpGroup
        {
            Id = group.Id!,
            Name = group.DisplayName ?? group.Id!,
            Description = group.Description,
            VendorType = kind,
            NotChangeable = EntraGroups.NotChangeable(kind),
        };
    }
}
