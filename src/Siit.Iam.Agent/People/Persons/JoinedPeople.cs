using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>What the rules made of some accounts and records. A person is put together when asked for.</summary>
internal sealed class JoinedPeople(
    List<Candidate> live, List<Candidate> gone, IReadOnlyList<HrisRecord> records, string?[] addresses, Components persons, List<Conflict> conflicts, PersonRules rules)
{
    private Dictionary<int, List<int>>? _members;
    private Dictionary<AccountKey, List<Conflict>>? _conflictsOf;

    /// <summary>In no order.</summary>
    public IReadOnlyList<Conflict> Conflicts => conflicts;

    public IEnumerable<Person> All => Members.Values.Select(PersonOf);

    /// <summary>What each person is made of: accounts, and records of the HRIS.</summary>
    public IEnumerable<IReadOnlyList<AccountKey>> Keys =>
        Members.Values.Select(members => (IReadOnlyList<AccountKey>)[.. members.Select(n => n < live.Count ? live[n].Key : records[n - live.Count].Key)]);

    /// <summary>Null for service accounts, gone ones and those that are not among these.</summary>
    public Person? Of(AccountKey key) => live.FindIndex(account => account.Key == key) is >= 0 and var n ? PersonOf(Members[persons.Of(n)]) : null;

    /// <summary>
    /// Whose the address is: theirs who have it as work email; else theirs who have it as alias or login; else theirs who had it and
    /// whose it still is because nobody else took it.
    /// </summary>
    /// <param name="address">As a key.</param>
    public IReadOnlyList<Person> At(string address)
    {
        var key = rules.JoinKey(address) ?? rules.Canonical(address);
        var ofRecords = Enumerable.Range(0, records.Count).Where(r => rules.Canonical(AddressKey.Of(records[r].WorkEmail)) == key).Select(r => r + live.Count).ToList();
        foreach (var found in new[]
        {
            [.. Numbers(n => addresses[n] == key), .. ofRecords],
            Numbers(n => live[n].WorkAddress is { } own && rules.Canonical(own) == key),
            Numbers(n => live[n].Account.Addresses.Take(live[n].Account.Current).Any(own => rules.Canonical(own) == key)),
            Numbers(n => live[n].Account.Addresses.Any(own => rules.Canonical(own) == key)),
        })
        {
            if (found.Count > 0)
                return [.. found.Select(persons.Of).Distinct().Select(person => PersonOf(Members[person]))];
        }

        return [];
    }

    /// <summary>Somebody among these has the address, or had it.</summary>
    public bool Touches(string address) => live.Concat(gone).Any(account => account.Account.Addresses.Any(own => rules.Canonical(own) == address));

    private Dictionary<int, List<int>> Members
    {
        get
        {
            if (_members is not null)
                return _members;
            _members = [];
            for (var n = 0; n < live.Count + records.Count; n++)
            {
                if (_members.TryGetValue(persons.Of(n), out var list))
                    list.Add(n);
                else
                    _members[persons.Of(n)] = [n];
            }

            return _members;
        }
    }

    private Dictionary<AccountKey, List<Conflict>> ConflictsOf => _conflictsOf ??= conflicts
        .SelectMany(conflict => conflict.Accounts.Select(account => (account, conflict)))
        .GroupBy(pair => pair.account, pair => pair.conflict).ToDictionary(group => group.Key, group => group.ToList());

    private List<int> Numbers(Predicate<int> fits) => [.. Enumerable.Range(0, live.Count).Where(n => fits(n))];

    private Person PersonOf(List<int> members)
    {
        var accounts = members.Where(n => n < live.Count).Select(n => live[n]).OrderBy(account => account.Key.Connection, StringComparer.Ordinal)
            .ThenBy(account => account.Key.Id, StringComparer.Ordinal).ToList();
        var hris = members.Where(n => n >= live.Count).Select(n => records[n - live.Count]).OrderBy(record => record.HasLeft).ThenBy(record => record.Id, StringComparer.Ordinal).FirstOrDefault();
        var first = accounts.MinBy(account => account.Account.FirstSeenAt);
        var joined = members.Where(n => n < live.Count).Select(n => addresses[n]).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return new Person
        {
            Id = (hris?.Key ?? first!.Key).ToString(),
            Email = hris?.WorkEmail ?? first!.Account.Email ?? first.WorkAddress,
            Accounts = accounts,
            Hris = hris,
            Gone = [.. gone.Where(account => account.WorkAddress is { } had && joined.Contains(rules.Canonical(had)))],
            Conflicts =
            [
                .. accounts.Select(account => account.Key).Concat(members.Where(n => n >= live.Count).Select(n => records[n - live.Count].Key))
                    .SelectMany(key => ConflictsOf.GetValueOrDefault(key) ?? []).DistinctBy(conflict => conflict.Id).OrderBy(conflict => conflict.Id, StringComparer.Ordinal),
            ],
        };
    }
}
