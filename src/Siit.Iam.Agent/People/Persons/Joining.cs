using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>
/// Which accounts and HRIS records are one person's: the rules, without reading anything by themselves. The table of them is in the
/// README. The order in which accounts are given does not count, and accounts that share no address and no decision have no influence
/// on each other, so that a person can be derived from the few accounts that may have to do with them.
/// </summary>
internal sealed class Joining
{
    private readonly List<Candidate> _live = [];
    private readonly List<Candidate> _gone = [];
    private readonly IReadOnlyList<HrisRecord> _records;
    private readonly Decisions _decisions;
    private readonly PersonRules _rules;
    private readonly Dictionary<AccountKey, int> _numbers = [];
    private readonly Dictionary<string, List<int>> _groups = new(StringComparer.Ordinal);

    /// <summary>The address by which each account joins; null for those that are persons of their own.</summary>
    private readonly string?[] _addresses;
    private readonly Components _persons;
    private readonly Components _settled;
    private readonly List<Conflict> _conflicts = [];

    private Joining(IEnumerable<Candidate> accounts, IReadOnlyList<HrisRecord> records, Decisions decisions, PersonRules rules)
    {
        (_records, _decisions, _rules) = (records, decisions, rules);
        foreach (var account in accounts.Where(account => !rules.IsService(account.Key, account.Account)))
            (account.Account.Gone ? _gone : _live).Add(account);
        _addresses = new string?[_live.Count];
        _persons = new Components(_live.Count + records.Count);
        _settled = new Components(_live.Count + records.Count);
    }

    /// <param name="accounts">Gone ones and service accounts may be among them.</param>
    public static JoinedPeople Of(IEnumerable<Candidate> accounts, IReadOnlyList<HrisRecord> records, Decisions decisions, PersonRules rules)
    {
        var joining = new Joining(accounts, records, decisions, rules);
        joining.Number();
        joining.JoinSettled();
        joining.JoinSameWorkEmail();
        joining.JoinFormerAddresses();
        joining.TellRecycledOfGone();
        joining.JoinAliases();
        joining.JoinRecords();
        joining.TellTwoAtOneSource();
        return new JoinedPeople(joining._live, joining._gone, joining._records, joining._addresses, joining._persons, joining._conflicts, rules);
    }

    private void Number()
    {
        for (var n = 0; n < _live.Count; n++)
        {
            _numbers[_live[n].Key] = n;
            if (_rules.JoinKey(_live[n].WorkAddress) is not { } address)
                continue;
            _addresses[n] = address;
            if (_groups.TryGetValue(address, out var group))
                group.Add(n);
            else
                _groups[address] = [n];
        }

        for (var r = 0; r < _records.Count; r++)
            _numbers[_records[r].Key] = _live.Count + r;
    }

    private void JoinSettled()
    {
        foreach (var join in _decisions.Joins)
        {
            List<int> known = [.. join.Where(_numbers.ContainsKey).Select(key => _numbers[key])];
            _persons.Join(known);
            _settled.Join(known);
        }
    }

    private void JoinSameWorkEmail()
    {
        foreach (var (address, group) in _groups)
        {
            if (_decisions.HasSplits)
                LetGo(address, group);
            if (!group.Exists(IsGuest))
            {
                _persons.Join(group);
                continue;
            }

            var guests = group.Where(IsGuest).ToList();
            var members = group.Where(n => !IsGuest(n)).ToList();
            _persons.Join(guests);
            _persons.Join(members);
            if (members.Count > 0 && guests.Exists(guest => !members.Exists(member => _settled.Together(guest, member))))
                Tell(ConflictKind.Guest, address, group, guests, "a guest account has the work email of an account that is no guest");
        }
    }

    private void LetGo(string address, List<int> group)
    {
        var all = group.ToList();
        foreach (var leaving in all.Where(n => _decisions.GivesUp(KeyOf(n), address, all.Where(other => other != n).Select(KeyOf))))
        {
            _addresses[leaving] = null;
            group.Remove(leaving);
        }
    }

    /// <summary>Whoever had an address together with its holders is still one person with them; whoever had it before them is somebody else, or not.</summary>
    private void JoinFormerAddresses()
    {
        var recycled = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        var links = new List<(int, int)>();
        foreach (var (former, address, group) in Claims(account => (account.Current, account.Addresses.Length)))
        {
            if (group.Exists(holder => _settled.Together(former, holder)))
                continue;
            var until = _live[former].Entry?.Former.Where(had => _rules.Canonical(AddressKey.Of(had.Address)) == address).Select(had => had.Until).DefaultIfEmpty().Max();
            var together = group.Where(holder => _live[holder].Account.AddressSince < until).ToList();
            var elsewhere = together.Where(holder => KeyOf(holder).Connection != KeyOf(former).Connection).ToList();
            if (elsewhere.FindIndex(holder => IsGuest(holder) == IsGuest(former)) is >= 0 and var partner)
                links.Add((former, elsewhere[partner]));
            else if (elsewhere.Count > 0)
                Tell(ConflictKind.Guest, address, [.. elsewhere, former], IsGuest(former) ? [former] : elsewhere, "a guest account had the work email together with an account that is no guest");
            else if (together.Count == 0)
                Under(recycled, address).Add(former);
        }

        foreach (var (former, holder) in links)
            _persons.Join(former, holder);
        foreach (var (address, formers) in recycled)
            Tell(ConflictKind.Recycled, address, [.. _groups[address], .. formers], formers, "the address was somebody's before whose account has another one now");
    }

