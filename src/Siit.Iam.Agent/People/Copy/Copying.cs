using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>
/// One step of bringing a connection's copy up to date: collects what differs, the documents to write and what memory has to be told
/// after the commit. Used by one thread, while nobody else changes the same connection.
/// </summary>
internal sealed class Copying(DirectoryCopy copy, ConnectionCopy connection, DateTimeOffset readAt)
{
    private const int SliceSize = 500;

    private readonly Dictionary<string, KnownAccount> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccountEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GroupEntry> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ApplicationEntry> _applications = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TenantRole> _roles = new(StringComparer.Ordinal);
    private readonly Dictionary<(TieKind Kind, string Parent, string Child), bool> _ties = [];
    private readonly List<Difference> _differences = [];

    public DocumentChanges Documents { get; } = new();

    public IReadOnlyList<Difference> Differences => _differences;

    /// <summary>What was found is what the copy has.</summary>
    public static bool IsUnchanged(ConnectionCopy connection, DirectoryAccount found) =>
        connection.Account(found.Account.Id) is { Gone: false } known && known.Print == PrintOf(found);

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

    public void Account(DirectoryAccount found)
    {
        var id = found.Account.Id;
        var known = Known(id);
        var print = PrintOf(found);
        if (known is { Gone: false } && known.Print == print)
            return;
        var before = known is null ? null : EntryOf(id);
        if (found.HasMfa is null && before?.Found.HasMfa is { } told)
        {
            // Told by a list of its own, which is not read each time.
            (found, print) = (found with { HasMfa = told }, PrintOf(found with { HasMfa = told }));
            if (known is { Gone: false } && known.Print == print)
                return;
        }

        if (before is null)
            _differences.Add(new Difference(LifecycleKind.AccountCreated, id, null, DateTimeOffset.MinValue));
        else
            _differences.AddRange(AccountDifferences.Between(before, found));
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

    public void Tie(TieChange tie)
    {
        var key = (tie.Kind, tie.Parent, tie.Child);
        var isChanged = _ties.TryGetValue(key, out var changed);
        var tied = isChanged ? changed : connection.IsTied(tie.Kind, tie.Parent, tie.Child);
        if (tied == tie.Tied || (tie.Tied && !IsThere(tie)))
            return;
        _ties[key] = tie.Tied;
        if (tie.Kind is TieKind.GroupOwner or TieKind.ApplicationOwner && copy.State(connection.Name).ImportedAt is not null)
            Documents.Put(CopyShelves.TiedSince, CopyShelves.Id(connection.Name, tie.Kind, $"{tie.Parent}/{tie.Child}"), readAt.ToString("O", CultureInfo.InvariantCulture));
        // There and back within a step: the state before and the one after do not differ.
        if (isChanged && KindOf(tie with { Tied = tied }) is { } back && _differences.RemoveAll(one => one.Kind == back && one.Account == tie.Child && one.Object == tie.Parent) > 0)
            return;
        if (KindOf(tie) is { } kind && Known(tie.Child) is { Gone: false })
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

    /// <summary>Adds what the ties come to; last, before the commit.</summary>
    public Copying Finish()
    {
        foreach (var bucket in _entries.GroupBy(entry => CopyShelves.BucketOf(connection.Name, entry.Key)))
        {
            var entries = copy.File.Get(CopyShelves.Accounts, bucket.Key) ?? new Dictionary<string, AccountEntry>();
            foreach (var (id, entry) in bucket)
                entries[id] = entry;
            Documents.Put(CopyShelves.Accounts, bucket.Key, entries);
        }

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

            var id = CopyShelves.Id(connection.Name, changed.Key.Kind, changed.Key.Parent);
            if (children.Count == 0)
                Documents.Delete(CopyShelves.Ties, id);
            else
                Documents.Put(CopyShelves.Ties, id, [.. children.Order(StringComparer.Ordinal)]);
        }

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
    }

    /// <summary>What memory keeps of an account.</summary>
    public static KnownAccount Known(AccountEntry entry, ulong print)
    {
        var account = entry.Found.Account;
        string[] own = [.. new[] { account.Email, account.Login }.Concat(entry.Found.Aliases).OfType<string>().Where(address => address.Length > 0)
            .Select(AddressKey.Of).Distinct(StringComparer.Ordinal)];
        string[] all = [.. own, .. entry.Former.Select(former => AddressKey.Of(former.Address)).Where(former => !own.Contains(former)).Distinct(StringComparer.Ordinal)];
        return new KnownAccount(account.Id, account.Name, account.Login, account.Email, account.Status, entry.Found.Kind, entry.GoneAt is not null,
            all, own.Length, print, entry.ReadAt, entry.FirstSeenAt, entry.AddressSince ?? entry.FirstSeenAt);
    }

    /// <summary>Of everything but the last sign-in, which changes daily and is nobody's business.</summary>
    public static ulong PrintOf(DirectoryAccount found)
    {
        var stable = found with { Account = found.Account with { LastSignInAt = null } };
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(stable, StoreJson.Options), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    private static List<FormerAddress> FormerAfter(AccountEntry before, DirectoryAccount now, DateTimeOffset until)
    {
        var own = new[] { now.Account.Email, now.Account.Login }.Concat(now.Aliases).OfType<string>().Select(AddressKey.Of).ToHashSet(StringComparer.Ordinal);
        var lost = new[] { before.Found.Account.Email, before.Found.Account.Login }.OfType<string>().Where(address => address.Length > 0 && !own.Contains(AddressKey.Of(address)))
            .Distinct(StringComparer.OrdinalIgnoreCase).Select(address => new FormerAddress(address, until));
        return [.. lost.Concat(before.Former).Take(20)];
    }

    private static string WorkAddress(DirectoryAccount found) => AddressKey.Of(found.Account.Email is { Length: > 0 } email ? email : found.Account.Login);

    private static LifecycleKind? KindOf(TieChange tie) => tie.Kind switch
    {
        TieKind.Member => tie.Tied ? LifecycleKind.MembershipAdded : LifecycleKind.MembershipRemoved,
        TieKind.Assignment => tie.Tied ? LifecycleKind.AssignmentAdded : LifecycleKind.AssignmentRemoved,
        TieKind.RoleHolder => tie.Tied ? LifecycleKind.RoleGranted : LifecycleKind.RoleRevoked,
        _ => null,
    };

    /// <summary>
    /// A child that nobody knows cannot be tied: it is tied when it is read. Nor can what is gone, though a log that is behind the lists
    /// may still tell so: nothing would ever dissolve it.
    /// </summary>
    private bool IsThere(TieChange tie) => !IsParentGone(tie) && (tie.Kind.TiesGroups()
        ? GroupNow(tie.Child) is { GoneAt: null }
        : Known(tie.Child) is { Gone: false });

    private bool IsParentGone(TieChange tie) => tie.Kind switch
    {
        TieKind.Member or TieKind.NestedGroup or TieKind.GroupOwner => GroupNow(tie.Parent) is { GoneAt: not null },
        TieKind.Assignment or TieKind.GroupAssignment or TieKind.ApplicationOwner =>
            (_applications.GetValueOrDefault(tie.Parent) ?? connection.Applications.GetValueOrDefault(tie.Parent)) is { GoneAt: not null },
        _ => false,
    };

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
}
