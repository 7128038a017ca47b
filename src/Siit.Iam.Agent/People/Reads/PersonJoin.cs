using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>An account of the copy with where it is.</summary>
internal readonly record struct CopiedAccount(AccountKey Key, KnownAccount Account);

/// <summary>Which accounts are one person: those with one work email. The only place that says so for reads.</summary>
internal static class PersonJoin
{
    /// <summary>The same for all accounts of a person, and for nobody else's.</summary>
    public static string KeyOf(CopiedAccount found) => found.Account.Email is { Length: > 0 } email ? AddressKey.Of(email) : found.Key.ToString();

    /// <summary>The account and all that are joined with it, gone ones too.</summary>
    public static IReadOnlyList<CopiedAccount> AccountsOf(DirectoryCopy copy, CopiedAccount one, IReadOnlyCollection<string> connections) =>
        one.Account.Email is not { Length: > 0 } email
            ? [one]
            : [.. copy.At(email).Select(found => new CopiedAccount(found.Key, found.Account))
                .Where(found => connections.Contains(found.Key.Connection) && KeyOf(found) == KeyOf(one))];
}
