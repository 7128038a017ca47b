using System.Globalization;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>
/// One step of bringing a connection's copy up to date: collects what differs, the documents to write and what memory has to be told
/// after the commit. Used by one thread, while nobody else changes the same connection.
/// </summary>
/// <param name="tellsDifferences">False: nobody asks what differs, because it is a first picture.</param>
internal sealed class Copying(DirectoryCopy copy, ConnectionCopy connection, DateTimeOffset readAt, bool tellsDifferences = true)
{
    private const int SliceSize = 500;

    private readonly Dictionary<string, KnownAccount> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccountEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GroupEntry> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ApplicationEntry> _applications = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TenantRole> _roles = new(StringComparer.Ordinal);
    private readonly Dictionary<(TieKind Kind, string Parent, string Child), bool> _ties = [];
    private readonly List<ListChange> _lists = [];
    private readonly List<Difference> _differences = [];

    public DocumentChanges Documents { get; } = new();

    public IReadOnlyList<Difference> Differences => _differences;

    /// <summary>What was found is what the copy has.</summary>
    /// <param name="print">Of what was found.</param>
    public static bool IsUnchanged(ConnectionCopy connection, string id, ulong print) =>
        connection.Account(id) is { Gone: false } known && known.Print == print;

    /// <summary>What a page holds beside accounts and ties.</summary>
    public void Things(DirectoryPage page)
    {
        foreach (var group in page.Groups)
            Group(group);
        foreach (var application in page.Applications)
            Application(application);
        foreach (var role in page.Roles)
            Role(role);
    }

    public void Account(DirectoryAccount found) => Account(found, AccountPrint.Of(found));

    /// <param name="print">Of what was found.</param>
    public void Account(DirectoryAccount found, ulong print)
    {
        var id = found.Account.Id;
        var known = Known(id);
        if (known is { Gone: false } && known.Print == print)
            return;
        var before = known is null ? null : EntryOf(id);
        if (found.HasMfa is null && before?.Found.HasMfa is { } told)
        {
            // Told by a list of its own, which is not read each time.
            found = found with { HasMfa = told };
            print = AccountPrint.Of(found);
            if (known is { Gone: false } && known.Print == print)
                return;
        }

        if (tellsDifferences)
            _differences.AddRange(before is null ? [new Difference(LifecycleKind.AccountCreated, id, null, DateTimeOffset.MinValue)] : AccountDifferences.Between(before, found));
        Save(new AccountEntry
        {
            Found = found,
            FirstSeenAt = before?.FirstSeenAt ?? readAt,
            AddressSince = before is { GoneAt: null } && WorkAddress(before.Found) == WorkAddress(found) ? before.AddressSince : readAt,
            ReadAt = readAt,
            Former = before is null ? [] : FormerAfter(before, found, readAt),
        }, print);
    }

    /// <summary>It does not exist at the IdP any more: kept, marked, without anything tied to it.</summary>
    public void AccountGone(string id)
    {
        if (Known(id) is not { Gone: false } known || EntryOf(id) is not { } before)
            return;
        _differences.Add(new Difference(LifecycleKind.AccountDeleted, id, null, known.ReadAt));
        Save(before with { GoneAt = readAt }, known.Print);
        foreach (var kind in Enum.GetValues<TieKind>().Where(kind => !kind.TiesGroups()))
        {
            // Going away took these along: the account's end is told, not each of them.
            foreach (var parent in connection.ParentsOf(kind, id).ToList())
                _ties[(kind, parent, id)] = false;
        }
    }

    public void Group(DirectoryGroup found)
    {
        var entry = new GroupEntry(found, readAt);
        if (connection.Group(found.Group.Id) is not { } known || known.Found != found || known.GoneAt is not null)
            Save(entry);
    }

    public void GroupGone(string id)
    {
        if (connection.Group(id) is not { GoneAt: null } known)
            return;
        Save(known with { GoneAt = readAt });
        foreach (var kind in new[] { TieKind.Member, TieKind.NestedGroup, TieKind.GroupOwner })
            TiesOf(kind, id, []);
    }

    public void Application(DirectoryApplication found)
    {
        if (connection.Applications.GetValueOrDefault(found.Application.Id) is not { } known || known.Found != found || known.GoneAt is not null)
            Save(new ApplicationEntry(found, readAt));
    }

