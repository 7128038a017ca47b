using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.Gate.Standing;

/// <summary>Everything by which somebody is known: addresses, and the accounts and records that are certainly or possibly his.</summary>
/// <param name="Addresses">As <see cref="AddressKey"/>.</param>
/// <param name="Keys"><c>okta:00u1</c>, <c>hris:17</c>.</param>
internal sealed record PersonIdentity(IReadOnlySet<string> Addresses, IReadOnlySet<string> Keys)
{
    public static PersonIdentity Nobody { get; } = new(new HashSet<string>(), new HashSet<string>());

    /// <summary>Under whatever account.</summary>
    public bool IsSame(PersonIdentity other) => Addresses.Overlaps(other.Addresses) || Keys.Overlaps(other.Keys);
}

/// <summary>
/// From addresses and accounts to the people behind them, as the copy of the directory joins them. Where it is not certain who
/// somebody is, all whom it may be are taken: that excludes one too many, and nobody decides on his own call.
/// </summary>
internal sealed class Identities(DirectoryCopy copy, PersonLookup persons)
{
    public async Task<PersonIdentity> OfAsync(IEnumerable<string?> addresses, IEnumerable<string?> accounts, CancellationToken cancellationToken)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var account in accounts.OfType<string>())
        {
            if (account.Split(':', 2) is not [var connection, { Length: > 0 } id] || !keys.Add(account))
                continue;
            if (copy.IsLoaded && await persons.OfAsync(new AccountKey(connection, id), cancellationToken) is { } person)
                Add(person, keys);
        }

        foreach (var address in addresses.OfType<string>().Where(address => address.Length > 0))
        {
            if (!known.Add(persons.Rules.Canonical(AddressKey.Of(address))) || !copy.IsLoaded || !address.Contains('@', StringComparison.Ordinal))
                continue;
            foreach (var person in await persons.AtAsync(address, cancellationToken))
                Add(person, keys);
        }

        return new PersonIdentity(known, keys);
    }

    /// <summary>
    /// Of an account that was just read: with one look at the copy, and with every address that reaches the person, which may be
    /// somebody else's, too. For what is only made stricter by it.
    /// </summary>
    public async Task<PersonIdentity> AroundAsync(string connection, Account account, CancellationToken cancellationToken)
    {
        var addresses = new[] { account.Email, account.Login }.OfType<string>().Select(AddressKey.Of).ToHashSet(StringComparer.Ordinal);
        var keys = new HashSet<string>(StringComparer.Ordinal) { $"{connection}:{account.Id}" };
        if (copy.IsLoaded && await persons.OfAsync(new AccountKey(connection, account.Id), cancellationToken) is { } person)
        {
            Add(person, keys);
            addresses.UnionWith(person.Accounts.SelectMany(other => other.Account.Addresses.Take(other.Account.Current)));
            if (person.Hris is { } record)
                addresses.Add(AddressKey.Of(record.WorkEmail));
        }

        return new PersonIdentity(addresses, keys);
    }

    private static void Add(Person person, HashSet<string> keys)
    {
        keys.UnionWith(person.Accounts.Select(account => account.Key.ToString()));
        if (person.Hris is { } record)
            keys.Add(record.Key.ToString());
        // Two accounts that may be one person's.
        keys.UnionWith(person.Conflicts.SelectMany(conflict => conflict.Accounts).Select(account => account.ToString()));
    }
}
