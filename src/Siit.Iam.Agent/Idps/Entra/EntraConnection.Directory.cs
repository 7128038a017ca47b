using Microsoft.Graph.Models;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Everybody at once: the lists that the copy of the directory is made from.</summary>
internal sealed partial class EntraConnection
{
    private const string Users = "users";
    private const string Registrations = "registrations";
    private const string Groups = "groups";
    private const string GroupsAlone = "groups-alone";
    private const string Members = "members";
    private const string GroupOwners = "group-owners";
    private const string Applications = "applications";
    private const string ApplicationsAlone = "applications-alone";
    private const string OneApplication = "application";
    private const string Assigned = "assigned";
    private const string ApplicationOwners = "application-owners";
    private const string Roles = "roles";

    /// <summary>Graph expands at most this many owners and does not say that there are more.</summary>
    private const int MostExpanded = 20;

    /// <summary>Values in one <c>in</c>.</summary>
    private const int MostIds = 15;

    private static readonly EntraRequest ReadEverybody = new("list the accounts", "User.Read.All");

    private static readonly EntraRequest ReadRegistrations = new("read who has a second factor", "AuditLog.Read.All");

    private static readonly EntraRequest ReadOwners = new("read who owns it", "Directory.Read.All");

    private static readonly EntraRequest ReadAssignedTo = new("read who has the application", "Application.Read.All");

    /// <summary>Delta queries tell what is, not what happened.</summary>
    public DirectoryTraits Traits { get; } = new(TellsEvents: false, Lag: TimeSpan.FromMinutes(2));

    public AttributeNames Attributes => EntraAttributes.Names;

    /// <summary>
    /// Accounts, members and applications need no second reading: the deltas tell. Groups (for their owners) and roles are read whole,
    /// a page for each 100 groups and three more.
    /// </summary>
    public DirectoryReads ReadsFor(DateTimeOffset? changedSince)
    {
        var roles = new DirectoryRead(DirectoryList.Roles, Roles);
        return changedSince is null
            ? new DirectoryReads(
                [new(DirectoryList.Accounts, Users), new(DirectoryList.Groups, Groups), new(DirectoryList.Applications, Applications), roles, new(DirectoryList.Part, Registrations)],
                new HashSet<DirectoryList> { DirectoryList.Accounts, DirectoryList.Groups, DirectoryList.Applications, DirectoryList.Roles })
            : new DirectoryReads([new(DirectoryList.Groups, GroupsAlone), roles], new HashSet<DirectoryList> { DirectoryList.Groups, DirectoryList.Roles });
    }

    public Task<DirectoryPage> ReadAsync(DirectoryRead read, CancellationToken cancellationToken) => read.What switch
    {
        Users => UsersPageAsync(read, cancellationToken),
        Registrations => RegistrationsPageAsync(read, cancellationToken),
        Groups or GroupsAlone => GroupsPageAsync(read, cancellationToken),
        Members => TiesPageAsync(read, ReadMembers, "a group", (api, id, token) => api.ListMemberReferencesAsync(id, options.PageSize, token, cancellationToken),
            TieKind.Member, TieKind.NestedGroup, cancellationToken),
        GroupOwners => TiesPageAsync(read, ReadOwners, "a group", (api, id, token) => api.ListOwnersAsync(id, options.PageSize, token, cancellationToken),
            TieKind.GroupOwner, null, cancellationToken),
        Applications or ApplicationsAlone => ApplicationsPageAsync(read, cancellationToken),
        OneApplication => OneApplicationAsync(read, cancellationToken),
        Assigned => AssignedPageAsync(read, cancellationToken),
        ApplicationOwners => TiesPageAsync(read, ReadOwners, "an application", (api, id, token) => api.ListApplicationOwnersAsync(id, options.PageSize, token, cancellationToken),
            TieKind.ApplicationOwner, null, cancellationToken),
        Roles => RolesPageAsync(read, cancellationToken),
        _ => throw EntraErrors.BadCursor(),
    };