    public void ApplicationGone(string id)
    {
        if (connection.Applications.GetValueOrDefault(id) is not { GoneAt: null } known)
            return;
        Save(known with { GoneAt = readAt });
        foreach (var kind in new[] { TieKind.Assignment, TieKind.GroupAssignment, TieKind.ApplicationOwner })
            TiesOf(kind, id, []);
    }

    public void Role(TenantRole role)
    {
        if (connection.Roles.GetValueOrDefault(role.Id) == role)
            return;
        _roles[role.Id] = role;
        Documents.Put(CopyShelves.Roles, CopyShelves.Id(connection.Name, role.Id), role);
    }

    /// <summary>These and no others are tied to the parent.</summary>
    public void TiesOf(TieKind kind, string parent, IReadOnlyCollection<string> children)
    {
        var now = children as IReadOnlySet<string> ?? children.ToHashSet(StringComparer.Ordinal);
        foreach (var gone in connection.ChildrenOf(kind, parent).Where(child => !now.Contains(child)).ToList())
            Tie(new TieChange(kind, parent, gone, false));
        foreach (var child in now)
            Tie(new TieChange(kind, parent, child, true));
    }

    /// <summary>
    /// As the other, for many at once: children by the copy's numbers, of accounts and groups that were committed before. Of one parent
    /// once in a step, and without <see cref="Tie"/> of the same.
    /// </summary>
    /// <param name="children">Ascending, each once.</param>
    /// <param name="all">False: whoever is tied beside these stays so.</param>
    public void TiesOf(TieKind kind, string parent, IReadOnlyList<int> children, bool all)
    {
        var before = connection.Ties(kind).ChildrenOf(parent);
        var (added, removed) = (new List<int>(), new List<int>());
        for (var (has, now) = (0, 0); has < before.Count || now < children.Count;)
        {
            if (now == children.Count || (has < before.Count && before[has] < children[now]))
                removed.Add(before[has++]);
            else if (has == before.Count || children[now] < before[has])
                added.Add(children[now++]);
            else
                (has, now) = (has + 1, now + 1);
        }

        if (!all)
            removed.Clear();
        added.RemoveAll(child => !connection.IsThere(kind, child));
        if (IsParentGone(kind, parent))
            added.Clear();
        if (added.Count + removed.Count == 0)
            return;
        _lists.Add(new ListChange(kind, parent, [.. added], [.. removed]));
        if (SaysSince(kind))
        {
            foreach (var child in removed.Concat(added))
                Since(kind, parent, connection.ChildId(kind, child));
        }

        Tell(removed, tied: false);
        Tell(added, tied: true);

        void Tell(List<int> changed, bool tied)
        {
            if (!tellsDifferences || KindOf(kind, tied) is not { } told)
                return;
            foreach (var child in changed.Where(child => connection.IsThere(kind, child)))
                _differences.Add(new Difference(told, connection.ChildId(kind, child), parent, copy.ReadAt(connection.Name)));
        }
    }

    public void Tie(TieChange tie)
    {
        var key = (tie.Kind, tie.Parent, tie.Child);
        var isChanged = _ties.TryGetValue(key, out var changed);
        var tied = isChanged ? changed : connection.IsTied(tie.Kind, tie.Parent, tie.Child);
        if (tied == tie.Tied || (tie.Tied && !IsThere(tie)))
            return;
        _ties[key] = tie.Tied;
        if (SaysSince(tie.Kind))
            Since(tie.Kind, tie.Parent, tie.Child);
        // There and back within a step: the state before and the one after do not differ.
        if (isChanged && KindOf(tie.Kind, tied) is { } back && _differences.RemoveAll(one => one.Kind == back && one.Account == tie.Child && one.Object == tie.Parent) > 0)
            return;
        if (tellsDifferences && KindOf(tie.Kind, tie.Tied) is { } kind && Known(tie.Child) is { Gone: false })
            _differences.Add(new Difference(kind, tie.Child, tie.Parent, copy.ReadAt(connection.Name)));
    }

    /// <summary>The account as this step leaves it; null when nobody knows it.</summary>
    public KnownAccount? AccountNow(string id) => Known(id);

