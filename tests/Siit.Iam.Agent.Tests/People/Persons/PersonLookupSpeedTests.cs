using System.Diagnostics;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Persons;

/// <summary>100,000 accounts of 25,000 people at four IdPs, some of them in doubt. The limits have room for a busy machine and a debug build.</summary>
public sealed class PersonLookupSpeedTests
{
    private const int People = 25_000;
    private static readonly string[] Connections = ["okta", "entra", "google", "jumpcloud"];

    [Fact]
    public async Task Lookup_AmongAHundredThousandAccounts_TakesLessThanAMillisecond()
    {
        await using var world = await GateWorld.StartBeforeAsync(await EmulatedCompany.StartAsync());
        var copy = world.Get<DirectoryCopy>();
        await FillAsync(copy, world.Time.GetUtcNow());
        var persons = world.Get<PersonLookup>();

        await persons.ConflictsAsync(CancellationToken.None);
        var all = Stopwatch.StartNew();
        var conflicts = await persons.ConflictsAsync(CancellationToken.None);
        all.Stop();
        Assert.Equal(250 + 250 + 500, conflicts.Count);

        var byAddress = new List<TimeSpan>();
        var byKey = new List<TimeSpan>();
        for (var n = 0; n < 2000; n++)
        {
            var person = n * 12 + 5;
            byAddress.Add(await TimeAsync(async () => Assert.NotEmpty(await persons.AtAsync($"Person{person}@acme.example", CancellationToken.None))));
            byKey.Add(await TimeAsync(async () => Assert.NotNull(await persons.OfAsync(new AccountKey("google", $"id{person}"), CancellationToken.None))));
        }

        TestContext.Current.SendDiagnosticMessage($"conflicts {all.ElapsedMilliseconds} ms; by address {Told(byAddress)}; by account {Told(byKey)}");
        // Not the second that it takes alone: whatever else runs on the machine counts here. What grows with the square is minutes.
        Assert.True(all.Elapsed < TimeSpan.FromSeconds(20), $"all conflicts took {all.Elapsed}");
        Assert.True(Median(byAddress) < TimeSpan.FromMilliseconds(1), Told(byAddress));
        Assert.True(Median(byKey) < TimeSpan.FromMilliseconds(1), Told(byKey));
    }

    private static async Task FillAsync(DirectoryCopy copy, DateTimeOffset now)
    {
        copy.Load();
        foreach (var connection in Connections)
        {
            // The index alone: what is in the file is read for doubts only.
            for (var n = 0; n < People; n++)
                copy.Of(connection).Set(Copying.Known(Entry(connection, n, now), 1));
            await copy.CommitAsync(null, new DocumentChanges(), connection, new() { ImportedAt = now, SyncedAt = now, Position = "1" });
        }

        // 500 people whose address somebody else has now, as a second import finds them.
        await copy.PutAsync("okta", now, Enumerable.Range(0, 500).Select(n => CopiedDirectory.Account($"old{n} was{n}@acme.example")));
        await copy.PutAsync("okta", now.AddDays(1), Enumerable.Range(0, 500).Select(n => CopiedDirectory.Account($"old{n} is{n}@acme.example")));
        await copy.PutAsync("google", now.AddDays(1), Enumerable.Range(0, 500).Select(n => CopiedDirectory.Account($"new{n} was{n}@acme.example")));
    }

    private static AccountEntry Entry(string connection, int n, DateTimeOffset now) => new()
    {
        Found = new DirectoryAccount
        {
            Account = new Account
            {
                Id = $"id{n}",
                Login = $"login{n}@acme.example",
                // Each hundredth account at Entra has the address of the one before.
                Email = connection == "entra" && n % 100 == 1 ? $"person{n - 1}@acme.example" : $"person{n}@acme.example",
                Status = AccountStatus.Active,
                VendorStatus = "ACTIVE",
            },
            Aliases = connection == "jumpcloud" && n % 100 == 7 ? [$"person{n + 1}@acme.example"] : connection == "google" ? [$"p{n}@acme.example"] : [],
        },
        FirstSeenAt = now,
        ReadAt = now,
    };

    private static async Task<TimeSpan> TimeAsync(Func<Task> work)
    {
        var began = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(began);
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);

    private static string Told(List<TimeSpan> times) =>
        $"median {Median(times).TotalMilliseconds:0.000} ms, p99 {times.Order().ElementAt(times.Count * 99 / 100).TotalMilliseconds:0.000} ms, worst {times.Max().TotalMilliseconds:0.0} ms";
}
