using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People;

/// <summary>From what a caller wrote to exactly one account, read fresh. Free text never selects a target: it is exact or it is an error.</summary>
internal static class PersonFinder
{
    /// <summary>The code of somebody who has no account there.</summary>
    public const string Unknown = "unknown_person";

    /// <param name="person">Work email or login, or <c>connection:id</c>.</param>
    public static async Task<FoundAccount> FindAsync(IIdpConnection connection, string person, CancellationToken cancellationToken)
    {
        if (AccountIdOf(connection, person) is { } id)
        {
            var picture = await connection.GetPictureAsync(id, PictureParts.None, cancellationToken);
            return new FoundAccount(picture.Account, null, null);
        }

        var accounts = await connection.FindAccountsAsync(person, cancellationToken);
        return accounts.Count switch
        {
            1 => new FoundAccount(accounts[0], null, null),
            0 => new FoundAccount(null, Unknown,
                $"Nobody at {connection.Name} has exactly this work email or login. Check the spelling with find_person; names are not searched."),
            _ => new FoundAccount(null, "several_accounts",
                $"{accounts.Count} accounts at {connection.Name} have this work email. Say which one is meant, as person: "
                + string.Join(", ", accounts.Take(10).Select(account => $"{connection.Name}:{account.Id} (login {account.Login}, {account.VendorStatus})")) + "."),
        };
    }

    /// <summary>The connection named in <c>connection:id</c>, or null when the text has another form.</summary>
    public static string? ConnectionOf(string person, IEnumerable<string> connections) =>
        person.Split(':', 2) is [var name, _] && connections.Contains(name) ? name : null;

    private static string? AccountIdOf(IIdpConnection connection, string person) =>
        person.StartsWith(connection.Name + ":", StringComparison.Ordinal) ? person[(connection.Name.Length + 1)..] : null;
}

/// <param name="Account">Null when there is not exactly one.</param>
internal sealed record FoundAccount(Account? Account, string? Code, string? Message);