    public async Task<IReadOnlyList<DirectoryAccount>> ReadAccountsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = await EachChunkAsync(ids, "an account", chunk => AllAsync(ReadAccount,
            (api, token) => api.ListUsersAsync(EntraFilter.In("id", chunk), options.PageSize, token, cancellationToken), cancellationToken));
        return [.. found.DistinctBy(user => user.Id).Select(ToDirectoryAccount)];
    }

    public async Task<IReadOnlyList<DirectoryGroup>> ReadGroupsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = await EachChunkAsync(ids, "a group", chunk => AllAsync(ReadGroups,
            (api, token) => api.ListGroupsAsync(EntraFilter.In("id", chunk), options.PageSize, token, cancellationToken), cancellationToken));
        return [.. found.DistinctBy(group => group.Id).Select(ToDirectoryGroup)];
    }

    private static async Task<IEnumerable<T>> EachChunkAsync<T>(IReadOnlyList<string> ids, string what, Func<string[], Task<IReadOnlyList<T>>> read)
    {
        var found = await Task.WhenAll(ids.Select(id => Id(id, what)).Distinct(StringComparer.OrdinalIgnoreCase).Chunk(MostIds).Select(read));
        return found.SelectMany(some => some);
    }

    private async Task<DirectoryPage> UsersPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var page = await PageAsync(ReadEverybody, (api, token) => api.ListUsersAsync(null, options.PageSize, token, cancellationToken), read.Cursor, cancellationToken);
        return new DirectoryPage { Accounts = [.. page.Items.Select(ToDirectoryAccount)], Next = Further(read, page.Next) };
    }

    /// <summary>A report that needs a licence and a permission. Without them nobody knows who has a second factor, and that is no trouble.</summary>
    private async Task<DirectoryPage> RegistrationsPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        try
        {
            var page = await PageAsync(ReadRegistrations, (api, token) => api.ListRegistrationsAsync(options.PageSize, token, cancellationToken), read.Cursor, cancellationToken);
            var known = new Dictionary<string, bool>(StringComparer.Ordinal);
            foreach (var entry in page.Items)
                if (entry is { Id: { } id, IsMfaRegistered: { } registered }) known[id] = registered;
            return new DirectoryPage { SecondFactors = known, Next = Further(read, page.Next) };
        }
        catch (IdpException e) when (e.Trouble is IdpTrouble.NotAllowed or IdpTrouble.Rejected or IdpTrouble.NotFound)
        {
            return new DirectoryPage();
        }
    }

    private async Task<DirectoryPage> GroupsPageAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var page = await PageAsync(ReadGroups, (api, token) => api.ListGroupsAsync(options.PageSize, token, cancellationToken), read.Cursor, cancellationToken);
        var owners = await OwnersAsync(page.Items.Select(group => (group.Id, group.Owners)), "a group", TieKind.GroupOwner,
            (api, id, token) => api.ListOwnersAsync(id, options.PageSize, token, cancellationToken), cancellationToken);
        return new DirectoryPage
        {
            Groups = [.. page.Items.Select(ToDirectoryGroup)],
            Ties = owners,
            Covers = read.Cursor is null ? [new TieList(TieKind.GroupOwner, null)] : [],
            Details = read.What == GroupsAlone ? [] : [.. page.Items.Select(group => new DetailRead(new DirectoryRead(DirectoryList.Part, Members, group.Id), null))],
            Next = Further(read, page.Next),
        };
    }

    /// <summary>Where as many owners came as can come, there may be more: those are asked for.</summary>
    private async Task<IReadOnlyList<Ties>> OwnersAsync(
        IEnumerable<(string? Id, List<DirectoryObject>? Owners)> all, string what, TieKind kind, Func<EntraApi, string, string?, Task<EntraPage<EntraReference>>> list,
        CancellationToken cancellationToken)
    {
        var ties = await Task.WhenAll(all.Where(one => one.Owners is { Count: > 0 }).Select(async one =>
        {
            var id = Id(one.Id, what);
            return new Ties(kind, id, one.Owners!.Count < MostExpanded
                ? [.. one.Owners.Where(owner => owner is not ServicePrincipal).Select(owner => owner.Id).OfType<string>()]
                : [.. (await AllAsync(ReadOwners, (api, token) => list(api, id, token), cancellationToken)).Where(IsUser).Select(owner => owner.Id).OfType<string>()]);
        }));
        return [.. ties.Where(tie => tie.Children.Count > 0)];
    }

    /// <summary>One page of accounts (and of groups, where those count) that are tied to the one that is read.</summary>
    private async Task<DirectoryPage> TiesPageAsync(
        DirectoryRead read, EntraRequest request, string what, Func<EntraApi, string, string?, Task<EntraPage<EntraReference>>> list, TieKind users, TieKind? groups,
        CancellationToken cancellationToken)
    {
        var id = Id(read.Of, what);
        EntraPage<EntraReference> page;
        try
        {
            page = await PageAsync(request, (api, token) => list(api, id, token), read.Cursor, cancellationToken);
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            // Went after it was listed.
            page = new EntraPage<EntraReference>([], null);
        }
        return new DirectoryPage
        {
            Ties = [.. TiesOf(users, IsUser), .. groups is { } nested ? TiesOf(nested, IsGroup) : []],
            Covers = read.Cursor is not null ? [] : groups is { } also ? [new TieList(users, id), new TieList(also, id)] : [new TieList(users, id)],
            Next = Further(read, page.Next),
        };

        IEnumerable<Ties> TiesOf(TieKind kind, Func<EntraReference, bool> has) =>
            page.Items.Where(has).Select(member => member.Id).OfType<string>().ToList() is { Count: > 0 } children ? [new Ties(kind, id, children)] : [];
    }

    private async Task<EntraPage<T>> PageAsync<T>(
        EntraRequest request, Func<EntraApi, string?, Task<EntraPage<T>>> list, string? token, CancellationToken cancellationToken) =>
        await ReadAsync(request, async api => await list(api, token), cancellationToken);

    private static DirectoryRead[] Further(DirectoryRead read, string? next) => next is null ? [] : [read with { Cursor = next }];

    private static bool IsUser(EntraReference reference) => reference.Type == "user";

    private static bool IsGroup(EntraReference reference) => reference.Type == "group";

    private DirectoryAccount ToDirectoryAccount(User user)
    {
        var account = ToAccount(user);
        return new DirectoryAccount
        {
            Account = account,
            Aliases = [.. (user.ProxyAddresses ?? [])
                .Where(address => address.StartsWith("smtp:", StringComparison.OrdinalIgnoreCase))
                .Select(address => address["smtp:".Length..])
                .Where(address => !Same(address, account.Login) && !Same(account.Email, address))
                .Distinct(StringComparer.OrdinalIgnoreCase)],
            Kind = user.UserType == "Guest" ? AccountKind.Guest : AccountKind.Person,
            ManagerId = user.Manager?.Id,
            Attributes = EntraAttributes.Of(user, options.Fields.Values),
        };
    }

    private static DirectoryGroup ToDirectoryGroup(Group group) => new(ToGroup(group)) { Email = group.Mail };
}
