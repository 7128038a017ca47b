namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>
/// What changed since: delta queries for accounts, for groups with their members, and for applications. Assignments, roles and owners
/// have none: the audit log, where it may be read, tells that something in them changed.
/// </summary>
internal sealed partial class EntraConnection
{
    private static readonly EntraRequest ReadChanges = new("read what changed", "User.Read.All");

    /// <summary>What is watched of every account: what is copied, but for what Graph watches in nobody.</summary>
    private static readonly string[] Watched =
    [
        "accountEnabled", "department", "displayName", "externalUserState", "givenName", "jobTitle", "lastPasswordChangeDateTime", "mail", "onPremisesSyncEnabled",
        "proxyAddresses", "surname", "userPrincipalName", "userType",
    ];

    private const string GroupProperties =
        "description,displayName,groupTypes,isAssignableToRole,mail,mailEnabled,membershipRule,onPremisesSyncEnabled,securityEnabled";

    private const string ApplicationProperties = "accountEnabled,appRoleAssignmentRequired,appRoles,displayName,tags";

    private string Watches => string.Join(',', Watched.Union(EntraAttributes.Selected(options.Fields.Values)).Order(StringComparer.Ordinal));

    public async Task<string> GetPositionAsync(CancellationToken cancellationToken) => (await BeginAsync(cancellationToken)).ToString();

    public async Task<ChangePage> ReadChangesAsync(string position, IKnownIds known, CancellationToken cancellationToken)
    {
        if (EntraPosition.Parse(position) is not { } since || since.Watches != Watches) return await LostAsync(cancellationToken);
        var begins = !since.IsMidway;
        Task<(IReadOnlyList<EntraChange> Items, EntraMark Next)>[] deltas =
        [
            Delta("users", since.Accounts), Delta("groups", since.Groups), Delta("servicePrincipals", since.Applications),
        ];
        var audits = begins || since.Audits.Next is not null ? AuditsAsync(since.Audits, cancellationToken) : Task.FromResult((Reads: (IReadOnlyList<DirectoryRead>)[], since.Audits));
        try
        {
            await AllInOrderAsync([.. deltas, audits]);
        }
        catch (IdpException e) when (e.Trouble is IdpTrouble.NotFound or IdpTrouble.Rejected && e.VendorCode is not null)
        {
            // Graph has forgotten the token: 410, or 40x with a code such as syncStateNotFound.
            return await LostAsync(cancellationToken);
        }

        var (users, groups, applications) = (await deltas[0], await deltas[1], await deltas[2]);
        var (reads, audited) = await audits;
        var accounts = Ids(users.Items);
        var changed = Ids(groups.Items.Where(group => group.Removed || group.AdditionalData.Count > 0 || group.Members.Count == 0));
        List<DirectoryRead> again = [.. ApplicationReads(applications.Items).Concat(reads).Distinct()];
        var next = (since with { Accounts = users.Next, Groups = groups.Next, Applications = applications.Next, Audits = audited }).Naming(accounts, changed, again, begins);
        return new ChangePage
        {
            Accounts = begins ? [.. accounts.Union(since.AccountsAgain, StringComparer.Ordinal)] : accounts,
            Groups = begins ? [.. changed.Union(since.GroupsAgain, StringComparer.Ordinal)] : changed,
            Ties = [.. groups.Items.Where(group => group.Id is not null).SelectMany(MembersOf)],
            Reads = begins ? [.. again.Union(since.ReadsAgain)] : again,
            Position = next.ToString(),
            More = next.IsMidway,
        };

        // In the middle of a round only those that have more are asked.
        Task<(IReadOnlyList<EntraChange> Items, EntraMark Next)> Delta(string list, EntraMark mark) => begins || mark.Midway
            ? SendDeltaAsync(api => api.ReadDeltaAsync(list, mark, cancellationToken), cancellationToken)
            : Task.FromResult((Items: (IReadOnlyList<EntraChange>)[], mark));
    }

    private async Task<EntraPosition> BeginAsync(CancellationToken cancellationToken)
    {
        var watches = Watches;
        var now = time.GetUtcNow();
        var users = BeginUsersAsync(watches, cancellationToken);
        var groups = BeginAsync("groups", $"{GroupProperties},members", cancellationToken);
        var applications = BeginAsync("servicePrincipals", ApplicationProperties, cancellationToken);
        await AllInOrderAsync(users, groups, applications);
        return new EntraPosition
        {
            Watches = watches,
            Accounts = await users,
            Groups = await groups,
            Applications = await applications,
            Audits = new EntraAuditMark(now - AuditLag, null, []),
        };
    }

    /// <summary>The manager is watched where Graph takes it among the properties; where not, only a sweep finds another one.</summary>
    private async Task<EntraMark> BeginUsersAsync(string watches, CancellationToken cancellationToken)
    {
        try
        {
            return await BeginAsync("users", $"{watches},manager", cancellationToken);
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.Rejected && e.VendorCode is not null)
        {
            return await BeginAsync("users", watches, cancellationToken);
        }
    }

    private Task<EntraMark> BeginAsync(string list, string select, CancellationToken cancellationToken) =>
        ReadAsync(ReadChanges, async api => await api.BeginDeltaAsync(list, select, cancellationToken), cancellationToken)!;

    private async Task<(IReadOnlyList<EntraChange> Items, EntraMark Next)> SendDeltaAsync(
        Func<EntraApi, Task<(IReadOnlyList<EntraChange> Items, EntraMark Next)>> send, CancellationToken cancellationToken)
    {
        (IReadOnlyList<EntraChange> Items, EntraMark Next) page = default;
        await SendAsync<object>(ReadChanges, async api =>
        {
            page = await send(api);
            return null;
        }, cancellationToken);
        return page;
    }

    private async Task<ChangePage> LostAsync(CancellationToken cancellationToken) =>
        new() { Position = (await BeginAsync(cancellationToken)).ToString(), Lost = true };

    private static List<string> Ids(IEnumerable<EntraChange> changes) => [.. changes.Select(change => change.Id).OfType<string>().Distinct(StringComparer.Ordinal)];

    private static IEnumerable<TieChange> MembersOf(EntraChange group)
    {
        foreach (var member in group.Members.Where(member => member.Id is not null))
        {
            if (IsUser(member) || (member.Removed && member.Type is null)) yield return new TieChange(TieKind.Member, group.Id!, member.Id!, !member.Removed);
            if (IsGroup(member) || (member.Removed && member.Type is null)) yield return new TieChange(TieKind.NestedGroup, group.Id!, member.Id!, !member.Removed);
        }
    }

    /// <summary>One that changed may be new, so who has it is read as well. One that is not (any more) among those that the admin center lists, or gone, shows by its absence from the list.</summary>
    private static IEnumerable<DirectoryRead> ApplicationReads(IReadOnlyList<EntraChange> changes) => changes
        .Where(change => change.Id is not null)
        .SelectMany<EntraChange, DirectoryRead>(change => !change.Removed && change.Tags.Contains(IntegratedTag)
            ? [new(DirectoryList.Part, OneApplication, change.Id), new(DirectoryList.Part, Assigned, change.Id)]
            : [new(DirectoryList.Applications, ApplicationsAlone)]);
}
