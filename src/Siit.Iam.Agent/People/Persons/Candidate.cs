using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>An account as the rules look at it. What is not in memory is read from the copy's file the first time a rule asks.</summary>
internal sealed class Candidate(AccountKey key, KnownAccount account, Func<AccountEntry?> read)
{
    private AccountEntry? _entry;
    private bool _read;

    public AccountKey Key => key;

    public KnownAccount Account => account;

    /// <summary>Null when the file does not have it any more.</summary>
    public AccountEntry? Entry
    {
        get
        {
            if (!_read)
                (_entry, _read) = (read(), true);
            return _entry;
        }
    }

    /// <summary>Its work email, or its login where it has none; null when it has neither.</summary>
    public string? WorkAddress => account.Current > 0 ? account.Addresses[0] : null;
}
