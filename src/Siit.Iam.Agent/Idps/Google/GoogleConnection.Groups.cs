namespace Siit.Iam.Agent.Idps.Google;

internal sealed partial class GoogleConnection
{
    private const string GroupScope = "admin.directory.group.readonly";
    private const string MemberScope = "admin.directory.group.member";

    private static readonly GoogleRequest ReadGroups = new("read groups", GroupScope);

    public Task<Page<IdpGroup>> FindGroupsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var begins = string.IsNullOrWhiteSpace(query) ? null : query.Trim();
        return CursorPageAsync<GoogleGroups, GoogleGroup, IdpGroup>(ReadGroups, $"groups\n{begins}", cursor,
            token => _directory.FindGroups(options.Customer, begins is null ? null : GoogleQuery.Begins("name", begins), Limit(limit), token, cancellationToken),
            // Google compares the beginning of each word.
            groups => groups.Select(group => ToGroup(group)).Where(group => begins is null || group.Name.StartsWith(begins, StringComparison.OrdinalIgnoreCase)),
            cancellationToken);
    }

    public async Task<GroupPicture> GetGroupAsync(string groupId, CancellationToken cancellationToken)
    {
        Id(groupId, "a group");
        var group = GroupAsync(groupId, cancellationToken);
        var owners = AllAsync<GoogleMembers, GoogleMember>(new GoogleRequest("read the group's owners", MemberScope),
            token => _directory.ListMembers(groupId, "OWNER", options.PageSize, token, cancellationToken), cancellationToken);
        var roles = RolesOfGroupAsync(groupId, cancellationToken);
        var kind = KindAsync(group, cancellationToken);
        await AllInOrderAsync(group, owners, roles, kind);

        return new GroupPicture
        {
            Group = ToGroup(await group, await kind),
            Roles = await roles,
            Applications = [.. options.Applications.Where(application => application.Group == groupId).Select(application => ToApplication(application))],
            Rules = [.. ((await kind)?.DynamicGroupMetadata?.Queries ?? []).Select(query => query.Query ?? "a query")],
            Owners = [.. (await owners).Where(member => member.Role == "OWNER").Select(member => member.Id).OfType<string>()],
        };
    }

    /// <summary>The people in it directly. Groups inside it are left out: they are not accounts.</summary>
    public Task<Page<Account>> ListMembersAsync(string groupId, int limit, string? cursor, CancellationToken cancellationToken)
    {
        Id(groupId, "a group");
        return CursorPageAsync<GoogleMembers, GoogleMember, Account>(new GoogleRequest("list the group's members", MemberScope), $"members\n{groupId}", cursor,
            token => _directory.ListMembers(groupId, null, Limit(limit), token, cancellationToken),
            members => members.Where(member => member.Type == "USER" && GoogleIds.Guard.Accepts(member.Id)).Select(ToAccount), cancellationToken);
    }

    public Task<WriteReceipt> AddToGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken) =>
        JoinAsync(account, group.Id, "add the account to the group", cancellationToken);

    public Task<WriteReceipt> RemoveFromGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken) =>
        LeaveAsync(account, group.Id, "remove the account from the group", cancellationToken);

    private Task<WriteReceipt> JoinAsync(Account account, string group, string what, CancellationToken cancellationToken)
    {
        var (groupId, userId) = (Id(group, "a group"), Id(account.Id, "an account"));
        return WriteAsync(new GoogleRequest(what, MemberScope, Changes: true),
            () => _directory.AddMember(groupId, new GoogleMemberWrite(userId, "MEMBER"), cancellationToken), cancellationToken);
    }

    private Task<WriteReceipt> LeaveAsync(Account account, string group, string what, CancellationToken cancellationToken)
    {
        var (groupId, userId) = (Id(group, "a group"), Id(account.Id, "an account"));
        return WriteAsync(new GoogleRequest(what, MemberScope, Changes: true),
            () => _directory.RemoveMember(groupId, userId, cancellationToken), cancellationToken);
    }

    private async Task<GoogleGroup> GroupAsync(string id, CancellationToken cancellationToken)
    {
        var group = await ReadAsync(ReadGroups, () => _directory.GetGroup(id, cancellationToken), cancellationToken);
        return string.Equals(group.Id, id, StringComparison.Ordinal) ? group : throw GoogleErrors.NoGroup();
    }

    /// <summary>What the Directory API does not tell. Null without the scope for it, or for a group too new for the other API.</summary>
    private async Task<CloudGroup?> KindAsync(Task<GoogleGroup> group, CancellationToken cancellationToken)
    {
        if (!options.Scopes.Contains(GoogleOptions.IdentityScope)) return null;
        var request = new GoogleRequest("read what kind of group it is", "cloud-identity.groups.readonly");
        var email = (await group).Email;
        try
        {
            var found = await ReadAsync(request, () => apis.Identity.Lookup(email, cancellationToken), cancellationToken);
            var id = Id(found.Name.StartsWith("groups/", StringComparison.Ordinal) ? found.Name["groups/".Length..] : null, "a group");
            return await ReadAsync(request, () => apis.Identity.GetGroup(id, cancellationToken), cancellationToken);
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            return null;
        }
    }

    /// <summary>Direct groups of a user, or of a group.</summary>
    private Task<IReadOnlyList<GoogleGroup>> GroupsOfAsync(string memberId, CancellationToken cancellationToken) =>
        AllAsync<GoogleGroups, GoogleGroup>(new GoogleRequest("read groups", GroupScope),
            token => _directory.ListGroupsOf(memberId, options.PageSize, token, cancellationToken), cancellationToken);

    private static IReadOnlyList<GroupMembership> MembershipsOf(IReadOnlyList<GoogleGroup> groups) =>
        [.. groups.Select(group => new GroupMembership(group.Id, NameOf(group)))];

    private static IdpGroup ToGroup(GoogleGroup group, CloudGroup? kind = null)
    {
        var type = GoogleGroupKind.Of(kind);
        return new IdpGroup
        {
            Id = group.Id,
            Name = NameOf(group),
            Description = group.Description,
            VendorType = type,
            NotChangeable = type switch
            {
                GoogleGroupKind.Dynamic => "A query over people's data fills it (dynamic group): change that data instead.",
                GoogleGroupKind.Locked => "It is locked because another system masters it: change its members there.",
                _ => null,
            },
        };
    }

    /// <summary>A member as the group shows it: who he is in more detail, <c>find_person</c> tells.</summary>
    private static Account ToAccount(GoogleMember member)
    {
        var word = member.Status is null or "ACTIVE" ? GoogleStatus.Active : member.Status == "ARCHIVED" ? GoogleStatus.Archived : GoogleStatus.Suspended;
        return new Account { Id = member.Id!, Login = member.Email ?? member.Id!, Email = member.Email, Status = GoogleStatus.Of(word), VendorStatus = word };
    }

    private static string NameOf(GoogleGroup group) => string.IsNullOrEmpty(group.Name) ? group.Email : group.Name;
}

/// <summary>What a group's labels at Cloud Identity make of it.</summary>
internal static class GoogleGroupKind
{
    public const string Dynamic = "DYNAMIC";
    public const string Locked = "LOCKED";
    public const string Plain = "GROUP";
    public const string Security = "SECURITY";

    public static string Of(CloudGroup? group)
    {
        bool Is(string label) => group?.Labels?.ContainsKey($"cloudidentity.googleapis.com/groups.{label}") == true;
        return group?.DynamicGroupMetadata is not null || Is("dynamic") ? Dynamic : Is("locked") ? Locked : Is("security") ? Security : Plain;
    }
}