    /// <summary>The name of what an event is about.</summary>
    public string? NameOf(LifecycleKind kind, string thing) => kind switch
    {
        LifecycleKind.MembershipAdded or LifecycleKind.MembershipRemoved => (_groups.GetValueOrDefault(thing) ?? connection.Group(thing))?.Found.Group.Name,
        LifecycleKind.AssignmentAdded or LifecycleKind.AssignmentRemoved =>
            (_applications.GetValueOrDefault(thing) ?? connection.Applications.GetValueOrDefault(thing))?.Found.Application.Name,
        LifecycleKind.RoleGranted or LifecycleKind.RoleRevoked => (_roles.GetValueOrDefault(thing) ?? connection.Roles.GetValueOrDefault(thing))?.Name,
        _ => null,
    };

    /// <summary>Writes the accounts of this step so far; none of them may come again in it. So many of them wait as bytes and not as objects.</summary>
    public void WriteAccounts()
    {
        foreach (var bucket in _entries.GroupBy(entry => CopyShelves.BucketOf(connection.Name, entry.Key)))
        {
            var entries = copy.File.Get(CopyShelves.Accounts, bucket.Key) ?? new Dictionary<string, AccountEntry>();
            foreach (var (id, entry) in bucket)
                entries[id] = entry;
            Documents.Put(CopyShelves.Accounts, bucket.Key, entries);
        }

        _entries.Clear();
    }

    /// <summary>Adds what the accounts and the ties come to; last, before the commit.</summary>
    public Copying Finish()
    {
        WriteAccounts();
        foreach (var changed in _ties.GroupBy(tie => (tie.Key.Kind, tie.Key.Parent)))
        {
            var children = connection.ChildrenOf(changed.Key.Kind, changed.Key.Parent).ToHashSet(StringComparer.Ordinal);
            foreach (var (tie, tied) in changed)
            {
                if (tied)
                    children.Add(tie.Child);
                else
                    children.Remove(tie.Child);
            }

            Write(changed.Key.Kind, changed.Key.Parent, children);
        }

        foreach (var (kind, parent, added, removed) in _lists)
            Write(kind, parent, connection.Ties(kind).ChildrenOf(parent).Except(removed).Concat(added).Select(child => connection.ChildId(kind, child)));
        return this;
    }

    /// <summary>What memory is told after the commit, each slice under the copy's lock: whoever looks somebody up waits for one of them at most.</summary>
    public IEnumerable<Action> Slices()
    {
        foreach (var some in _accounts.Values.Chunk(SliceSize))
        {
            yield return () =>
            {
                foreach (var account in some)
                    connection.Set(account);
            };
        }

        yield return () =>
        {
            foreach (var group in _groups.Values)
                connection.Set(group);
            foreach (var (id, application) in _applications)
                connection.Applications[id] = application;
            foreach (var (id, role) in _roles)
                connection.Roles[id] = role;
        };
        foreach (var some in _ties.Chunk(SliceSize))
        {
            yield return () =>
            {
                foreach (var ((kind, parent, child), tied) in some)
                    connection.Set(new TieChange(kind, parent, child, tied));
            };
        }

        foreach (var (kind, parent, added, removed) in _lists)
        {
            foreach (var some in removed.Chunk(SliceSize))
                yield return () => connection.Ties(kind).Remove(parent, some);
            foreach (var some in added.Chunk(SliceSize))
                yield return () => connection.Ties(kind).Add(parent, some);
        }
    }

    /// <summary>What memory keeps of an account.</summary>
    public static KnownAccount Known(AccountEntry entry, ulong print)
    {
        var account = entry.Found.Account;
        var addresses = new List<string>(2 + entry.Found.Aliases.Count + entry.Former.Count);
        Add(account.Email);
        // One text for both where they are the same: it stays for as long as the account does.
        var login = account.Email is { } email && email == account.Login ? email : account.Login;
        Add(login);
        foreach (var alias in entry.Found.Aliases)
            Add(alias);
        var own = addresses.Count;
        foreach (var former in entry.Former)
            Add(former.Address);
        return new KnownAccount(account.Id, account.Name, login, account.Email, account.Status, entry.Found.Kind, entry.GoneAt is not null,
            [.. addresses], own, print, entry.ReadAt, entry.FirstSeenAt, entry.AddressSince ?? entry.FirstSeenAt);

        void Add(string? address)
        {
            if (address is { Length: > 0 } && AddressKey.Of(address) is var key && !addresses.Contains(key, StringComparer.Ordinal))
                addresses.Add(key);
        }
    }

