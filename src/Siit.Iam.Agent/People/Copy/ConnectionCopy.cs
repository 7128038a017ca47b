using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>
/// What of one connection's copy is in memory: who there is, by which addresses, and what is tied to what. Derived from the file.
/// Read and changed under the lock of <see cref="DirectoryCopy"/>.
/// </summary>
internal sealed class ConnectionCopy(string name, AddressBook book)
{
    private readonly Dictionary<string, int> _accountNumbers = new(StringComparer.Ordinal);
    private readonly List<KnownAccount> _accounts = [];
    private readonly Dictionary<string, int> _groupNumbers = new(StringComparer.Ordinal);
    private readonly List<GroupEntry> _groups = [];
    private readonly TieTable[] _ties = [.. Enum.GetValues<TieKind>().Select(_ => new TieTable())];

    public string Name => name;

    /// <summary>In the order in which they were first seen; gone ones included.</summary>
    public IReadOnlyList<KnownAccount> Accounts => _accounts;

    /// <summary>Gone ones included.</summary>
    public IReadOnlyList<GroupEntry> Groups => _groups;

    public Dictionary<string, ApplicationEntry> Applications { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, TenantRole> Roles { get; } = new(StringComparer.Ordinal);

    public int Gone { get; private set; }

    public TieTable Ties(TieKind kind) => _ties[(int)kind];

    public KnownAccount? Account(string id) => _accountNumbers.TryGetValue(id, out var number) ? _accounts[number] : null;

    public GroupEntry? Group(string id) => _groupNumbers.TryGetValue(id, out var number) ? _groups[number] : null;

    public bool HasNumber(TieKind kind, string child, out int number) =>
        (kind.TiesGroups() ? _groupNumbers : _accountNumbers).TryGetValue(child, out number);

    /// <summary>It has not gone.</summary>
    public bool IsThere(TieKind kind, int number) => kind.TiesGroups() ? _groups[number].GoneAt is null : !_accounts[number].Gone;

    public string ChildId(TieKind kind, int number) => kind.TiesGroups() ? _groups[number].Found.Group.Id : _accounts[number].Id;

    public bool IsTied(TieKind kind, string parent, string child) => HasNumber(kind, child, out var number) && Ties(kind).Has(parent, number);

    public IEnumerable<string> ChildrenOf(TieKind kind, string parent) => Ties(kind).ChildrenOf(parent).Select(number => ChildId(kind, number));

    public IReadOnlyList<string> ParentsOf(TieKind kind, string child) => HasNumber(kind, child, out var number) ? Ties(kind).ParentsOf(number) : [];

    public void Set(KnownAccount account)
    {
        if (_accountNumbers.TryGetValue(account.Id, out var number))
        {
            var before = _accounts[number];
            Gone += (account.Gone ? 1 : 0) - (before.Gone ? 1 : 0);
            if (!before.Addresses.AsSpan().SequenceEqual(account.Addresses))
            {
                book.Remove(before.Addresses, name, account.Id);
                book.Add(account.Addresses, name, account.Id);
            }

            book.CountDomain(before, -1);
            book.CountDomain(account, +1);
            _accounts[number] = account;
            return;
        }

        _accountNumbers[account.Id] = _accounts.Count;
        _accounts.Add(account);
        Gone += account.Gone ? 1 : 0;
        book.CountDomain(account, +1);
        book.Add(account.Addresses, name, account.Id);
    }

    public void Set(GroupEntry group)
    {
        if (_groupNumbers.TryGetValue(group.Found.Group.Id, out var number))
        {
            _groups[number] = group;
            return;
        }

        _groupNumbers[group.Found.Group.Id] = _groups.Count;
        _groups.Add(group);
    }

    /// <summary>All ties of a kind to one parent that has none yet, as they are read from the file.</summary>
    public void Load(TieKind kind, string parent, IReadOnlyCollection<string> children)
    {
        var numbers = new List<int>(children.Count);
        foreach (var child in children)
        {
            if (HasNumber(kind, child, out var number))
                numbers.Add(number);
        }

        numbers.Sort();
        Ties(kind).Add(parent, [.. numbers.Distinct()]);
    }

    /// <summary>A child that nobody knows is left out: what hangs on it comes when it is read.</summary>
    public void Set(TieChange tie)
    {
        if (HasNumber(tie.Kind, tie.Child, out var number))
            Ties(tie.Kind).Set(tie.Parent, number, tie.Tied);
    }
}
