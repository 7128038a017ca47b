using System.Globalization;
using Refit;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>The lists of everybody and everything. Who holds which role stands in a part of its own.</summary>
internal sealed partial class OktaConnection
{
    /// <summary>All users, whatever their status. <see cref="DirectoryRead.Of"/> of a narrowed list is the time to which it is narrowed.</summary>
    private const string AccountList = "accounts";
    private const string GroupList = "groups";
    private const string MemberList = "members";
    private const string ApplicationList = "applications";

    /// <summary>The same list, without asking further who has them.</summary>
    private const string ApplicationNames = "application-names";
    private const string OneApplication = "application";
    private const string AssignmentList = "assignments";
    private const string GroupAssignmentList = "group-assignments";

    /// <summary>Largest pages; for groups Okta allows 10,000 and advises against it.</summary>
    private const int GroupsAtOnce = 1000;
    private const int MembersAtOnce = 1000;
    private const int AssignmentsAtOnce = 500;

    /// <summary>So many ids make an address of about 3 kB.</summary>
    private const int IdsAtOnce = 50;

    /// <summary>
    /// Everybody is who changed since then. The list without a filter leaves out the deprovisioned, and a search lags behind; a filter
    /// does neither, and wants a time.
    /// </summary>
    private const string BeforeOkta = "1970-01-01T00:00:00.000Z";

    public DirectoryTraits Traits { get; } = new(TellsEvents: true, LogDelay);

    public AttributeNames Attributes => OktaAttributes.Names;

    /// <summary>Narrowed, only users and groups that changed are read: the log tells of assignments and roles.</summary>
    public DirectoryReads ReadsFor(DateTimeOffset? changedSince) => changedSince is { } since
        ? new DirectoryReads(
            [
                new DirectoryRead(DirectoryList.Accounts, AccountList, Time(since)),
                new DirectoryRead(DirectoryList.Groups, GroupList, Time(since)),
                new DirectoryRead(DirectoryList.Applications, ApplicationNames),
            ],
            new HashSet<DirectoryList> { DirectoryList.Applications })
        : new DirectoryReads(
            [
                new DirectoryRead(DirectoryList.Accounts, AccountList),
                new DirectoryRead(DirectoryList.Groups, GroupList),
                new DirectoryRead(DirectoryList.Applications, ApplicationList),
                AllRoleHolders,
                AllRoleGroups,
            ],
            new HashSet<DirectoryList> { DirectoryList.Accounts, DirectoryList.Groups, DirectoryList.Applications, DirectoryList.Roles });

    public Task<DirectoryPage> ReadAsync(DirectoryRead read, CancellationToken cancellationToken) => read.What switch
    {
        AccountList => AccountPageAsync(read, cancellationToken),
        GroupList => GroupPageAsync(read, cancellationToken),
        MemberList => MemberPageAsync(read, cancellationToken),
        ApplicationList or ApplicationNames => ApplicationPageAsync(read, cancellationToken),
        OneApplication => ApplicationNowAsync(read, cancellationToken),
        AssignmentList => AssignmentPageAsync(read, cancellationToken),
        GroupAssignmentList => GroupAssignmentPageAsync(read, cancellationToken),
        RoleHolderList => RoleHolderPageAsync(read, cancellationToken),
        RolesOfHolder => RolesOfHolderAsync(read, cancellationToken),
        RoleGroupList => RoleGroupPageAsync(read, cancellationToken),
        RolesOfRoleGroup => RolesOfRoleGroupAsync(read, cancellationToken),
        _ => throw OktaErrors.BadCursor(),
    };

    public async Task<IReadOnlyList<DirectoryAccount>> ReadAccountsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        [.. (await ByIdAsync(new OktaRequest("read accounts", "okta.users.read"), "/api/v1/users", ids, "an account",
            (filter, after) => api.ListUsers(filter, options.PageSize, after, cancellationToken), cancellationToken)).Select(ToDirectoryAccount)];

    public async Task<IReadOnlyList<DirectoryGroup>> ReadGroupsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        [.. (await ByIdAsync(ReadGroups, "/api/v1/groups", ids, "a group",
            (filter, after) => api.ListGroups(filter, null, options.PageSize, after, cancellationToken), cancellationToken)).Select(ToDirectoryGroup)];

