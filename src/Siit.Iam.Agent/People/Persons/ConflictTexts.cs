using System.Security.Cryptography;
using System.Text;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>Conflicts as they are told to people. Addresses and ids come from directories: nothing hidden gets through.</summary>
internal static class ConflictTexts
{
    private const int Shown = 8;

    public static Conflict Of(ConflictKind kind, string address, IEnumerable<AccountKey> accounts, IEnumerable<AccountKey> leaving, string why)
    {
        var all = Sorted(accounts);
        var id = IdOf(kind, all);
        var leave = Sorted(leaving);
        return new Conflict
        {
            Id = id,
            Kind = kind,
            Address = address,
            Accounts = all,
            Leaving = leave,
            Why = $"{HiddenText.Shown(address, 100)}: {why} ({List(all)}).",
            Settles =
            [
                $"siit-iam people settle {id} --same",
                $"siit-iam people settle {id} --apart {(leave.Count > 0 ? string.Join(',', leave.Take(Shown).Select(Name)) : "ACCOUNT")}",
            ],
        };
    }

    public static string Word(this ConflictKind kind) => kind switch
    {
        ConflictKind.TwoAccounts => "two_accounts",
        ConflictKind.Recycled => "recycled",
        ConflictKind.Alias => "alias",
        ConflictKind.Guest => "guest",
        _ => "hris",
    };

    public static string Name(AccountKey key) => HiddenText.Shown(key.ToString(), 100);

    private static string List(List<AccountKey> accounts) =>
        string.Join(", ", accounts.Take(Shown).Select(Name)) + (accounts.Count > Shown ? $" and {accounts.Count - Shown} more" : "");

    private static List<AccountKey> Sorted(IEnumerable<AccountKey> keys) =>
        [.. keys.Distinct().OrderBy(key => key.Connection, StringComparer.Ordinal).ThenBy(key => key.Id, StringComparer.Ordinal)];

    private static string IdOf(ConflictKind kind, List<AccountKey> accounts)
    {
        var text = string.Join('\n', accounts.Select(key => key.ToString()).Prepend(kind.Word()));
        return "conflict_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
    }
}
