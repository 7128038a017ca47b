using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>Why it is not certain whose account a call means.</summary>
/// <param name="Conflict">Null when the accounts are settled and only the address that was named leads to somebody else.</param>
internal sealed record PersonDoubt(Conflict? Conflict, string Why);

/// <summary>
/// Derives persons from the copy, one from the few accounts that may have to do with it, or everybody's conflicts at once. Connections
/// that were never imported as a whole do not count yet.
/// </summary>
internal sealed class PersonLookup(DirectoryCopy copy, DecisionBook decisions, IHrisRecords hris, PersonOptions options, TimeProvider time)
{
    private readonly PersonRules _rules = new(options, copy.IsUsedDomain);

    public PersonRules Rules => _rules;

    /// <summary>Null for service accounts, gone ones and unknown ones.</summary>
    public async ValueTask<Person?> OfAsync(AccountKey account, CancellationToken cancellationToken) =>
        account.Connection == IHrisRecords.Source
            ? await hris.FindAsync(account.Id, cancellationToken) is { } record
                ? (await AtAsync(record.WorkEmail, cancellationToken)).FirstOrDefault(person => person.Hris?.Id == record.Id)
                : null
            : (await JoinAsync([account], [], null, cancellationToken)).Of(account);

    /// <summary>Whose an address is; see <see cref="JoinedPeople.At"/>. More than one: the address alone does not tell.</summary>
    public async ValueTask<IReadOnlyList<Person>> AtAsync(string address, CancellationToken cancellationToken)
    {
        var key = AddressKey.Of(address);
        return (await JoinAsync([], [key], null, cancellationToken)).At(key);
    }

    /// <summary>Everything that has to be settled, by address.</summary>
    public async ValueTask<IReadOnlyList<Conflict>> ConflictsAsync(CancellationToken cancellationToken) =>
        [.. (await AllAsync(cancellationToken)).Conflicts.OrderBy(conflict => conflict.Address, StringComparer.Ordinal).ThenBy(conflict => conflict.Id, StringComparer.Ordinal)];

    /// <summary>Everybody: a second for a hundred thousand accounts.</summary>
    public async ValueTask<JoinedPeople> AllAsync(CancellationToken cancellationToken)
    {
        var imported = copy.Imported();
        // Copied under the lock, judged without it.
        var accounts = copy.Read(copies => copies.Values.Where(connection => imported.Contains(connection.Name))
            .SelectMany(connection => connection.Accounts.Select(account => (connection.Name, account))).ToList());
        var candidates = accounts.Select(found => new Candidate(new AccountKey(found.Name, found.account.Id), found.account, () => copy.Entry(found.Name, found.account.Id)));
        var records = new List<HrisRecord>();
        await foreach (var record in hris.AllAsync(cancellationToken))
            records.Add(record);
        return Joining.Of(candidates, records, await decisions.InForceAsync(cancellationToken), _rules);
    }

    /// <summary>
    /// Whether it is certain whose account this is, seen with what was just read of it; null when it is. Asks no IdP.
    /// </summary>
    /// <param name="account">As read fresh; null when it is about to be created.</param>
    /// <param name="named">As the caller named the person: an address, or <c>connection:id</c>.</param>
    public async ValueTask<PersonDoubt?> DoubtAsync(string connection, Account? account, string named, CancellationToken cancellationToken)
    {
        if (!copy.IsLoaded || !copy.Imported().Contains(connection))
            return null;
        var key = new AccountKey(connection, account?.Id ?? "");
        var address = named.Contains('@', StringComparison.Ordinal) && !named.StartsWith(connection + ":", StringComparison.Ordinal) ? AddressKey.Of(named) : null;
        var fresh = account is null ? null : Overlay(key, account);
        var joined = await JoinAsync(account is null ? [] : [key], address is null ? [] : [address], fresh, cancellationToken);
        var person = account is null ? null : joined.Of(key);
        if (person?.Conflicts is [var own, ..])
            return new PersonDoubt(own, own.Why);
        if (address is null || (account is not null && person is null))
            return null;
        var atAddress = joined.At(address);
        if (atAddress.SelectMany(found => found.Conflicts).FirstOrDefault() is { } conflict)
            return new PersonDoubt(conflict, conflict.Why);
        return person is null || atAddress.Count == 0 || atAddress.Any(found => found.Id == person.Id)
            ? null
            : new PersonDoubt(null, $"The address is the work email of another person than the one whose account at {connection} has it. Name the account that is meant: {ConflictTexts.Name(key)}.");
    }

    /// <summary>All persons that hang together with these accounts and addresses, by the rules.</summary>
    public async ValueTask<JoinedPeople> JoinAsync(IReadOnlyList<AccountKey> accounts, IReadOnlyList<string> addresses, Candidate? fresh, CancellationToken cancellationToken)
    {
        var settled = await decisions.InForceAsync(cancellationToken);
        var near = new Neighbourhood(_rules, settled, copy.Imported(), fresh, key => () => copy.Entry(key.Connection, key.Id));
        near.Add(accounts);
        near.Ask(addresses);
        var records = new Dictionary<string, HrisRecord>(StringComparer.Ordinal);
        var asked = new HashSet<string>(StringComparer.Ordinal);
        var before = -1;
        // The HRIS may know further addresses, and decisions tie its records to further accounts.
        while (before != near.Found.Count + records.Count)
        {
            before = near.Found.Count + records.Count;
            copy.Read<object?>((copies, book) =>
            {
                near.Grow(copies, book);
                return null;
            });
            foreach (var address in near.Addresses.Concat(addresses.SelectMany(_rules.VariantsOf)).Where(asked.Add).ToList())
            {
                foreach (var record in await hris.AtAsync(address, cancellationToken))
                    records[record.Id] = record;
            }

            foreach (var id in near.Related.Where(key => key.Connection == IHrisRecords.Source && !records.ContainsKey(key.Id)).Select(key => key.Id).ToList())
            {
                if (await hris.FindAsync(id, cancellationToken) is { } record)
                    records[record.Id] = record;
            }

            near.Add(records.Values.SelectMany(record => settled.RelatedTo(record.Key)));
            near.Ask(records.Values.Select(record => AddressKey.Of(record.WorkEmail)));
        }

        return Joining.Of(near.Found, [.. records.Values], settled, _rules);
    }

    private Candidate Overlay(AccountKey key, Account account)
    {
        var now = time.GetUtcNow();
        var known = copy.Entry(key.Connection, key.Id);
        var found = (known?.Found ?? new DirectoryAccount { Account = account }) with { Account = account };
        var stays = known is { GoneAt: null } && AddressKey.Of(known.Found.Account.Email ?? "") == AddressKey.Of(account.Email ?? "");
        var entry = new AccountEntry
        {
            Found = found,
            FirstSeenAt = known is { GoneAt: null } ? known.FirstSeenAt : now,
            AddressSince = stays ? known!.AddressSince : now,
            ReadAt = now,
            Former = stays || known is null ? known?.Former ?? [] : [new FormerAddress(known.Found.Account.Email ?? "", now), .. known.Former],
        };
        return new Candidate(key, Copying.Known(entry, 0), () => entry);
    }
}
