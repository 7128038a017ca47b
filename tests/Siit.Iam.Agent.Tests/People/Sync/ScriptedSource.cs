using System.Globalization;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.People.Sync;

/// <summary>A directory that changes when told to, with a log or with states only, and with what vendors do wrong.</summary>
internal sealed class ScriptedSource(bool tellsEvents, TimeProvider time) : IDirectorySource
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DirectoryAccount> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DirectoryGroup> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DirectoryApplication> _applications = new(StringComparer.Ordinal);
    private readonly HashSet<(TieKind Kind, string Parent, string Child)> _ties = [];
    private readonly Dictionary<string, int> _stamps = new(StringComparer.Ordinal);
    private readonly List<(FeedEvent? Event, string[] Accounts, string[] Groups, TieChange[] Ties, DateTimeOffset At)> _log = [];

    public DirectoryTraits Traits { get; } = new(tellsEvents, TimeSpan.FromMinutes(10));

    public AttributeNames Attributes { get; } = new(["costCenter"], "or custom.NAME", name => name.StartsWith("custom.", StringComparison.Ordinal));

    public int PageSize { get; set; } = 2;

    /// <summary>Log entries per page of changes.</summary>
    public int LogPage { get; set; } = 3;

    /// <summary>How many of the newest log entries are not visible yet.</summary>
    public int Hidden { get; set; }

    /// <summary>Positions before this log entry have expired.</summary>
    public int Expired { get; set; }

    /// <summary>Each read asks this first; it may throw.</summary>
    public Action<string>? Before { get; set; }

    /// <summary>Everything that was read, in order.</summary>
    public List<string> Reads { get; } = [];

    /// <summary>The log as it is: what has to be told.</summary>
    public IReadOnlyList<FeedEvent> Told => [.. _log.Select(entry => entry.Event).OfType<FeedEvent>()];

    public IReadOnlyDictionary<string, DirectoryAccount> Accounts => _accounts;

    public IReadOnlySet<(TieKind Kind, string Parent, string Child)> Ties => _ties;

    public DirectoryAccount Add(string id, string? email = null, AccountStatus status = AccountStatus.Active)
    {
        lock (_gate)
        {
            var account = new DirectoryAccount
            {
                Account = new Account { Id = id, Login = $"{id}@acme.example", Email = email ?? $"{id}@acme.example", FirstName = id, LastName = "Test", Status = status, VendorStatus = status.ToString() },
            };
            _accounts[id] = account;
            Log(LifecycleKind.AccountCreated, id);
            return account;
        }
    }

    public void AddGroup(string id)
    {
        lock (_gate)
        {
            _groups[id] = new DirectoryGroup(new IdpGroup { Id = id, Name = "Group " + id, VendorType = "GROUP" });
            _log.Add((null, [], [id], [], time.GetUtcNow()));
        }
    }

    public void AddApplication(string id)
    {
        lock (_gate)
            _applications[id] = new DirectoryApplication(new IdpApplication { Id = id, Name = "App " + id });
    }

    public void Change(string id, Func<Account, Account> change, LifecycleKind kind, bool silent = false)
    {
        lock (_gate)
        {
            _accounts[id] = _accounts[id] with { Account = change(_accounts[id].Account) };
            if (!silent)
                Log(kind, id);
        }
    }

    public void Set(string id, AccountStatus status, LifecycleKind kind, bool silent = false) =>
        Change(id, account => account with { Status = status, VendorStatus = status.ToString() }, kind, silent);

    public void Delete(string id, bool silent = false)
    {
        lock (_gate)
        {
            _accounts.Remove(id);
            _ties.RemoveWhere(tie => tie.Child == id);
            if (!silent)
                Log(LifecycleKind.AccountDeleted, id);
        }
    }

    /// <summary>Out of the lists for a while, as a row that moves between pages.</summary>
    public void Hide(string id)
    {
        lock (_gate) _accounts.Remove(id);
    }

    public DirectoryGroup? HideGroup(string id)
    {
        lock (_gate) return _groups.Remove(id, out var hidden) ? hidden : null;
    }

    public void ShowGroup(DirectoryGroup group)
    {
        lock (_gate) _groups[group.Group.Id] = group;
    }

    public void Show(DirectoryAccount account)
    {
        lock (_gate) _accounts[account.Account.Id] = account;
    }

    public void Tie(TieKind kind, string parent, string child, bool tied, bool silent = false)
    {
        lock (_gate)
        {
            if (!(tied ? _ties.Add((kind, parent, child)) : _ties.Remove((kind, parent, child))))
                return;
            _stamps[parent] = _stamps.GetValueOrDefault(parent) + 1;
            var told = (kind, tied) switch
            {
                (TieKind.Member, true) => LifecycleKind.MembershipAdded,
                (TieKind.Member, false) => LifecycleKind.MembershipRemoved,
                (_, true) => LifecycleKind.AssignmentAdded,
                _ => LifecycleKind.AssignmentRemoved,
            };
            if (!silent)
                Log(told, child, parent, new TieChange(kind, parent, child, tied));
        }
    }

    /// <summary>As a group of everybody: the log shows that the membership changed, and tells no event of it.</summary>
    public void TieUntold(TieKind kind, string parent, string child, bool tied)
    {
        lock (_gate)
        {
            _ = tied ? _ties.Add((kind, parent, child)) : _ties.Remove((kind, parent, child));
            _log.Add((null, [], [], [new TieChange(kind, parent, child, tied)], time.GetUtcNow()));
        }
    }

    public Task<string> GetPositionAsync(CancellationToken cancellationToken) => Read("position", () => Position(_log.Count));

    public DirectoryReads ReadsFor(DateTimeOffset? changedSince) => new(
        [new(DirectoryList.Accounts, "accounts"), new(DirectoryList.Groups, "groups"), new(DirectoryList.Applications, "applications")],
        new HashSet<DirectoryList> { DirectoryList.Accounts, DirectoryList.Groups, DirectoryList.Applications });

    public Task<DirectoryPage> ReadAsync(DirectoryRead read, CancellationToken cancellationToken) => Read($"{read.What}/{read.Of}@{read.Cursor}", () => read.What switch
    {
        "accounts" => Page(read, _accounts, account => new DirectoryPage { Accounts = account }),
        "groups" => Page(read, _groups, groups => new DirectoryPage
        {
            Groups = groups,
            Details = [.. groups.Select(group => new DetailRead(new(DirectoryList.Part, "members", group.Group.Id), Stamp(group.Group.Id)))],
        }),
        "applications" => Page(read, _applications, applications => new DirectoryPage
        {
            Applications = applications,
            Details = [.. applications.Select(application => new DetailRead(new(DirectoryList.Part, "users", application.Application.Id), Stamp(application.Application.Id)))],
        }),
        "members" => TiesPage(read, TieKind.Member),
        _ => TiesPage(read, TieKind.Assignment),
    });

    public Task<ChangePage> ReadChangesAsync(string position, IKnownIds known, CancellationToken cancellationToken) => Read("changes@" + position, () =>
    {
        var from = position.Length == 0 ? -1 : int.Parse(position, CultureInfo.InvariantCulture);
        if (from < Expired)
            return new ChangePage { Position = Position(_log.Count), Lost = true };
        var visible = Math.Max(from, _log.Count - Hidden);
        var entries = _log[from..Math.Min(visible, from + LogPage)];
        return new ChangePage
        {
            Events = tellsEvents ? [.. entries.Select(entry => entry.Event).OfType<FeedEvent>()] : [],
            Accounts = [.. entries.SelectMany(entry => entry.Accounts).Distinct()],
            Groups = [.. entries.SelectMany(entry => entry.Groups).Distinct()],
            Ties = [.. entries.SelectMany(entry => entry.Ties)],
            Position = Position(from + entries.Count),
            More = from + entries.Count < visible,
        };
    });

    public Task<IReadOnlyList<DirectoryAccount>> ReadAccountsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        Read($"accounts({ids.Count})", () => (IReadOnlyList<DirectoryAccount>)[.. ids.Select(id => _accounts.GetValueOrDefault(id)).OfType<DirectoryAccount>()]);

    public Task<IReadOnlyList<DirectoryGroup>> ReadGroupsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        Read($"groups({ids.Count})", () => (IReadOnlyList<DirectoryGroup>)[.. ids.Select(id => _groups.GetValueOrDefault(id)).OfType<DirectoryGroup>()]);

    private static string Position(int entry) => entry.ToString(CultureInfo.InvariantCulture);

    private string Stamp(string id) => _stamps.GetValueOrDefault(id).ToString(CultureInfo.InvariantCulture);

    private void Log(LifecycleKind kind, string account, string? thing = null, TieChange? tie = null) => _log.Add((
        new FeedEvent { Id = $"ev{_log.Count}", Time = time.GetUtcNow(), Kind = kind, Account = account, Object = thing, Actor = "somebody", VendorType = kind.ToString() },
        tie is null ? [account] : [], [], tie is null ? [] : [tie], time.GetUtcNow()));

    private DirectoryPage Page<T>(DirectoryRead read, Dictionary<string, T> all, Func<List<T>, DirectoryPage> page)
    {
        var keys = all.Keys.Order(StringComparer.Ordinal).Where(key => read.Cursor is null || string.CompareOrdinal(key, read.Cursor) > 0).ToList();
        var some = keys.Take(PageSize).ToList();
        return page([.. some.Select(key => all[key])]) with
        {
            Next = keys.Count > PageSize ? [read with { Cursor = some[^1] }] : [],
            Total = all.Count,
        };
    }

    private DirectoryPage TiesPage(DirectoryRead read, TieKind kind)
    {
        var children = _ties.Where(tie => tie.Kind == kind && tie.Parent == read.Of).Select(tie => tie.Child).ToDictionary(child => child);
        return Page(read, children, some => new DirectoryPage { Ties = [new Ties(kind, read.Of!, some)] }) with
        {
            Covers = read.Cursor is null ? [new TieList(kind, read.Of)] : [],
            Total = null,
        };
    }

    private async Task<T> Read<T>(string what, Func<T> answer)
    {
        await Task.Yield();
        lock (_gate)
        {
            Before?.Invoke(what);
            Reads.Add(what);
            return answer();
        }
    }
}