    private void TellRecycledOfGone()
    {
        var recycled = new Dictionary<string, List<Candidate>>(StringComparer.Ordinal);
        foreach (var gone in _gone)
        {
            foreach (var address in gone.Account.Addresses.Select(_rules.Canonical).Distinct(StringComparer.Ordinal))
            {
                if (!_groups.TryGetValue(address, out var group) || group.Count == 0 || _decisions.GivesUp(gone.Key, address, group.Select(KeyOf)))
                    continue;
                if (group.Exists(holder => _decisions.RelatedTo(gone.Key).Contains(KeyOf(holder))) || EndOf(gone, address) is not { } end)
                    continue;
                if (group.TrueForAll(holder => _live[holder].Account.AddressSince >= end))
                    Under(recycled, address).Add(gone);
            }
        }

        foreach (var (address, gone) in recycled)
        {
            var keys = gone.Select(account => account.Key).ToList();
            Tell(ConflictKind.Recycled, address, [.. _groups[address].Select(KeyOf), .. keys], keys, "the address was that of an account that does not exist any more");
        }
    }

    private void JoinAliases()
    {
        var claims = Claims(account => (1, account.Current)).Where(claim => claim.Group.TrueForAll(holder => !_persons.Together(claim.Account, holder))).ToList();
        var joined = _rules.JoinAliases ? CertainOf(claims) : [];
        foreach (var (one, other) in joined)
            _persons.Join(one, other);
        foreach (var (alias, address, group) in claims.Where(claim => claim.Group.TrueForAll(holder => !_persons.Together(claim.Account, holder))))
            Tell(ConflictKind.Alias, address, [.. group, alias], [alias], "one account has it as work email, another as alias or login");
    }

    /// <summary>Claims that join exactly two persons who are at no connection both.</summary>
    private List<(int, int)> CertainOf(IReadOnlyList<(int Account, string Address, List<int> Group)> claims)
    {
        var partners = new Dictionary<int, HashSet<int>>();
        foreach (var claim in claims)
        {
            foreach (var holder in claim.Group)
            {
                var (one, other) = (_persons.Of(claim.Account), _persons.Of(holder));
                Under(partners, one).Add(other);
                Under(partners, other).Add(one);
            }
        }

        var connections = new Dictionary<int, HashSet<string>>();
        for (var n = 0; n < _live.Count; n++)
        {
            if (partners.ContainsKey(_persons.Of(n)))
                Under(connections, _persons.Of(n)).Add(KeyOf(n).Connection);
        }

        return
        [
            .. partners.Where(partner => partner.Value.Count == 1).Select(partner => (One: partner.Key, Other: partner.Value.First()))
                .Where(pair => partners[pair.Other].Count == 1 && !connections[pair.One].Overlaps(connections[pair.Other])),
        ];
    }

    private void JoinRecords()
    {
        var byAddress = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var r = 0; r < _records.Count; r++)
        {
            if (_rules.JoinKey(AddressKey.Of(_records[r].WorkEmail)) is { } address)
                Under(byAddress, address).Add(r);
        }

