using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Refit;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>
/// The lists that the copy is made of. The first API counts its lists, so their pages are named at once and read side by side. By
/// offset, sorted by id: an account that is deleted meanwhile lets its successors move up, so one of them may be missed; whoever was
/// not seen is asked for by id before he counts as gone.
/// </summary>
internal sealed partial class JumpCloudConnection
{
    private const string AccountList = "accounts";
    private const string NewAccountList = "accounts created since";
    private const string GroupList = "groups";
    private const string BareGroupList = "groups without members";
    private const string MemberList = "members";
    private const string ApplicationList = "applications";
    private const string BareApplicationList = "applications without assignments";
    private const string AssignmentList = "assignments";
    private const string RoleList = "roles";

    private const string AccountFields = "_id account_locked account_locked_date activated admin created delegatedAuthority department displayname email "
        + "external_source_type externally_managed firstname jobTitle lastname manager mfaEnrollment password_date password_expiration_date "
        + "password_expired restrictedFields samba_service_user state suspended totp_enabled username";

    /// <summary>For what Directory Insights says of applications and administrators without saying all of it.</summary>
    public static DirectoryRead ApplicationsAgain { get; } = new(DirectoryList.Applications, BareApplicationList);

    public static DirectoryRead RolesAgain { get; } = new(DirectoryList.Roles, RoleList);

    private static readonly JumpCloudRequest ReadMembers = new("list the group's members", "users.readonly");
    private static readonly JumpCloudRequest ReadAssignments = new("read the application's associations", "associations.applications.readonly");

    public DirectoryTraits Traits { get; } = new(TellsEvents: true, JumpCloudPosition.Overlap);

    public AttributeNames Attributes => JumpCloudAttributes.Names;

    /// <summary>
    /// JumpCloud dates the making of an account and no change, and no list of members or associations carries a mark: narrowed are the
    /// short lists only, and what is in them is told by Directory Insights.
    /// </summary>
    public DirectoryReads ReadsFor(DateTimeOffset? changedSince) => changedSince is not { } since
        ? new DirectoryReads(
            [
                new DirectoryRead(DirectoryList.Accounts, AccountList),
                new DirectoryRead(DirectoryList.Groups, GroupList),
                RolesAgain,
                new DirectoryRead(DirectoryList.Applications, ApplicationList),
            ],
            new HashSet<DirectoryList> { DirectoryList.Accounts, DirectoryList.Groups, DirectoryList.Roles, DirectoryList.Applications })
        : new DirectoryReads(
            [
                // The day alone: how a filter takes a time, which has colons in it, is not described.
                new DirectoryRead(DirectoryList.Accounts, NewAccountList, since.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
                new DirectoryRead(DirectoryList.Groups, BareGroupList),
                RolesAgain,
                ApplicationsAgain,
            ],
            new HashSet<DirectoryList> { DirectoryList.Groups, DirectoryList.Roles, DirectoryList.Applications });

    public Task<DirectoryPage> ReadAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        var span = JumpCloudSpan.Parse(read.Cursor) ?? throw JumpCloudErrors.BadCursor();
        return read.What switch
        {
            AccountList => AccountsAsync(read, null, span, cancellationToken),
            NewAccountList => AccountsAsync(read, $"created:$gte:{read.Of}", span, cancellationToken),
            GroupList or BareGroupList => GroupsAsync(read, span, cancellationToken),
            MemberList => TiesAsync(read, span, ReadMembers, v2.ListMembers, [new(TieKind.Member, "user")], cancellationToken),
            ApplicationList or BareApplicationList => ApplicationsAsync(read, span, cancellationToken),
            AssignmentList => TiesAsync(
                read, span, ReadAssignments, v2.ListAssociationsOfApplication,
                [new(TieKind.Assignment, "user"), new(TieKind.GroupAssignment, "user_group")], cancellationToken),
            RoleList => RoleHoldersAsync(read, span, cancellationToken),
            _ => throw JumpCloudErrors.BadCursor(),
        };
    }

