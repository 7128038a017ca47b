using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>
/// Collects the accounts that may decide about some: those with the same work email, those whose work email is an alias or former
/// address of one or the other way round, those that a decision names together. Whoever only shares an alias has no influence.
/// </summary>
/// <param name="fresh">Read just now; stands in for what the copy has of it.</param>
internal sealed class Neighbourhood(PersonRules rules, Decisions decisions, IReadOnlySet<string> imported, Candidate? fresh, Func<AccountKey, Func<AccountEntry?>> read)
{
    private readonly Dictionary<AccountKey, Candidate> _found = [];
    private readonly Stack<AccountKey> _accounts = [];
    private readonly Stack<string> _addresses = [];
    private readonly Stack<Candidate> _grown = [];
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);
    private readonly HashSet<string> _shared = new(StringComparer.Ordinal);
    private readonly HashSet<string> _claimed = new(StringComparer.Ordinal);

    public IReadOnlyCollection<Candidate> Found => _found.Values;

    /// <summary>Addresses at which the HRIS may have a record of one of the found.</summary>
    public IEnumerable<string> Addresses => _shared.Union(_claimed);

    public IEnumerable<AccountKey> Related => _found.Keys.SelectMany(decisions.RelatedTo);

    public void Add(IEnumerable<AccountKey> accounts)
    {
        foreach (var account in accounts.Where(account => !_found.ContainsKey(account)))
            _accounts.Push(account);
    }

    /// <summary>Everybody whom an address leads to, also as alias or former address.</summary>
    public void Ask(IEnumerable<string> addresses)
    {
        foreach (var address in addresses.Where(_named.Add))
            _addresses.Push(address);
    }

    public void Grow(IReadOnlyDictionary<string, ConnectionCopy> copies, AddressBook book)
    {
        foreach (var address in Emptied(_addresses))
        {
            var all = rules.VariantsOf(address).SelectMany(variant => At(variant, copies, book)).ToList();
            var holders = all.Where(account => IsWorkAddress(account, rules.Canonical(address))).ToList();
            // Where somebody has it as work email, they bring in whoever else it concerns.
            foreach (var account in holders.Exists(account => !account.Account.Gone) ? holders : all)
                Take(account);
        }

        foreach (var key in Emptied(_accounts))
        {
            if (!_found.ContainsKey(key) && Look(key, copies) is { } account)
                Take(account);
        }

        while (_grown.TryPop(out var next))
        {
            foreach (var key in decisions.RelatedTo(next.Key))
            {
                if (!_found.ContainsKey(key) && Look(key, copies) is { } related)
                    Take(related);
            }

            if (!next.Account.Gone)
                Follow(next, copies, book);
        }
    }

    private void Follow(Candidate account, IReadOnlyDictionary<string, ConnectionCopy> copies, AddressBook book)
    {
        for (var i = 0; i < account.Account.Addresses.Length; i++)
        {
            var address = rules.Canonical(account.Account.Addresses[i]);
            if (rules.JoinKey(address) is null)
                continue;
            // An alias or former address matters by whoever has it as work email, who then asks for all that share it.
            var whole = i == 0 && account.Account.Current > 0;
            if (!(whole ? _shared : _claimed).Add(address))
                continue;
            foreach (var found in rules.VariantsOf(address).SelectMany(variant => At(variant, copies, book)))
            {
                if (whole || IsWorkAddress(found, address))
                    Take(found);
            }
        }
    }

    private void Take(Candidate account)
    {
        if (_found.TryAdd(account.Key, account))
            _grown.Push(account);
    }

    private bool IsWorkAddress(Candidate account, string address) => account.WorkAddress is { } own && rules.Canonical(own) == address;

    private IEnumerable<Candidate> At(string address, IReadOnlyDictionary<string, ConnectionCopy> copies, AddressBook book)
    {
        if (fresh is not null && fresh.Account.Addresses.Contains(address))
            yield return fresh;
        foreach (var key in book.At(address).Where(key => key != fresh?.Key))
        {
            if (Look(key, copies) is { } account)
                yield return account;
        }
    }

    private Candidate? Look(AccountKey key, IReadOnlyDictionary<string, ConnectionCopy> copies)
    {
        if (key == fresh?.Key)
            return fresh;
        if (_found.TryGetValue(key, out var found))
            return found;
        return imported.Contains(key.Connection) && copies.TryGetValue(key.Connection, out var copy) && copy.Account(key.Id) is { } account
            ? new Candidate(key, account, read(key))
            : null;
    }

    private static IEnumerable<T> Emptied<T>(Stack<T> stack)
    {
        while (stack.TryPop(out var next))
            yield return next;
    }
}