    private static List<FormerAddress> FormerAfter(AccountEntry before, DirectoryAccount now, DateTimeOffset until)
    {
        var own = new[] { now.Account.Email, now.Account.Login }.Concat(now.Aliases).OfType<string>().Select(AddressKey.Of).ToHashSet(StringComparer.Ordinal);
        var lost = new[] { before.Found.Account.Email, before.Found.Account.Login }.OfType<string>().Where(address => address.Length > 0 && !own.Contains(AddressKey.Of(address)))
            .Distinct(StringComparer.OrdinalIgnoreCase).Select(address => new FormerAddress(address, until));
        return [.. lost.Concat(before.Former).Take(20)];
    }

    private static string WorkAddress(DirectoryAccount found) => AddressKey.Of(found.Account.Email is { Length: > 0 } email ? email : found.Account.Login);

    private static LifecycleKind? KindOf(TieKind kind, bool tied) => kind switch
    {
        TieKind.Member => tied ? LifecycleKind.MembershipAdded : LifecycleKind.MembershipRemoved,
        TieKind.Assignment => tied ? LifecycleKind.AssignmentAdded : LifecycleKind.AssignmentRemoved,
        TieKind.RoleHolder => tied ? LifecycleKind.RoleGranted : LifecycleKind.RoleRevoked,
        _ => null,
    };

    /// <summary>
    /// A child that nobody knows cannot be tied: it is tied when it is read. Nor can what is gone, though a log that is behind the lists
    /// may still tell so: nothing would ever dissolve it.
    /// </summary>
    private bool IsThere(TieChange tie) => !IsParentGone(tie.Kind, tie.Parent) && (tie.Kind.TiesGroups()
        ? GroupNow(tie.Child) is { GoneAt: null }
        : Known(tie.Child) is { Gone: false });

    private bool IsParentGone(TieKind kind, string parent) => kind switch
    {
        TieKind.Member or TieKind.NestedGroup or TieKind.GroupOwner => GroupNow(parent) is { GoneAt: not null },
        TieKind.Assignment or TieKind.GroupAssignment or TieKind.ApplicationOwner =>
            (_applications.GetValueOrDefault(parent) ?? connection.Applications.GetValueOrDefault(parent)) is { GoneAt: not null },
        _ => false,
    };

    private bool SaysSince(TieKind kind) => kind is TieKind.GroupOwner or TieKind.ApplicationOwner && copy.State(connection.Name).ImportedAt is not null;

    private void Since(TieKind kind, string parent, string child) =>
        Documents.Put(CopyShelves.TiedSince, CopyShelves.Id(connection.Name, kind, $"{parent}/{child}"), readAt.ToString("O", CultureInfo.InvariantCulture));

    private void Write(TieKind kind, string parent, IEnumerable<string> children)
    {
        string[] ids = [.. children.Order(StringComparer.Ordinal)];
        var id = CopyShelves.Id(connection.Name, kind, parent);
        if (ids.Length == 0)
            Documents.Delete(CopyShelves.Ties, id);
        else
            Documents.Put(CopyShelves.Ties, id, ids);
    }

    private GroupEntry? GroupNow(string id) => _groups.GetValueOrDefault(id) ?? connection.Group(id);

    private AccountEntry? EntryOf(string id) => _entries.GetValueOrDefault(id) ?? copy.Entry(connection.Name, id);

    private KnownAccount? Known(string id) => _accounts.GetValueOrDefault(id) ?? connection.Account(id);

    private void Save(AccountEntry entry, ulong print)
    {
        var known = Known(entry, print);
        _accounts[known.Id] = known;
        _entries[known.Id] = entry;
    }

    private void Save(GroupEntry entry)
    {
        _groups[entry.Found.Group.Id] = entry;
        Documents.Put(CopyShelves.Groups, CopyShelves.Id(connection.Name, entry.Found.Group.Id), entry);
    }

    private void Save(ApplicationEntry entry)
    {
        _applications[entry.Found.Application.Id] = entry;
        Documents.Put(CopyShelves.Applications, CopyShelves.Id(connection.Name, entry.Found.Application.Id), entry);
    }

    /// <summary>What differs in the ties of one parent, by the children's numbers, ascending.</summary>
    private sealed record ListChange(TieKind Kind, string Parent, int[] Added, int[] Removed);
}
