namespace Siit.Iam.Agent.Idps.JumpCloud;

internal sealed partial class JumpCloudConnection
{
    private static readonly JumpCloudRequest ReadGroups = new("read groups", "groups.readonly");

    public Task<Page<IdpGroup>> FindGroupsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken) =>
        FindAsync(ReadGroups, "groups", query, limit, cursor, skip => GroupPageAsync(skip, cancellationToken), ToGroup, group => group.Name);

    public async Task<GroupPicture> GetGroupAsync(string groupId, CancellationToken cancellationToken)
    {
        Id(groupId, "a group");
        var request = new JumpCloudRequest("read the group's applications", "applications.readonly");
        var group = ReadAsync(ReadGroups, () => v2.GetGroup(groupId, cancellationToken), cancellationToken);
        var reached = AllAsync(request, skip => BarePageAsync(request, options.PageSize,
            () => v2.ListApplicationsOfGroup(groupId, options.PageSize, skip, cancellationToken), cancellationToken));
        await AllInOrderAsync(group, reached);

        var ids = (await reached).Select(item => item.Id).ToHashSet(StringComparer.Ordinal);
        var applications = ids.Count == 0 ? [] : await AllApplicationsAsync(cancellationToken);
        return new GroupPicture
        {
            Group = ToGroup(await group),
            // JumpCloud gives administrator roles to administrators only, never to groups of users.
            Roles = [],
            Applications = [.. ids.Select(id => applications.FirstOrDefault(application => application.Id == id) is { } known
                ? ToApplication(known)
                : new IdpApplication { Id = id, Name = id })],
            Rules = IsDynamic(await group) ? [$"the group's own member query ({(await group).MembershipMethod})"] : [],
        };
    }

    /// <summary>The list of members holds ids only; each account is read by itself, because a filter over many ids is not described.</summary>
    public async Task<Page<Account>> ListMembersAsync(string groupId, int limit, string? cursor, CancellationToken cancellationToken)
    {
        Id(groupId, "a group");
        var request = new JumpCloudRequest("list the group's members", "users.readonly");
        var list = $"{name}\nmembers\n{groupId}";
        var skip = Position(list, cursor);
        var (edges, more) = await BarePageAsync(request, Limit(limit),
            () => v2.ListMembers(groupId, Limit(limit), skip, cancellationToken), cancellationToken);
        var accounts = await Task.WhenAll(edges.Where(edge => edge.To.Type == "user").Select(edge => MemberAsync(edge.To.Id, cancellationToken)));
        return new Page<Account>([.. accounts.OfType<Account>()], more ? Cursor(list, skip + edges.Count) : null);
    }

    public Task<WriteReceipt> AddToGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken) =>
        ChangeMemberAsync("add", "add the account to the group", account, group, cancellationToken);

    public Task<WriteReceipt> RemoveFromGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken) =>
        ChangeMemberAsync("remove", "remove the account from the group", account, group, cancellationToken);

    private Task<WriteReceipt> ChangeMemberAsync(string op, string what, Account account, IdpGroup group, CancellationToken cancellationToken)
    {
        var (groupId, userId) = (Id(group.Id, "a group"), Id(account.Id, "an account"));
        return WriteAsync(new JumpCloudRequest(what, "groups", Changes: true),
            () => v2.ChangeMember(groupId, new JumpCloudGraphChange(op, "user", userId), cancellationToken), cancellationToken);
    }

    private async Task<Account?> MemberAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return ToAccount(await GetUserAsync(Id(id, "an account"), cancellationToken));
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            // Deleted since the list was read.
            return null;
        }
    }

    private async Task<IReadOnlyList<GroupMembership>> MembershipsOfAsync(
        string accountId, Lazy<Task<IReadOnlyList<JumpCloudGroup>>> groupsOnce, CancellationToken cancellationToken)
    {
        var request = new JumpCloudRequest("read the account's groups", "groups.readonly");
        var held = await AllAsync(request, skip => BarePageAsync(request, options.PageSize,
            () => v2.ListGroupsOfUser(accountId, options.PageSize, skip, cancellationToken), cancellationToken));
        if (held.Count == 0) return [];
        var names = (await groupsOnce.Value).DistinctBy(group => group.Id).ToDictionary(group => group.Id, NameOf, StringComparer.Ordinal);
        return [.. held.DistinctBy(item => item.Id).Select(item => new GroupMembership(item.Id, names.GetValueOrDefault(item.Id, item.Id)))];
    }

    private Task<IReadOnlyList<JumpCloudGroup>> AllGroupsAsync(CancellationToken cancellationToken) =>
        AllAsync(ReadGroups, skip => GroupPageAsync(skip, cancellationToken));

    private Task<(IReadOnlyList<JumpCloudGroup> Items, bool More)> GroupPageAsync(int skip, CancellationToken cancellationToken) =>
        BarePageAsync(ReadGroups, options.PageSize, () => v2.ListGroups(options.PageSize, skip, cancellationToken), cancellationToken);

    private static bool IsDynamic(JumpCloudGroup group) => group.MembershipMethod?.StartsWith("DYNAMIC", StringComparison.Ordinal) == true;

    private static IdpGroup ToGroup(JumpCloudGroup group) => new()
    {
        Id = group.Id,
        Name = NameOf(group),
        Description = Text(group.Description),
        VendorType = group.MembershipMethod ?? "NOTSET",
        NotChangeable = group.MembershipMethod switch
        {
            null or "NOTSET" or "STATIC" or "DYNAMIC_REVIEW_REQUIRED" => null,
            "DYNAMIC_AUTOMATED" => "Its member query fills it and overrules what is done by hand: change the query, or its exemptions, in JumpCloud's console.",
            _ => "JumpCloud fills it in a way that this version does not know; its members are not changed here.",
        },
    };

    private static string NameOf(JumpCloudGroup group) => Text(group.Name) ?? group.Id;
}
