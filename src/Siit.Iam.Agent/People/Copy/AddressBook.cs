namespace Siit.Iam.Agent.People.Copy;

/// <summary>Which accounts an address leads to, over all connections: its own now, or one that it had before.</summary>
internal sealed class AddressBook
{
    private readonly Dictionary<string, AccountKey[]> _accounts = new(StringComparer.Ordinal);

    public IReadOnlyList<AccountKey> At(string addressKey) => _accounts.GetValueOrDefault(addressKey, []);

    /// <summary>Every address that is known.</summary>
    public IEnumerable<string> Addresses => _accounts.Keys;

    public void Add(IEnumerable<string> addresses, string connection, string account)
    {
        foreach (var address in addresses.Distinct(StringComparer.Ordinal))
            _accounts[address] = [.. At(address), new AccountKey(connection, account)];
    }

    public void Remove(IEnumerable<string> addresses, string connection, string account)
    {
        foreach (var address in addresses.Distinct(StringComparer.Ordinal))
        {
            AccountKey[] left = [.. At(address).Where(key => key != new AccountKey(connection, account))];
            if (left.Length == 0)
                _accounts.Remove(address);
            else
                _accounts[address] = left;
        }
    }
}

/// <summary>An account by the connection's name and the IdP's immutable id.</summary>
internal readonly record struct AccountKey(string Connection, string Id)
{
    public override string ToString() => $"{Connection}:{Id}";
}
