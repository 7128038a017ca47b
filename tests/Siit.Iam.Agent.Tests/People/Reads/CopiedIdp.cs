using System.Collections.Concurrent;
using System.Globalization;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.People.Reads;

/// <summary>A connection with state that can be copied, and asked as every other: it counts how often it is.</summary>
internal sealed class CopiedIdp(string name, IdpKind idp = IdpKind.Okta) : IIdpConnection, IDirectorySource, ISuspendUser
{
    private const int PageSize = 500;
    private static readonly TieKind[] Kinds = Enum.GetValues<TieKind>();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DirectoryAccount> _accounts = new(StringComparer.Ordinal);
    private readonly List<DirectoryGroup> _groups = [];
    private readonly List<DirectoryApplication> _applications = [];
    private readonly List<TenantRole> _roles = [];
    private readonly HashSet<(TieKind Kind, string Parent, string Child)> _ties = [];
    private readonly List<FeedEvent> _log = [];
    private int _asked;

    public string Name => name;

    public IdpKind Idp => idp;

    public Uri Tenant { get; } = new($"https://{name}.example");

    public DirectoryTraits Traits { get; } = new(true, TimeSpan.FromMinutes(10));

    public AttributeNames Attributes { get; } = new(["costCenter"], "or custom.NAME", _ => false);

    /// <summary>Accounts that were suspended, each time.</summary>
    public ConcurrentQueue<string> Suspensions { get; } = [];

    /// <summary>Questions of a read, which the copy should have answered.</summary>
    public int Asked => _asked;

    /// <summary>The lists say nothing until it is set.</summary>
    public TaskCompletionSource? Holding { get; set; }

    /// <summary>Every list ends with this.</summary>
    public IdpException? Failing { get; set; }

    public CopiedIdp With(string id, string fullName, string? email, AccountStatus status = AccountStatus.Active, string? login = null, Func<DirectoryAccount, DirectoryAccount>? more = null)
    {
        var words = fullName.Split(' ', 2);
        var account = new DirectoryAccount
        {
            Account = new Account
            {
                Id = id,
                Login = login ?? email ?? id,
                Email = email,
                FirstName = words[0],
                LastName = words.ElementAtOrDefault(1),
                Status = status,
                VendorStatus = status.ToString().ToUpperInvariant(),
            },
        };
        lock (_gate)
            _accounts[id] = more?.Invoke(account) ?? account;
        return this;
    }

    public CopiedIdp WithGroup(string id, string groupName, params string[] members)
    {
        lock (_gate)
        {
            _groups.Add(new DirectoryGroup(new IdpGroup { Id = id, Name = groupName, VendorType = "GROUP" }));
            foreach (var member in members)
                _ties.Add((TieKind.Member, id, member));
        }

        return this;
    }

    public CopiedIdp WithApplication(string id, string applicationName, string[]? users = null, string[]? groups = null)
    {
        lock (_gate)
        {
            _applications.Add(new DirectoryApplication(new IdpApplication { Id = id, Name = applicationName }));
            foreach (var user in users ?? [])
                _ties.Add((TieKind.Assignment, id, user));
            foreach (var group in groups ?? [])
                _ties.Add((TieKind.GroupAssignment, id, group));
        }

        return this;
    }

    public CopiedIdp WithRole(string id, string roleName, string[]? users = null, string[]? groups = null)
    {
        lock (_gate)
        {
            _roles.Add(new TenantRole(id, roleName, Super: false));
            foreach (var user in users ?? [])
                _ties.Add((TieKind.RoleHolder, id, user));
            foreach (var group in groups ?? [])
                _ties.Add((TieKind.RoleGroup, id, group));
        }

        return this;
    }

    public void Tie(TieKind kind, string parent, string child)
    {
        lock (_gate) _ties.Add((kind, parent, child));
    }

    public void Change(string id, Func<DirectoryAccount, DirectoryAccount> change)
    {
        lock (_gate) _accounts[id] = change(_accounts[id]);
    }

    public void Delete(params IReadOnlyList<string> ids)
    {
        lock (_gate)
        {
            foreach (var id in ids)
                _accounts.Remove(id);
            _ties.RemoveWhere(tie => ids.Contains(tie.Child));
        }
    }

    public void Log(FeedEvent happened)
    {
        lock (_gate) _log.Add(happened);
    }

    public Task<string> GetPositionAsync(CancellationToken cancellationToken) => Task.FromResult(Position(_log.Count));

    public DirectoryReads ReadsFor(DateTimeOffset? changedSince) => new(
        [new(DirectoryList.Accounts, "accounts"), new(DirectoryList.Groups, "rest")],
        new HashSet<DirectoryList> { DirectoryList.Accounts, DirectoryList.Groups, DirectoryList.Applications, DirectoryList.Roles });

