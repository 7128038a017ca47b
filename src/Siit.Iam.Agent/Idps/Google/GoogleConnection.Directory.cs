namespace Siit.Iam.Agent.Idps.Google;

/// <summary>Everybody at once. Google sends the next page's token with a page, so one list is read page after page.</summary>
internal sealed partial class GoogleConnection : IDirectorySource
{
    /// <summary>The group that stands for everybody: some groups have the whole tenant as one member, which Google does not spell out.</summary>
    public const string Everybody = "CUSTOMER";

    private const string Users = "users";
    private const string Groups = "groups";
    private const string Members = "members";
    private const string AppsOfSettings = "applications";
    private const string RoleNames = "roles";
    private const string RoleHolders = "roleassignments";

    private static readonly DirectoryGroup EverybodyGroup = new(new IdpGroup
    {
        Id = Everybody,
        Name = "Everybody in the organization",
        Description = "Stands for the whole tenant, which is a member of some groups.",
        VendorType = Everybody,
        NotChangeable = "It is no group at Google: everybody with an account is in it.",
    });

    private readonly IReadOnlyList<string> _copied = [.. options.Fields.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public DirectoryTraits Traits { get; } = new(TellsEvents: true, Lag);

    public AttributeNames Attributes => GoogleAttributes.Names;

    /// <summary>
    /// Google cannot list what changed since a time: all lists are read whole, a page for 500 people or 200 groups. Only the members of
    /// a group are left out of a narrowed read while their number is the same.
    /// </summary>
    public DirectoryReads ReadsFor(DateTimeOffset? changedSince)
    {
        var roles = GoogleNeeds.Holds([.. options.Scopes.Select(Short)], GoogleNeeds.ReadRoles);
        return new DirectoryReads(
            [
                new(DirectoryList.Accounts, Users),
                new(DirectoryList.Groups, Groups),
                new(DirectoryList.Applications, AppsOfSettings),
                .. roles ? [ReadRoleNames, ReadRoleHolders] : Array.Empty<DirectoryRead>(),
            ],
            new HashSet<DirectoryList>([DirectoryList.Accounts, DirectoryList.Groups, DirectoryList.Applications, .. roles ? [DirectoryList.Roles] : Array.Empty<DirectoryList>()]));
    }

    public Task<DirectoryPage> ReadAsync(DirectoryRead read, CancellationToken cancellationToken) => read.What switch
    {
        Users => UsersAsync(read, cancellationToken),
        Groups => GroupsAsync(read, cancellationToken),
        Members => MembersAsync(read, cancellationToken),
        AppsOfSettings => Task.FromResult(ApplicationsOfSettings()),
        RoleNames => RolesAsync(read, cancellationToken),
        RoleHolders => RoleHoldersAsync(read, cancellationToken),
        _ => throw GoogleErrors.BadCursor(),
    };

    public async Task<IReadOnlyList<DirectoryAccount>> ReadAccountsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(ids.Distinct(StringComparer.OrdinalIgnoreCase).Select(async id =>
        {
            // An alias leads to somebody who is not meant: only the primary address names an account.
            if (IsAddress(id)) return await FindAsync(id, cancellationToken) is { } user && Same(user.PrimaryEmail, id) ? user : null;
            return await UnlessGoneAsync(() => UserAsync(Id(id, "an account"), cancellationToken));
        }));
        return [.. found.OfType<GoogleUser>().DistinctBy(user => user.Id).Select(ToDirectoryAccount)];
    }

