using System.Runtime.CompilerServices;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

public sealed class OktaStatusTests
{
    public static TheoryData<string, string, bool> Table => new()
    {
        { "STAGED", nameof(AccountStatus.Staged), false },
        { "PROVISIONED", nameof(AccountStatus.Staged), false },
        { "ACTIVE", nameof(AccountStatus.Active), true },
        { "PASSWORD_EXPIRED", nameof(AccountStatus.Active), true },
        { "RECOVERY", nameof(AccountStatus.Active), false },
        { "LOCKED_OUT", nameof(AccountStatus.Locked), false },
        { "SUSPENDED", nameof(AccountStatus.Suspended), false },
        { "DEPROVISIONED", nameof(AccountStatus.Deprovisioned), false },
        { "SOMETHING_NEW", nameof(AccountStatus.Staged), false },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Of_OktasWord_IsOurs(string vendor, string ours, bool canSignIn)
    {
        Assert.Equal(ours, OktaStatus.Of(vendor).ToString());
        Assert.Equal(canSignIn, OktaStatus.CanSignIn(vendor));
    }

    [Fact]
    public void Readme_HasTheSameTable()
    {
        var readme = ReadmeLines();

        foreach (var row in Table.Select(row => row.Data).Where(row => row.Item1 != "SOMETHING_NEW"))
            Assert.Contains($"| `{row.Item1}` | `{row.Item2.ToLowerInvariant()}` | {(row.Item3 ? "yes" : "no")} |", readme);
    }

    [Fact]
    public void Readme_HasTheNeedsOfEachAction()
    {
        var readme = ReadmeLines();

        foreach (var needs in OktaNeeds.All)
        {
            var row = $"| `{needs.Action}` | {string.Join(" ", needs.Scopes.Order(StringComparer.Ordinal).Select(scope => $"`{scope}`"))} | {(needs.Roles.Count == 0 ? "any that reads" : $"`{needs.Roles[0]}`")} |";
            Assert.True(readme.Contains(row), $"Idps/Okta/README.md needs the line: {row}");
        }
    }

    private static HashSet<string> ReadmeLines([CallerFilePath] string here = "") =>
        [.. File.ReadAllLines(Path.Combine(Path.GetDirectoryName(here)!, "../../../../src/Siit.Iam.Agent/Idps/Okta/README.md")).Select(line => line.Trim())];
}