    /// <summary>Each by itself: a filter over many ids is not described.</summary>
    public async Task<IReadOnlyList<DirectoryAccount>> ReadAccountsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(ids.Distinct(StringComparer.OrdinalIgnoreCase).Select(id => ReadAccountAsync(id, cancellationToken)));
        return [.. found.SelectMany(accounts => accounts).DistinctBy(account => account.Account.Id)];
    }

    public async Task<IReadOnlyList<DirectoryGroup>> ReadGroupsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(ids.Where(JumpCloudIds.Accepts).Distinct(StringComparer.OrdinalIgnoreCase).Select(id =>
            OrNothingAsync(() => ReadAsync(ReadGroups, () => v2.GetGroup(id, cancellationToken), cancellationToken))));
        return [.. found.OfType<JumpCloudGroup>().Select(ToDirectory)];
    }

    private async Task<DirectoryPage> AccountsAsync(DirectoryRead read, string? filter, JumpCloudSpan span, CancellationToken cancellationToken)
    {
        var list = await ReadAsync(SearchAccounts,
            () => v1.ListUsers(Fields(), filter, span.Limit(options.PageSize), span.Start, cancellationToken), cancellationToken);
        var (results, total) = Counted(SearchAccounts, span, list.Results, list.TotalCount);
        return new DirectoryPage
        {
            Accounts = [.. results.Select(ToDirectory)],
            Next = Next(read, span.AfterCounted(results.Count, total)),
            Total = total,
        };
    }

    private async Task<DirectoryPage> GroupsAsync(DirectoryRead read, JumpCloudSpan span, CancellationToken cancellationToken)
    {
        var (groups, next) = await UncountedAsync(
            read, span, ReadGroups, (limit, skip) => v2.ListGroups(limit, skip, cancellationToken), cancellationToken);
        return new DirectoryPage
        {
            Groups = [.. groups.Select(ToDirectory)],
            Next = next,
            Details = read.What == BareGroupList ? [] : [.. groups.Select(group => new DetailRead(new DirectoryRead(DirectoryList.Part, MemberList, group.Id), null))],
        };
    }

    private async Task<DirectoryPage> ApplicationsAsync(DirectoryRead read, JumpCloudSpan span, CancellationToken cancellationToken)
    {
        var list = await ReadAsync(ReadApplications, () => v1.ListApplications(span.Limit(options.PageSize), span.Start, cancellationToken), cancellationToken);
        var (results, total) = Counted(ReadApplications, span, list.Results, list.TotalCount);
        return new DirectoryPage
        {
            Applications = [.. results.Select(application => new DirectoryApplication(ToApplication(application)))],
            Next = Next(read, span.AfterCounted(results.Count, total)),
            Details = read.What == BareApplicationList ? [] : [.. results.Select(of => new DetailRead(new DirectoryRead(DirectoryList.Part, AssignmentList, of.Id), null))],
            Total = total,
        };
    }

    /// <summary>What is tied to one group or application. One that was deleted meanwhile has nothing.</summary>
    private async Task<DirectoryPage> TiesAsync(
        DirectoryRead read, JumpCloudSpan span, JumpCloudRequest request,
        Func<string, int, int, CancellationToken, Task<ApiResponse<List<JumpCloudConnectionEdge>>>> list,
        IReadOnlyList<(TieKind Kind, string Type)> kinds, CancellationToken cancellationToken)
    {
        var id = Id(read.Of, "a group or an application");
        var page = await OrNothingAsync(() =>
            UncountedAsync(read, span, request, (limit, skip) => list(id, limit, skip, cancellationToken), cancellationToken));
        return new DirectoryPage
        {
            Ties = [.. kinds.Select(kind => new Ties(kind.Kind, id, [.. (page?.Items ?? []).Where(edge => edge.To.Type == kind.Type).Select(edge => edge.To.Id)]))
                .Where(ties => ties.Children.Count > 0)],
            Next = page?.Next ?? [],
            Covers = span.IsFirst ? [.. kinds.Select(kind => new TieList(kind.Kind, id))] : [],
        };
    }

    private async Task<Stretch<T>> UncountedAsync<T>(
        DirectoryRead read, JumpCloudSpan span, JumpCloudRequest request, Func<int, int, Task<ApiResponse<List<T>>>> send, CancellationToken cancellationToken)
    {
        var limit = span.Limit(options.PageSize);
        using var response = await SendAsync(request, () => send(limit, span.Start), cancellationToken);
        var items = response.Content ?? throw JumpCloudErrors.Unreadable(request, JumpCloudErrors.RequestId(response));
        return new Stretch<T>(items, Next(read, span.AfterUncounted(items.Count, limit, NextLink.FromHeaders(response.Headers!) is not null)));
    }

    private static (IReadOnlyList<T> Results, int Total) Counted<T>(JumpCloudRequest request, JumpCloudSpan span, IReadOnlyList<T>? results, int? total) =>
        results is null || total is null || (results.Count == 0 && span.Start < total) ? throw JumpCloudErrors.Unreadable(request, null) : (results, total.Value);

    private async Task<IReadOnlyList<DirectoryAccount>> ReadAccountAsync(string id, CancellationToken cancellationToken)
    {
        if (JumpCloudIds.Accepts(id))
        {
            var user = await OrNothingAsync(() => ReadAsync(ReadAccount, () => v1.GetUserRecord(id, Fields(), cancellationToken), cancellationToken));
            return user is null ? [] : [ToDirectory(user)];
        }
        if (!id.Contains('@', StringComparison.Ordinal)) return [];
        var ids = (await FindUsersAsync(id, cancellationToken)).Where(user => Same(user.Email, id)).Select(user => user.Id);
        var found = await Task.WhenAll(ids.Where(JumpCloudIds.Accepts).Select(known => ReadAccountAsync(known, cancellationToken)));
        return [.. found.SelectMany(accounts => accounts)];
    }

    private static async Task<T?> OrNothingAsync<T>(Func<Task<T>> read)
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

    /// <summary>What is asked of an account: what we use, and what the settings name.</summary>
    private string Fields() => string.Join(' ', AccountFields.Split(' ').Union(options.Fields.Values.Select(JumpCloudAttributes.FieldOf), StringComparer.Ordinal));

    private DirectoryAccount ToDirectory(JsonObject record)
    {
        JumpCloudUser? user;
        try
        {
            user = record.Deserialize(JumpCloudJson.Default.JumpCloudUser);
        }
        catch (JsonException)
        {
            user = null;
        }
        if (user is null) throw JumpCloudErrors.Unreadable(SearchAccounts, null);
        return new DirectoryAccount
        {
            Account = ToAccount(user),
            Kind = user.SambaServiceUser == true ? AccountKind.Service : AccountKind.Person,
            HasMfa = JumpCloudFactors.AnyOf(user),
            ManagerId = JumpCloudIds.Of(user.Manager),
            Attributes = JumpCloudAttributes.Of(record, options.Fields.Values.Distinct(StringComparer.Ordinal)),
        };
    }

    private static DirectoryGroup ToDirectory(JumpCloudGroup group) => new(ToGroup(group)) { Email = Text(group.Email) };

    private static IReadOnlyList<DirectoryRead> Next(DirectoryRead read, IEnumerable<JumpCloudSpan> spans) => [.. spans.Select(span => read with { Cursor = span.Cursor })];

    private sealed record Stretch<T>(IReadOnlyList<T> Items, IReadOnlyList<DirectoryRead> Next);
}