        var reached = ReachedBy(byAddress.Keys.Where(address => !_groups.TryGetValue(address, out var group) || group.Count == 0));
        foreach (var (address, records) in byAddress)
        {
            var employed = records.Where(r => !_records[r].HasLeft).ToList();
            var current = (employed.Count > 0 ? employed : records).Select(r => r + _live.Count).ToList();
            var holders = (_groups.GetValueOrDefault(address) is { Count: > 0 } group ? group : reached.GetValueOrDefault(address) ?? [])
                .Where(n => !current.Exists(record => _decisions.GivesUp(KeyOf(record), address, [KeyOf(n)]) || _decisions.Apart(KeyOf(record), KeyOf(n)))).ToList();
            if (holders.Exists(n => !IsGuest(n)))
                holders.RemoveAll(IsGuest);
            if (current.Exists(record => !_settled.Together(record, current[0])))
                Tell(ConflictKind.Hris, address, [.. current, .. holders], current, "the HRIS has several records with it");
            else if (holders.Exists(n => !_persons.Together(n, holders[0])) && !holders.Exists(n => _settled.Together(n, current[0])))
                Tell(ConflictKind.Hris, address, [.. current, .. holders], [], "it leads from the HRIS's record to several people's accounts");
            else if (employed.Count == 0 && holders.Count > 0 && holders.TrueForAll(n => CameAfter(n, _records[current[0] - _live.Count])) && !holders.Exists(n => _settled.Together(n, current[0])))
                Tell(ConflictKind.Recycled, address, [.. current, .. holders], current, "the HRIS's record of it ended before any account with it was created");
            else if (holders.Count > 0 && !holders.Exists(n => _settled.Together(n, current[0])))
                _persons.Join(current[0], holders[0]);
        }
    }

    /// <summary>Accounts that have one of these addresses as alias or login, or had it.</summary>
    private Dictionary<string, List<int>> ReachedBy(IEnumerable<string> addresses)
    {
        var reached = addresses.ToDictionary(address => address, _ => new List<int>(), StringComparer.Ordinal);
        for (var n = 0; reached.Count > 0 && n < _live.Count; n++)
        {
            foreach (var address in _live[n].Account.Addresses.Skip(1))
            {
                if (reached.TryGetValue(_rules.Canonical(address), out var list) && !list.Contains(n))
                    list.Add(n);
            }
        }

        return reached;
    }

    /// <summary>However they came together: no source has two accounts of one person unless somebody said so.</summary>
    private void TellTwoAtOneSource()
    {
        var first = new Dictionary<(int, string), int>();
        var clashes = new HashSet<(int Person, string Source)>();
        for (var n = 0; n < _live.Count + _records.Count; n++)
        {
            var here = (_persons.Of(n), KeyOf(n).Connection);
            if (!first.TryAdd(here, n) && !_settled.Together(first[here], n))
                clashes.Add(here);
        }

        if (clashes.Count == 0)
            return;
        var clashing = clashes.Select(clash => clash.Person).ToHashSet();
        var members = Enumerable.Range(0, _live.Count + _records.Count).Where(n => clashing.Contains(_persons.Of(n))).ToLookup(_persons.Of);
        foreach (var (person, source) in clashes)
        {
            var accounts = members[person].Where(n => KeyOf(n).Connection == source).ToList();
            var address = members[person].Where(n => n < _live.Count).Select(n => _addresses[n]).OfType<string>().Order(StringComparer.Ordinal).FirstOrDefault() ?? "";
            if (source == IHrisRecords.Source)
                Tell(ConflictKind.Hris, address, accounts, [], "two records of the HRIS are joined to one person by it");
            else
                Tell(ConflictKind.TwoAccounts, address, accounts, [], $"{source} has {accounts.Count} accounts that it leads to");
        }
    }

    /// <summary>Accounts with an address that others have as work email, but for those that have given it up.</summary>
    private IEnumerable<(int Account, string Address, List<int> Group)> Claims(Func<KnownAccount, (int From, int To)> range)
    {
        for (var n = 0; n < _live.Count; n++)
        {
            var (from, to) = range(_live[n].Account);
            for (var i = from; i < to; i++)
            {
                var address = _rules.Canonical(_live[n].Account.Addresses[i]);
                if (address != _addresses[n] && _groups.TryGetValue(address, out var group) && group.Count > 0 && !group.Contains(n)
                    && !_decisions.GivesUp(KeyOf(n), address, group.Select(KeyOf)) && !group.Exists(holder => _decisions.Apart(KeyOf(n), KeyOf(holder))))
                {
                    yield return (n, address, group);
                }
            }
        }
    }

    /// <summary>Until when a gone account had an address; null when nobody knows.</summary>
    private DateTimeOffset? EndOf(Candidate gone, string address)
    {
        if (gone.Account.Addresses.Take(gone.Account.Current).Any(own => _rules.Canonical(own) == address))
            return gone.Entry?.GoneAt;
        return gone.Entry?.Former.Where(had => _rules.Canonical(AddressKey.Of(had.Address)) == address).Select(had => (DateTimeOffset?)had.Until).Max();
    }

    private bool CameAfter(int account, HrisRecord record) =>
        record.LastDay is { } last && _live[account].Entry?.Found.Account.CreatedAt is { } created && DateOnly.FromDateTime(created.UtcDateTime) > last.AddDays(1);

    private bool IsGuest(int account) => _live[account].Account.Kind == AccountKind.Guest;

    private AccountKey KeyOf(int number) => number < _live.Count ? _live[number].Key : _records[number - _live.Count].Key;

    private void Tell(ConflictKind kind, string address, IEnumerable<int> accounts, IEnumerable<int> leaving, string why) =>
        Tell(kind, address, accounts.Select(KeyOf), leaving.Select(KeyOf), why);

    private void Tell(ConflictKind kind, string address, IEnumerable<AccountKey> accounts, IEnumerable<AccountKey> leaving, string why) =>
        _conflicts.Add(ConflictTexts.Of(kind, address, accounts, leaving, why));

    private static TList Under<TKey, TList>(Dictionary<TKey, TList> lists, TKey key) where TKey : notnull where TList : new() =>
        lists.TryGetValue(key, out var list) ? list : lists[key] = new TList();
}
