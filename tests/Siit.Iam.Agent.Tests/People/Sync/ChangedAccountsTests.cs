using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Sync;

namespace Siit.Iam.Agent.Tests.People.Sync;

public sealed class ChangedAccountsTests
{
    /// <summary>Also of one account that is larger than any piece they wait in.</summary>
    [Fact]
    public void Accounts_ThatWaitAsBytes_ComeBackAsTheyWere_ThoseOfOneDocumentTogether()
    {
        var changed = new ChangedAccounts();
        var all = Enumerable.Range(0, 6000).Select(n => Account($"u{n % 5000}", n == 3000 ? 5_000_000 : n % 300)).ToList();
        foreach (var (account, n) in all.Select((account, n) => (account, n)))
            changed.Add(account, (ulong)n);

        var buckets = changed.ByBucket().ToList();

        Assert.Equal(buckets.Count, buckets.Select(bucket => CopyShelves.BucketNumber(bucket[0].Account.Account.Id)).Distinct().Count());
        Assert.All(buckets, bucket => Assert.Single(bucket.Select(one => CopyShelves.BucketNumber(one.Account.Account.Id)).Distinct()));
        // One that was read twice: the later state comes later.
        Assert.All(buckets, bucket => Assert.Equal(bucket.Select(one => one.Print).Order(), bucket.Select(one => one.Print)));
        Assert.Equal(all.Select((account, n) => (account.Account, (ulong)n)), buckets.SelectMany(bucket => bucket).OrderBy(one => one.Print).Select(one => (one.Account.Account, one.Print)));
    }

    private static DirectoryAccount Account(string id, int size) => new()
    {
        Account = new Account { Id = id, Login = $"{id}@acme.example", FirstName = new string('é', size), Status = AccountStatus.Active, VendorStatus = "ACTIVE" },
    };
}
