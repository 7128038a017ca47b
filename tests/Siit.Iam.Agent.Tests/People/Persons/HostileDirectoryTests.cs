using System.Diagnostics;
using System.Text.Json;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.Tests.Playbooks.Expressions;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Persons;

public sealed class HostileDirectoryTests
{
    private const int Many = 5000;

    /// <summary>Pairs that a person takes for each other.</summary>
    private static readonly (string One, string Other)[] LookAlikes =
    [
        ("ana.look@acme.example", "аna.look@acme.example"), ("kim.look@acme.example", "\u212Aim.look@acme.example"), ("ilse.look@acme.example", "ılse.look@acme.example"),
        ("leo.look@acme.example", "ｌeo.look@acme.example"), ("joe.look@acme.example", "jо\u200Be.look@acme.example"), ("max.look@acme.example", "\u202Emax.look@acme.example"),
        ("tom.look@acme.example", "tom.look@асme.example"), ("pia.look@acme.example", "pia.look@ａcme.example"), ("gus.look@kacme.example", "gus.look@\u212Aacme.example"),
    ];

    [Fact]
    public async Task FiveThousandHostileAccounts_NothingCrashesAndNothingIsJoinedByLook()
    {
        var file = CelConformanceTests.SharedData("blns.json");
        Assert.SkipWhen(file is null, "blns.json is not beside the repository (../shared/data/blns.json).");
        var naughty = JsonSerializer.Deserialize<string[]>(await File.ReadAllTextAsync(file!))!;
        await using var world = await GateWorld.StartBeforeAsync(await EmulatedCompany.StartAsync(null, "okta", "google"));
        var copy = world.Get<DirectoryCopy>();
        var accounts = Enumerable.Range(0, Many).Select(n => Hostile(n, naughty)).ToList();
        var now = world.Time.GetUtcNow();

        foreach (var batch in accounts.Where((_, n) => n % 2 == 0).Chunk(500))
            await copy.PutAsync("okta", now, batch);
        foreach (var batch in accounts.Where((_, n) => n % 2 == 1).Chunk(500))
            await copy.PutAsync("google", now, batch);
        await copy.PutAsync("okta", now, LookAlikes.Select((pair, n) => CopiedDirectory.Account($"look{n} {pair.One}")));
        await copy.PutAsync("google", now, LookAlikes.Select((pair, n) => CopiedDirectory.Account($"look{n} {pair.Other}")));
        await copy.PutAsync("okta", now, "two1 two@acme.example", "two2 two@acme.example");

        var persons = world.Get<PersonLookup>();
        var conflicts = await persons.ConflictsAsync(CancellationToken.None);
        Assert.Contains(conflicts, conflict => conflict.Accounts.Contains(new AccountKey("okta", "two1")));
        for (var n = 0; n < LookAlikes.Length; n++)
        {
            var one = (await persons.OfAsync(new AccountKey("okta", $"look{n}"), CancellationToken.None))!;
            Assert.Single(one.Accounts);
            Assert.Equal($"okta:look{n}", Assert.Single(await persons.AtAsync(LookAlikes[n].One, CancellationToken.None)).Id);
            Assert.Equal($"google:look{n}", Assert.Single(await persons.AtAsync(LookAlikes[n].Other, CancellationToken.None)).Id);
        }

        var clock = new Stopwatch();
        for (var n = 0; n < Many; n++)
        {
            var connection = n % 2 == 0 ? "okta" : "google";
            clock.Start();
            var person = (await persons.OfAsync(new AccountKey(connection, accounts[n].Account.Id), CancellationToken.None))!;
            clock.Stop();
            // Whoever is joined has one and the same address, to the letter but for case.
            Assert.All(person.Accounts, account => Assert.Equal(
                AddressKey.Of(person.Accounts[0].Account.Email!), AddressKey.Of(account.Account.Email!)));
            Assert.All(person.Conflicts, conflict => Assert.Contains(conflicts, told => told.Id == conflict.Id));
            if (n % 10 == 0)
                await persons.AtAsync(accounts[n].Account.Email!, CancellationToken.None);
        }

        TestContext.Current.SendDiagnosticMessage($"{Many} persons in {clock.ElapsedMilliseconds} ms, {conflicts.Count} conflicts");
        foreach (var conflict in conflicts)
        {
            var doubt = (await persons.OfAsync(conflict.Accounts[0], CancellationToken.None))!;
            Assert.Contains(doubt.Conflicts, told => told.Id == conflict.Id);
            Assert.Null(HiddenText.First(conflict.Why));
            Assert.All(conflict.Settles, command => Assert.Null(HiddenText.First(command)));
            Assert.True(conflict.Why.Length < 1500);
        }
    }

    /// <summary>Every text is somebody's attack; some are addresses of the company with a hostile name before it, in two spellings each.</summary>
    private static DirectoryAccount Hostile(int n, string[] naughty)
    {
        var text = naughty[n % naughty.Length];
        var other = naughty[(n * 7) % naughty.Length];
        var huge = n % 500 == 3 ? new string('ᴬ', 64 * 1024) : text;
        var email = (n % 4) switch
        {
            0 => text,
            1 => $"{text}@acme.example",
            2 => $"user{n / 8}@acme.example",
            _ => $"\u202E{other}\u200B@acme.example",
        };
        return new DirectoryAccount
        {
            Account = new Account
            {
                Id = $"h{n}",
                Login = n % 3 == 0 ? huge : $"{other}{n}",
                Email = email,
                FirstName = text,
                LastName = other,
                DisplayName = huge,
                Department = other,
                Title = huge,
                Manager = text,
                Status = (AccountStatus)(n % 5),
                VendorStatus = text,
            },
            Aliases = n % 5 == 0 ? [other, $"{text}@acme.example", huge] : [],
            Kind = n % 11 == 0 ? AccountKind.Guest : AccountKind.Person,
            Attributes = new Dictionary<string, string> { [text.Length == 0 ? "x" : text] = other },
        };
    }
}