    public async Task<IReadOnlyList<DirectoryGroup>> ReadGroupsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(ids.Distinct(StringComparer.OrdinalIgnoreCase).Select(async id => id == Everybody
            ? EverybodyGroup
            : await GroupByKeyAsync(id, cancellationToken) is { } group ? ToDirectoryGroup(group) : null));
        return [.. found.OfType<DirectoryGroup>().DistinctBy(group => group.Group.Id)];
    }

    private async Task<DirectoryPage> UsersAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var schemas = GoogleAttributes.SchemasOf(_copied);
        var page = await ReadAsync(new GoogleRequest("list accounts", UserScope), () => _directory.ListUsers(options.Customer,
            schemas.Count == 0 ? "basic" : "custom", schemas.Count == 0 ? null : string.Join(',', schemas), PageOf(MostUsers), read.Cursor, cancellationToken), cancellationToken);
        return new DirectoryPage { Accounts = [.. (page.Users ?? []).Select(ToDirectoryAccount)], Next = Next(read, page.NextPageToken) };
    }

    private async Task<DirectoryPage> GroupsAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var page = await ReadAsync(ReadGroups, () => _directory.FindGroups(options.Customer, null, options.PageSize, read.Cursor, cancellationToken), cancellationToken);
        var groups = (page.Groups ?? []).Select(ToDirectoryGroup);
        return new DirectoryPage
        {
            Groups = read.Cursor is null ? [EverybodyGroup, .. groups] : [.. groups],
            Next = Next(read, page.NextPageToken),
            // Nothing on a group is documented to change with its members but their number, which stays when one goes and one comes, and
            // does not count groups. That much the log tells, and a full read does not look at the mark.
            Details = [.. (page.Groups ?? []).Select(group => new DetailRead(MembersOf(group.Id), group.DirectMembersCount))],
        };
    }

    private async Task<DirectoryPage> MembersAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        // A group that the log named by an address which the copy did not know.
        var of = read.Of is { } key && IsAddress(key) ? (await GroupByKeyAsync(key, cancellationToken))?.Id : Id(read.Of, "a group");
        if (of is null) return new DirectoryPage();
        GoogleMembers page;
        try
        {
            page = await ReadAsync(new GoogleRequest("list the group's members", MemberScope),
                () => _directory.ListMembers(of, null, options.PageSize, read.Cursor, cancellationToken), cancellationToken);
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            // In the middle of a list only a group that is really gone ends it: who has not been read yet would be taken for gone.
            if (read.Cursor is not null && await GroupByKeyAsync(of, cancellationToken) is not null) throw;
            return new DirectoryPage();
        }
        var people = (page.Members ?? []).Where(member => member.Type == "USER" && GoogleIds.Guard.Accepts(member.Id)).ToList();
        var groups = (page.Members ?? []).Where(member => member.Type == "GROUP" && GoogleIds.Guard.Accepts(member.Id)).Select(member => member.Id!);
        if (page.Members?.Any(member => member.Type == Everybody) == true) groups = groups.Append(Everybody);
        return new DirectoryPage
        {
            Ties =
            [
                .. Tied(TieKind.Member, of, people.Select(member => member.Id!)),
                .. Tied(TieKind.GroupOwner, of, people.Where(member => member.Role == "OWNER").Select(member => member.Id!)),
                .. Tied(TieKind.NestedGroup, of, groups),
            ],
            Covers = read.Cursor is null ? [new(TieKind.Member, of), new(TieKind.GroupOwner, of), new(TieKind.NestedGroup, of)] : [],
            Next = Next(read, page.NextPageToken),
        };
    }

    private DirectoryPage ApplicationsOfSettings() => new()
    {
        Applications = [.. options.Applications.Select(application => new DirectoryApplication(ToApplication(application)))],
        Ties = [.. options.Applications.SelectMany(application => Tied(TieKind.GroupAssignment, application.Id, [application.Group]))],
        Covers = [new(TieKind.GroupAssignment, null)],
        Total = options.Applications.Count,
    };

    private async Task<DirectoryPage> RolesAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var page = await ReadAsync(new GoogleRequest("read the names of administrator roles", RoleScope),
            () => _directory.ListRoles(options.Customer, Math.Min(MostRoles, options.PageSize), read.Cursor, cancellationToken), cancellationToken);
        return new DirectoryPage
        {
            Roles = [.. (page.List ?? []).Select(role => new TenantRole(Id(role.RoleId, "a role"), role.RoleName ?? role.RoleId, role.IsSuperAdminRole == true))],
            Next = Next(read, page.NextPageToken),
        };
    }

    /// <summary>A service account counts as a user here, and is nobody's account.</summary>
    private async Task<DirectoryPage> RoleHoldersAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var page = await ReadAsync(new GoogleRequest("read administrator roles", RoleScope),
            () => _directory.ListRoleAssignments(options.Customer, null, null, options.PageSize, read.Cursor, cancellationToken), cancellationToken);
        return new DirectoryPage
        {
            Ties =
            [
                .. (page.List ?? []).Where(one => GoogleIds.Guard.Accepts(one.AssignedTo))
                    .GroupBy(one => (Kind: Same(one.AssigneeType, "group") ? TieKind.RoleGroup : TieKind.RoleHolder, one.RoleId))
                    .SelectMany(same => Tied(same.Key.Kind, same.Key.RoleId, same.Select(one => one.AssignedTo!))),
            ],
            Covers = read.Cursor is null ? [new(TieKind.RoleHolder, null), new(TieKind.RoleGroup, null)] : [],
            Next = Next(read, page.NextPageToken),
        };
    }

    /// <summary>By id, or by the address that the log had; a group's alias is not its address.</summary>
    private async Task<GoogleGroup?> GroupByKeyAsync(string key, CancellationToken cancellationToken)
    {
        if (!IsAddress(key)) return await UnlessGoneAsync(() => GroupAsync(Id(key, "a group"), cancellationToken));
        var group = await UnlessGoneAsync(() => ReadAsync(ReadGroups, () => _directory.GetGroup(key, cancellationToken), cancellationToken));
        return group is not null && Same(group.Email, key) ? group : null;
    }

    private static async Task<T?> UnlessGoneAsync<T>(Func<Task<T>> read)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            return null;
        }
    }

    private DirectoryAccount ToDirectoryAccount(GoogleUser user) => new()
    {
        Account = ToAccount(user),
        Aliases = [.. (user.Aliases ?? []).Concat(user.NonEditableAliases ?? []).Where(alias => !Same(alias, user.PrimaryEmail)).Distinct(StringComparer.OrdinalIgnoreCase)],
        Kind = user.IsGuestUser == true ? AccountKind.Guest : AccountKind.Person,
        HasMfa = user.IsEnrolledIn2Sv,
        Attributes = GoogleAttributes.Of(user, _copied),
    };

    private static DirectoryGroup ToDirectoryGroup(GoogleGroup group)
    {
        Id(group.Id, "a group");
        return new DirectoryGroup(ToGroup(group)) { Email = group.Email };
    }

    public static DirectoryRead ReadRoleNames { get; } = new(DirectoryList.Roles, RoleNames);

    public static DirectoryRead ReadRoleHolders { get; } = new(DirectoryList.Roles, RoleHolders);

    public static DirectoryRead MembersOf(string group) => new(DirectoryList.Part, Members, group);

    /// <summary>An id, or an address that the log gives for one.</summary>
    public static bool IsKey(string key) => IsAddress(key) || GoogleIds.Guard.Accepts(key);

    private static IReadOnlyList<DirectoryRead> Next(DirectoryRead read, string? token) => string.IsNullOrEmpty(token) ? [] : [read with { Cursor = token }];

    private static IEnumerable<Ties> Tied(TieKind kind, string parent, IEnumerable<string> children) =>
        children.Distinct(StringComparer.Ordinal).ToList() is { Count: > 0 } some ? [new Ties(kind, parent, some)] : [];

    /// <summary>What a list allows, unless the settings ask for less than all lists do.</summary>
    private int PageOf(int most) => options.PageSize == GoogleOptions.MostItems ? most : Math.Min(options.PageSize, most);

    private static bool IsAddress(string key) => key.Length <= 320 && key.Contains('@', StringComparison.Ordinal) && !key.Any(char.IsControl);
}