    private async Task<DirectoryPage> AccountPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var filter = OktaFilter.After("lastUpdated", NarrowedTo(read) ?? BeforeOkta);
        var (users, next) = await ListAsync(new OktaRequest("list the accounts", "okta.users.read"), "/api/v1/users", read,
            () => api.ListUsers(filter, options.PageSize, read.Cursor, cancellationToken), cancellationToken);
        return new DirectoryPage { Accounts = [.. users.Select(ToDirectoryAccount)], Next = next };
    }

    private async Task<DirectoryPage> GroupPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var filter = NarrowedTo(read) is { } since
            ? OktaFilter.Any([OktaFilter.After("lastUpdated", since), OktaFilter.After("lastMembershipUpdated", since)])
            : null;
        var (groups, next) = await ListAsync(ReadGroups, "/api/v1/groups", read,
            () => api.ListGroups(filter, null, options.PageSizeOf(GroupsAtOnce), read.Cursor, cancellationToken), cancellationToken);
        return new DirectoryPage
        {
            Groups = [.. groups.Select(ToDirectoryGroup)],
            Next = next,
            Details = [.. groups.Select(group => new DetailRead(
                new DirectoryRead(DirectoryList.Part, MemberList, group.Id), group.LastMembershipUpdated is { } changed ? Time(changed) : null))],
        };
    }

    private async Task<DirectoryPage> MemberPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var id = Id(read.Of, "a group");
        var (members, next) = await ListAsync(new OktaRequest("list the group's members", "okta.groups.read"), $"/api/v1/groups/{id}/users", read,
            () => api.ListMemberIds(id, options.PageSizeOf(MembersAtOnce), read.Cursor, cancellationToken), cancellationToken);
        return Tied(read, next, TieKind.Member, id, members.Select(member => member.Id));
    }

    private async Task<DirectoryPage> ApplicationPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var (applications, next) = await ListAsync(ReadApplications, "/api/v1/apps", read,
            () => api.FindApplications(null, null, options.PageSize, read.Cursor, cancellationToken), cancellationToken);
        return new DirectoryPage
        {
            Applications = [.. applications.Select(application => new DirectoryApplication(ToApplication(application)))],
            Next = next,
            Details = read.What == ApplicationNames
                ? []
                : [.. applications.SelectMany(application => new[] { Part(AssignmentList, application.Id), Part(GroupAssignmentList, application.Id) })],
        };

        // Okta has no mark that changes with an application's assignments.
        DetailRead Part(string what, string id) => new(new DirectoryRead(DirectoryList.Part, what, id), null);
    }

    /// <summary>One application that the log told of. One that does not exist any more gives nothing to anybody.</summary>
    private async Task<DirectoryPage> ApplicationNowAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var id = Id(read.Of, "an application");
        try
        {
            return new DirectoryPage { Applications = [new DirectoryApplication(await ApplicationAsync(id, cancellationToken))] };
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            return new DirectoryPage { Covers = [new TieList(TieKind.Assignment, id), new TieList(TieKind.GroupAssignment, id)] };
        }
    }

    private async Task<DirectoryPage> AssignmentPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var id = Id(read.Of, "an application");
        var (users, next) = await ListAsync(new OktaRequest("list the application's users", "okta.apps.read"), $"/api/v1/apps/{id}/users", read,
            () => api.ListUsersOfApplication(id, options.PageSizeOf(AssignmentsAtOnce), read.Cursor, cancellationToken), cancellationToken);
        // Whoever has it through a group is found through the group.
        return Tied(read, next, TieKind.Assignment, id, users.Where(user => user.Scope is null or "USER").Select(user => user.Id).OfType<string>());
    }

    private async Task<DirectoryPage> GroupAssignmentPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var id = Id(read.Of, "an application");
        var (groups, next) = await ListAsync(new OktaRequest("list the application's groups", "okta.apps.read"), $"/api/v1/apps/{id}/groups", read,
            // Okta takes no fewer than 20 here.
            () => api.ListGroupsOfApplication(id, Math.Max(20, options.PageSize), read.Cursor, cancellationToken), cancellationToken);
        return Tied(read, next, TieKind.GroupAssignment, id, groups.Select(group => group.Id));
    }

    private static DirectoryPage Tied(DirectoryRead read, IReadOnlyList<DirectoryRead> next, TieKind kind, string parent, IEnumerable<string> children) => new()
    {
        Ties = [new Ties(kind, parent, [.. children])],
        Next = next,
        Covers = read.Cursor is null ? [new TieList(kind, parent)] : [],
    };

    private async Task<(IReadOnlyList<T> Items, IReadOnlyList<DirectoryRead> Next)> ListAsync<T>(
        OktaRequest request, string path, DirectoryRead read, Func<Task<ApiResponse<List<T>>>> send, CancellationToken cancellationToken)
    {
        var (items, after) = await PageAsync(request, path, send, cancellationToken);
        // A page that names itself as the next one would never end.
        if (after is not null && after == read.Cursor) throw OktaErrors.Unreadable(request, null);
        return (items, after is null ? [] : [read with { Cursor = after }]);
    }

    private async Task<IReadOnlyList<T>> ByIdAsync<T>(
        OktaRequest request, string path, IReadOnlyList<string> ids, string what, Func<string, string?, Task<ApiResponse<List<T>>>> send,
        CancellationToken cancellationToken)
    {
        var filters = ids.Select(id => OktaFilter.Equal("id", Id(id, what))).Distinct(StringComparer.Ordinal).Chunk(IdsAtOnce).Select(OktaFilter.Any);
        var found = await Task.WhenAll(filters.Select(filter => AllAsync(request, path, after => send(filter, after), cancellationToken)));
        return [.. found.SelectMany(page => page)];
    }

    private DirectoryAccount ToDirectoryAccount(OktaListedUser user)
    {
        var profile = user.Profile.ValueKind == System.Text.Json.JsonValueKind.Object
            ? System.Text.Json.JsonSerializer.Deserialize(user.Profile, OktaJson.Default.OktaProfile)
            : null;
        var attributes = OktaAttributes.Pick(user.Profile, options.Fields.Values);
        var account = ToAccount(new OktaUser(
            user.Id, user.Status, profile, user.Credentials, user.Created, user.LastLogin, user.PasswordChanged, user.StatusChanged));
        return new DirectoryAccount
        {
            Account = OktaAttributes.Map(account, options.Fields, attributes),
            // Described as the manager's id, used for whatever a company likes.
            ManagerId = profile?.ManagerId is ['0', '0', 'u', ..] manager && OktaIds.Guard.Accepts(manager) ? manager : null,
            Attributes = attributes,
        };
    }

    private static DirectoryGroup ToDirectoryGroup(OktaGroup group) => new(ToGroup(group));

    /// <summary>Null: to nothing.</summary>
    private static string? NarrowedTo(DirectoryRead read)
    {
        if (read.Of is null) return null;
        return DateTimeOffset.TryParse(read.Of, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since)
            ? Time(since)
            : throw OktaErrors.BadCursor();
    }
}