    public async Task<DirectoryPage> ReadAsync(DirectoryRead read, CancellationToken cancellationToken)
    {
        if (Holding is { } holding && (read.What == "rest" || read.Cursor is not null))
            await holding.Task.WaitAsync(cancellationToken);
        if (Failing is not null)
            throw Failing;
        lock (_gate)
        {
            if (read.What != "accounts")
            {
                return new DirectoryPage
                {
                    Groups = [.. _groups],
                    Applications = [.. _applications],
                    Roles = [.. _roles],
                    Ties = [.. _ties.GroupBy(tie => (tie.Kind, tie.Parent)).Select(list => new Ties(list.Key.Kind, list.Key.Parent, [.. list.Select(tie => tie.Child)]))],
                    Covers = [.. Kinds.Select(kind => new TieList(kind, null))],
                };
            }

            var from = read.Cursor is null ? 0 : int.Parse(read.Cursor, CultureInfo.InvariantCulture);
            return new DirectoryPage
            {
                Accounts = [.. _accounts.Values.OrderBy(account => account.Account.Id, StringComparer.Ordinal).Skip(from).Take(PageSize)],
                Next = from + PageSize < _accounts.Count ? [read with { Cursor = Position(from + PageSize) }] : [],
                Total = _accounts.Count,
            };
        }
    }

    public Task<ChangePage> ReadChangesAsync(string position, IKnownIds known, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var told = _log.Skip(int.Parse(position, CultureInfo.InvariantCulture)).ToList();
            return Task.FromResult(new ChangePage { Events = told, Accounts = [.. told.Select(happened => happened.Account).Distinct()], Position = Position(_log.Count) });
        }
    }

    public Task<IReadOnlyList<DirectoryAccount>> ReadAccountsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        lock (_gate)
            return Task.FromResult<IReadOnlyList<DirectoryAccount>>([.. ids.Select(_accounts.GetValueOrDefault).OfType<DirectoryAccount>()]);
    }

    public Task<IReadOnlyList<DirectoryGroup>> ReadGroupsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        lock (_gate)
            return Task.FromResult<IReadOnlyList<DirectoryGroup>>([.. _groups.Where(group => ids.Contains(group.Group.Id))]);
    }

    public Task<IReadOnlyList<Account>> FindAccountsAsync(string emailOrLogin, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<Account>>([.. _accounts.Values.Select(account => account.Account).Where(account =>
                string.Equals(account.Email, emailOrLogin, StringComparison.OrdinalIgnoreCase) || string.Equals(account.Login, emailOrLogin, StringComparison.OrdinalIgnoreCase))]);
        }
    }

    public Task<AccountPicture> GetPictureAsync(string accountId, PictureParts parts, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        lock (_gate)
        {
            return Task.FromResult(new AccountPicture { Account = _accounts[accountId].Account, Groups = [], Applications = [], Roles = [], Factors = [], Grants = [], ReadAt = DateTimeOffset.UnixEpoch });
        }
    }

    public Task<Page<IdpGroup>> FindGroupsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken) => Empty<IdpGroup>();

    public Task<GroupPicture> GetGroupAsync(string groupId, CancellationToken cancellationToken) =>
        throw new IdpException(IdpTrouble.NotFound, "There is no such group.");

    public Task<Page<Account>> ListMembersAsync(string groupId, int limit, string? cursor, CancellationToken cancellationToken) => Empty<Account>();

    public Task<Page<IdpApplication>> FindApplicationsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken) => Empty<IdpApplication>();

    public Task<IdpApplication> GetApplicationAsync(string applicationId, CancellationToken cancellationToken) =>
        throw new IdpException(IdpTrouble.NotFound, "There is no such application.");

    public Task<Page<LoggedEvent>> ListEventsAsync(string? accountId, DateTimeOffset since, int limit, string? cursor, CancellationToken cancellationToken) => Empty<LoggedEvent>();

    public Task<IReadOnlyCollection<string>> ListSuperAdministratorsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyCollection<string>>([]);

    public Task<IReadOnlyCollection<string>> GetOwnAccountIdsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyCollection<string>>([]);

    public Task<WriteReceipt> SuspendUserAsync(Account account, CancellationToken cancellationToken)
    {
        Suspensions.Enqueue(account.Id);
        Change(account.Id, found => found with { Account = found.Account with { Status = AccountStatus.Suspended } });
        return Task.FromResult(new WriteReceipt("req-1"));
    }

    public IEnumerable<Trap> TrapsOf(string action, Situation situation) => [];

    private Task<Page<T>> Empty<T>()
    {
        Interlocked.Increment(ref _asked);
        return Task.FromResult(new Page<T>([], null));
    }

    private static string Position(int number) => number.ToString(CultureInfo.InvariantCulture);
}
