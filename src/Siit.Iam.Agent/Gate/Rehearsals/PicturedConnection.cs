using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Gate.Rehearsals;

/// <summary>Reads a picture that somebody wrote as if an IdP had answered. It can change nothing.</summary>
internal sealed class PicturedConnection(PicturedTenant tenant, IIdpConnection manners) : IIdpConnection
{
    public string Name => tenant.Name;

    public IdpKind Idp => manners.Idp;

    public Uri Tenant => manners.Tenant;

    public Task<IReadOnlyList<Account>> FindAccountsAsync(string emailOrLogin, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Account>>(
        [.. tenant.Accounts.Where(account => account.Email.Equals(emailOrLogin, StringComparison.OrdinalIgnoreCase)).Select(Read)]);

    public Task<AccountPicture> GetPictureAsync(string accountId, PictureParts parts, CancellationToken cancellationToken)
    {
        var account = tenant.Accounts.FirstOrDefault(account => account.Id == accountId) ?? throw Missing("account");
        var groups = account.Groups.Select(id => Find(id)).ToList();
        return Task.FromResult(new AccountPicture
        {
            Account = Read(account),
            Groups = parts.HasFlag(PictureParts.Groups) ? [.. groups.Select(group => new GroupMembership(group.Id, group.Name))] : null,
            Applications = parts.HasFlag(PictureParts.Applications) ? [.. Assigned(account, groups)] : null,
            Roles = parts.HasFlag(PictureParts.Roles) ? [.. account.Roles.Select(role => Role(role, null)), .. groups.SelectMany(group => group.Roles.Select(role => Role(role, group.Id)))] : null,
            Factors = parts.HasFlag(PictureParts.Factors) ? [.. account.Factors.Select((kind, at) => new Factor($"factor-{at + 1}", kind, kind, "ACTIVE", null))] : null,
            Grants = parts.HasFlag(PictureParts.Grants) ? [.. account.Grants.Select((client, at) => new Grant($"grant-{at + 1}", client, null, null))] : null,
            ReadAt = DateTimeOffset.UnixEpoch,
        });
    }

    public Task<Page<IdpGroup>> FindGroupsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken) =>
        PageOf(tenant.Groups.Where(group => group.Name.StartsWith(query ?? "", StringComparison.OrdinalIgnoreCase)).Select(Read), limit, cursor);

    public Task<GroupPicture> GetGroupAsync(string groupId, CancellationToken cancellationToken)
    {
        var group = Find(groupId);
        return Task.FromResult(new GroupPicture
        {
            Group = Read(group),
            Roles = [.. group.Roles.Select(role => Role(role, group.Id))],
            Applications = [.. group.Applications.Select(Application)],
            Rules = [],
        });
    }

    public Task<Page<Account>> ListMembersAsync(string groupId, int limit, string? cursor, CancellationToken cancellationToken) =>
        PageOf(tenant.Accounts.Where(account => account.Groups.Contains(Find(groupId).Id)).Select(Read), limit, cursor);

    public Task<Page<IdpApplication>> FindApplicationsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken) =>
        PageOf(tenant.Applications.Where(application => application.Name.StartsWith(query ?? "", StringComparison.OrdinalIgnoreCase)).Select(Read), limit, cursor);

    public Task<IdpApplication> GetApplicationAsync(string applicationId, CancellationToken cancellationToken) => Task.FromResult(Application(applicationId));

    public Task<Page<LoggedEvent>> ListEventsAsync(string? accountId, DateTimeOffset since, int limit, string? cursor, CancellationToken cancellationToken) =>
        Task.FromResult(new Page<LoggedEvent>([], null));

    public Task<IReadOnlyCollection<string>> ListSuperAdministratorsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyCollection<string>>(
        [.. tenant.Accounts.Where(account => account.Roles.Concat(account.Groups.SelectMany(id => Find(id).Roles)).Any(IsSuper) && account.Status == "active").Select(account => account.Id)]);

    public Task<IReadOnlyCollection<string>> GetOwnAccountIdsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyCollection<string>>([]);

    public IEnumerable<Trap> TrapsOf(string action, Situation situation) => manners.TrapsOf(action, situation);

    public string? CannotBecause(string action) => manners.CannotBecause(action);

    private Account Read(PicturedAccount account)
    {
        var status = Enum.Parse<AccountStatus>(account.Status, ignoreCase: true);
        return new Account
        {
            Id = account.Id,
            Login = account.Email,
            Email = account.Email,
            FirstName = account.FirstName,
            LastName = account.LastName,
            Status = status,
            VendorStatus = RehearsedIdps.Word(Idp, status),
            Department = account.Department,
            Title = account.Title,
            Manager = account.Manager,
        };
    }

    private IEnumerable<ApplicationAssignment> Assigned(PicturedAccount account, List<PicturedGroup> groups) =>
    [
        .. account.Applications.Select(id => (id, via: groups.Find(group => group.Applications.Contains(id)))).Select(held => new ApplicationAssignment(held.id, Application(held.id).Name, Direct: true, held.via?.Id, held.via?.Name)),
        .. groups.SelectMany(group => group.Applications.Where(id => !account.Applications.Contains(id)).Select(id => new ApplicationAssignment(id, Application(id).Name, Direct: false, group.Id, group.Name))),
    ];

    private PicturedGroup Find(string id) => tenant.Groups.FirstOrDefault(group => group.Id == id) ?? throw Missing("group");

    private IdpApplication Application(string id) => Read(tenant.Applications.FirstOrDefault(application => application.Id == id) ?? throw Missing("application"));

    private static IdpGroup Read(PicturedGroup group) => new() { Id = group.Id, Name = group.Name, VendorType = "group" };

    private IdpApplication Read(PicturedApplication application) => new() { Id = application.Id, Name = application.Name, AccessGroup = application.Group is { } group ? Read(Find(group)) : null };

    private static AdminRole Role(string name, string? viaGroup) => new(name, IsSuper(name), viaGroup);

    private static bool IsSuper(string role) => role.Contains("super", StringComparison.OrdinalIgnoreCase);

    private IdpException Missing(string what) => new(IdpTrouble.NotFound, $"There is no such {what} at {Name}.");

    private static Task<Page<T>> PageOf<T>(IEnumerable<T> all, int limit, string? cursor)
    {
        var start = int.TryParse(cursor, out var at) ? at : 0;
        var items = all.Skip(start).Take(limit + 1).ToList();
        return Task.FromResult(new Page<T>([.. items.Take(limit)], items.Count > limit ? $"{start + limit}" : null));
    }
}
