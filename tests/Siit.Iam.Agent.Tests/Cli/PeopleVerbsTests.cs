using System.Text.RegularExpressions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.People.Reads;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed partial class PeopleVerbsTests
{
    [Fact]
    public async Task Show_IsAPageThatAPersonCanRead()
    {
        await using var world = await SyncVerbsTests.StartAsync(ReadsWorld.Okta(), ReadsWorld.Entra());

        var page = Times().Replace((await world.RunAsync("people", "show", "ana@acme.example")).Out, "TIME");

        Assert.Equal("""
            Ana Lopez, ana@acme.example
              title         Lead
              department    Sales
              manager       Ben Okafor, ben@acme.example

            Ana Lopez: okta, active (ACTIVE)
              login         ana@acme.example
              email         ana@acme.example
              aliases       a.lopez@acme.example
              title         Lead
              department    Sales
              manager       ben@acme.example
              mfa           yes
              admin roles   Read Only, Help Desk (through group IT Admins)
              groups        IT Admins, Sales
              applications  CRM (through Sales), Figma (direct)
              id            okta:00ana

            Ana Lopez: entra, active (ACTIVE)
              login         ana@acme.onmicrosoft.example
              email         ana@acme.example
              mfa           not known
              admin roles   -
              groups        All Staff
              applications  -
              id            entra:e-ana

            okta: as of TIME
            entra: as of TIME

            """, page);
    }

    [Fact]
    public async Task Find_SeveralOrNobody_ShowsWhomToChooseFrom()
    {
        await using var world = await SyncVerbsTests.StartAsync(ReadsWorld.Okta());

        var several = await world.RunAsync("people", "find", "Maria", "Silva");
        var nobody = await world.RunAsync("people", "find", "qqqq");
        var hidden = await world.RunAsync("people", "find", "Mar\u202Eia");

        Assert.Equal((1, 1, 1), (several.ExitCode, nobody.ExitCode, hidden.ExitCode));
        Assert.StartsWith("2 people fit. Ask again with the person that is meant.\n", several.Out, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^mia@acme\.example +Maria Silva +mia@acme\.example +Legal +- +active +okta$", several.Out);
        Assert.StartsWith("Nobody has exactly this work email, login, alias, former address, id or name; nobody is spelt nearly so.", nobody.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202E", hidden.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_AreListedAndFollowed()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await SyncVerbsTests.StartAsync(okta);
        await HappenAsync(1, "00ana");
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        var following = world.RunAsync(enough.Token, "events", "--follow", "--person", "ana@acme.example");
        await HappenAsync(2, "00ben");
        await HappenAsync(3, "00ana");
        await Eventually.Is(() => world.RunAsync("events", "--json"), listed => listed.Json["events"]!.AsArray().Count == 3);
        await Task.WhenAny(following, Task.Delay(TimeSpan.FromSeconds(3), CancellationToken.None));
        await enough.CancelAsync();
        var followed = (await following).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(2, followed.Length);
        Assert.Matches(@"^\S+ \S+  account\.locked  okta:ana@acme\.example  actor 1$", followed[0]);
        Assert.EndsWith("actor 3", followed[1], StringComparison.Ordinal);
        Assert.Equal(4, (await world.RunAsync("events")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal("No events.\n", (await world.RunAsync("events", "--kind", "role.granted", "--since", "24h")).Out);
        foreach (var (line, words) in new[] { ("events --since soon", "how long ago: 90m, 24h, 7d"), ("events --kind x", "'kind' must be one of"), ("events --person nobody", "Nobody has exactly this"), ("events --connection x", "There is no connection 'x'") })
        {
            var ran = await world.RunAsync(line.Split(' '));
            Assert.True(ran.ExitCode == 1 && ran.Error.Contains(words, StringComparison.Ordinal), ran.ToString());
        }

        Assert.Equal(2, (await world.RunAsync("events", "--follow", "--json")).ExitCode);

        async Task HappenAsync(int number, string account)
        {
            okta.Log(new FeedEvent { Id = $"ev{number}", Time = world.Time.GetUtcNow(), Kind = LifecycleKind.AccountLocked, Account = account, Actor = $"actor {number}", VendorType = "x" });
            Assert.Equal(0, (await world.RunAsync("sync", "okta")).ExitCode);
        }
    }

    [Fact]
    public async Task BackupAndRestore_BringTheCopyBackThatBelongsToTheStore()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await SyncVerbsTests.StartAsync(okta);
        var zip = Path.Combine(world.Parent, "backup.zip");
        var backup = await world.RunAsync("backup", zip, "--json");
        okta.With("00zoe", "Zoe Ng", "zoe@acme.example");
        await world.RunAsync("sync", "okta", "--full");

        await world.StopServerAsync();
        var restored = await world.RunAsync("restore", zip, "--json");
        // What is there now shows in the copy only when it is read again.
        okta.Holding = new TaskCompletionSource();
        await world.StartServerAsync();
        await Eventually.Is(() => world.RunAsync("people", "show", "ana@acme.example"), shown => shown.ExitCode == 0);
        var later = await world.RunAsync("people", "show", "zoe@acme.example");

        Assert.Contains("people.db", backup.Json["files"]!.AsArray().Select(file => file!["name"]!.GetValue<string>()));
        Assert.Equal((0, 1), (restored.ExitCode, later.ExitCode));
        Assert.True(File.Exists(Path.Combine(restored.Json["before"]!.GetValue<string>(), Path.GetFileName(new DataFolder("x").People))));
    }

    [GeneratedRegex(@"2\d{3}-\d\d-\d\d \d\d:\d\d:\d\dZ")]
    private static partial Regex Times();
}
