using System.Collections.Concurrent;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>Which accounts an address leads to, over all connections: its own now, or one that it had before.</summary>
internal sealed class AddressBook
{
    /// <summary>Asked without the lock.</summary>
    private readonly ConcurrentDictionary<string, int> _domains = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Holders> _accounts = new(StringComparer.Ordinal);

    public IReadOnlyList<AccountKey> At(string addressKey) => _accounts.GetValueOrDefault(addressKey).All;

    /// <summary>Every address that is known.</summary>
    public IEnumerable<string> Addresses => _accounts.Keys;

    /// <summary>Whether an active account that is no guest's has its work email on this domain.</summary>
    public bool IsUsed(string domain) => _domains.TryGetValue(domain, out var count) && count > 0;

    /// <summary>Counts the domain of an account's work email; <paramref name="by"/> is -1 for what it was before.</summary>
    public void CountDomain(KnownAccount account, int by)
    {
        if (account is { Gone: false, Status: AccountStatus.Active, Kind: AccountKind.Person, Email.Length: > 0 } && AddressKey.DomainOf(account.Addresses[0]) is { } domain)
            _domains.AddOrUpdate(domain, by, (_, count) => count + by);
    }

    /// <param name="addresses">Each once.</param>
    public void Add(string[] addresses, string connection, string account)
    {
        foreach (var address in addresses)
            _accounts[address] = Holders.Of([.. At(address), new AccountKey(connection, account)]);
    }

    public void Remove(string[] addresses, string connection, string account)
    {
        foreach (var address in addresses)
        {
            AccountKey[] left = [.. At(address).Where(key => key != new AccountKey(connection, account))];
            if (left.Length == 0)
                _accounts.Remove(address);
            else
                _accounts[address] = Holders.Of(left);
        }
    }

    /// <summary>Without a list of their own where an address leads to one account alone: that is a directory's worth of lists.</summary>
    /// <param name="Only">Where it is one.</param>
    /// <param name="Several">Where they are more; else null.</param>
    private readonly record struct Holders(AccountKey Only, AccountKey[]? Several)
    {
        /// <summary>None by default.</summary>
        public AccountKey[] All => Several ?? (Only.Id is null ? [] : [Only]);

        public static Holders Of(AccountKey[] all) => all is [var only] ? new Holders(only, null) : new Holders(default, all);
    }
}

/// <summary>An account by the connection's name and the IdP's immutable id.</summary>
internal readonly record struct AccountKey(string Connection, string Id)
{
    public override string ToString() => $"{Connection}:{Id}";
}
