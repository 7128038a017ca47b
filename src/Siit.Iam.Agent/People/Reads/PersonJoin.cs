using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>An account of the copy with where it is.</summary>
internal readonly record struct CopiedAccount(AccountKey Key, KnownAccount Account);

/// <summary>A person, and the account that led there; null when only the HRIS's record did.</summary>
internal sealed record FoundPerson(Person Person, CopiedAccount? By)
{
    public string? Email => By?.Account.Email ?? Person.Email;
}

/// <summary>
/// Persons as somebody sees them who may look at some connections only: their accounts there, and the HRIS's record, which everybody sees
/// who may look people up at all.
/// </summary>
internal sealed class PersonJoin(DirectoryCopy copy, PersonLookup persons)
{
    public PersonRules Rules => persons.Rules;

    /// <summary>The persons of these accounts, in their order, then those whose work email is the address at the HRIS.</summary>
    /// <param name="accounts">At the connections that may be seen; gone ones and nobody's own may be among them.</param>
    public async ValueTask<IReadOnlyList<FoundPerson>> OfAsync(
        IReadOnlyList<CopiedAccount> accounts, string? address, IReadOnlyCollection<string> connections, CancellationToken cancellationToken)
    {
        // Who is gone is shown beside those who have the address now.
        var gone = accounts.Where(account => account.Account is { Gone: true, Current: > 0 }).Select(account => account.Account.Addresses[0]).ToList();
        List<string> addresses = [.. (address is null ? gone : gone.Prepend(AddressKey.Of(address))).Distinct(StringComparer.Ordinal)];
        var joined = await persons.JoinAsync([.. accounts.Select(account => account.Key)], addresses, null, cancellationToken);
        var found = accounts.Select(account => new FoundPerson(Of(account, joined, connections), account)).ToList();
        // Whoever was split from an address has no claim on it.
        var claiming = address is null ? [] : joined.At(AddressKey.Of(address)).Select(person => person.Id).ToHashSet(StringComparer.Ordinal);
        if (found.Exists(one => claiming.Contains(one.Person.Id)))
            found.RemoveAll(one => !claiming.Contains(one.Person.Id));
        foreach (var record in addresses.SelectMany(joined.At).Where(person => person.Hris is not null))
            found.Add(new FoundPerson(Seen(record, connections), null));
        return [.. found.DistinctBy(one => one.Person.Id)];
    }

    /// <summary>By a number of the HRIS.</summary>
    public async ValueTask<FoundPerson?> OfRecordAsync(string id, IReadOnlyCollection<string> connections, CancellationToken cancellationToken) =>
        await persons.OfAsync(new AccountKey(IHrisRecords.Source, id), cancellationToken) is { } person ? new FoundPerson(Seen(person, connections), null) : null;

    /// <summary>Without what lies at other connections.</summary>
    public static Person Seen(Person person, IReadOnlyCollection<string> connections)
    {
        var accounts = person.Accounts.Where(account => connections.Contains(account.Key.Connection)).ToList();
        return accounts.Count == person.Accounts.Count && person.Conflicts.Count == 0 && person.Gone.Count == 0 ? person : person with
        {
            Accounts = accounts,
            Email = person.Hris is not null ? person.Email : accounts.Select(account => account.Account.Email ?? account.WorkAddress).FirstOrDefault(),
            Gone = [.. person.Gone.Where(account => connections.Contains(account.Key.Connection))],
            Conflicts = [.. person.Conflicts.Select(conflict => conflict.Accounts.All(IsSeen) ? conflict : Veiled(conflict))],
        };

        bool IsSeen(AccountKey key) => key.Connection == IHrisRecords.Source || connections.Contains(key.Connection);
    }

    private Person Of(CopiedAccount account, JoinedPeople joined, IReadOnlyCollection<string> connections)
    {
        if (joined.Of(account.Key) is { } person)
            return Seen(person, connections);
        var candidate = new Candidate(account.Key, account.Account, () => copy.Entry(account.Key.Connection, account.Key.Id));
        if (!account.Account.Gone || candidate.WorkAddress is not { } address)
            return new Person { Id = account.Key.ToString(), Email = account.Account.Email, Accounts = account.Account.Gone ? [] : [candidate], Gone = account.Account.Gone ? [candidate] : [] };
        var holder = joined.At(address).FirstOrDefault(holder => holder.Accounts.Count == 0 || holder.Gone.Any(gone => gone.Key == account.Key));
        if (holder is { Accounts.Count: > 0 })
            return Seen(holder, connections);
        // Nobody has an account with it any more.
        var all = copy.At(address).Where(found => found.Account.Gone && connections.Contains(found.Key.Connection) && found.Account.Addresses[0] == address)
            .Select(found => new Candidate(found.Key, found.Account, () => copy.Entry(found.Key.Connection, found.Key.Id)));
        return (holder ?? new Person { Id = $"gone {address}", Email = account.Account.Email, Accounts = [] }) with { Gone = [.. all] };
    }

    /// <summary>That there is a doubt is told, not about whom.</summary>
    private static Conflict Veiled(Conflict conflict) => conflict with { Why = "There is a doubt about accounts that are not seen here.", Settles = ["siit-iam people conflicts"] };
}
