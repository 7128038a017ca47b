using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Tests.People.Reads;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class SyncVerbsTests
{
    [Fact]
    public async Task Sync_BringsTheCopyUpToDateAndSaysSo()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await StartAsync(okta);
        okta.With("00zoe", "Zoe Ng", "zoe@acme.example");

        var before = await world.RunAsync("people", "show", "zoe@acme.example");
        var ran = await world.RunAsync("sync", "okta", "--full");
        var after = await world.RunAsync("people", "show", "zoe@acme.example");

        Assert.Equal((1, 0, 0), (before.ExitCode, ran.ExitCode, after.ExitCode));
        Assert.EndsWith("okta: up to date. 8 accounts, 0 gone, 3 groups, 4 memberships, 3 applications.\n", ran.Out, StringComparison.Ordinal);
        Assert.Contains("Zoe Ng: okta, active (ACTIVE)", after.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await world.RunAsync("sync", "okta")).ExitCode);
    }

    [Fact]
    public async Task Sync_WhileItRuns_ShowsProgress_AndGoesOnWhenWhoeverAskedHasGone()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await StartAsync(okta);
        okta.With("00zoe", "Zoe Ng", "zoe@acme.example");
        okta.Holding = new TaskCompletionSource();
        using var interrupted = new CancellationTokenSource(TimeSpan.FromSeconds(3));

        var ran = await world.RunAsync(interrupted.Token, "sync", "okta", "--full");
        okta.Holding.SetResult();

        Assert.Contains("okta: importing, 1 pages, 8 of 8 accounts", ran.Out, StringComparison.Ordinal);
        await Eventually.Is(() => world.RunAsync("people", "show", "zoe@acme.example"), shown => shown.ExitCode == 0);
    }

    [Fact]
    public async Task Sync_InTrouble_FailsWithTheSentence()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await StartAsync(okta);
        okta.Failing = new IdpException(IdpTrouble.BadCredentials, "okta refuses the token. Make a new one.");

        var ran = await world.RunAsync("sync", "okta", "--full");
        var status = await world.RunAsync("sync", "status");

        Assert.Equal(1, ran.ExitCode);
        Assert.EndsWith("okta: not brought up to date. okta refuses the token. Make a new one.\n", ran.Out, StringComparison.Ordinal);
        Assert.Contains("okta refuses the token. Make a new one.", status.Out, StringComparison.Ordinal);
        Assert.Equal(1, (await world.RunAsync("sync", "nowhere")).ExitCode);
    }

    [Fact]
    public async Task Status_ShowsEachConnection()
    {
        await using var world = await StartAsync(ReadsWorld.Okta(), ReadsWorld.Entra());

        // Imported is not yet idle.
        var lines = (await Eventually.Is(() => world.RunAsync("sync", "status"), status => status.Out.Split(" idle ").Length == 3)).Out.Split('\n');

        Assert.Matches(@"^okta +idle +copy +2\d{3}-.*Z +2\d{3}-.*Z +7 +0 +3 +4 +3$", lines[1]);
        Assert.Matches(@"^entra +idle +copy ", lines[2]);
    }

    [Fact]
    public async Task Review_ShowsWhatWasReadJoinedAndLeftOver()
    {
        var okta = ReadsWorld.Okta().With("00non", "No Mail", null, login: "nomail");
        await using var world = await StartAsync(okta, ReadsWorld.Entra());
        okta.Delete("00mia");
        await world.RunAsync("sync", "okta", "--full");

        var page = (await world.RunAsync("sync", "review")).Out;

        Assert.StartsWith("6 people, 1 of them with accounts at several connections.\n1 doubts about who has which account have to be settled: siit-iam people conflicts\n", page, StringComparison.Ordinal);
        foreach (var line in new[]
        {
            "  read      7 accounts, 3 groups with 3 memberships, 3 applications with 2 assignments, 2 administrator roles",
            "  joined    1 accounts with an account elsewhere; 6 stand alone",
            "  left over 1 accounts without a work email: joined with nothing\n            nomail (okta:00non)",
            "  left over 1 addresses that several accounts here have: no action runs on them by address\n            ben@acme.example: okta:00ben, okta:00dup",
            "  left over 1 service and shared accounts: nobody's own\n            svc-backup (okta:00svc)",
            "  left over 1 guests: at home in another tenant\n            gus@partner.example (entra:e-gue)",
            "  left over 1 accounts that are gone at the IdP\n            mia@acme.example (okta:00mia)",
            "  left over 1 groups without members\n            Empty",
            "  left over 1 applications that nobody has\n            Unused",
        })
        {
            Assert.Contains(line, page, StringComparison.Ordinal);
        }

        Assert.Equal(1, (await world.RunAsync("sync", "review", "okat")).ExitCode);
        Assert.DoesNotContain("entra", (await world.RunAsync("sync", "review", "okta", "--json")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Agree_NeedsAnApproverWhoIsPresent_AndIsAudited()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await StartAsync(okta);
        await world.EnrolFirstAsync();
        okta.Delete("00ana", "00ben", "00mia", "00mar");
        var none = await world.RunAsync("sync", "agree", "okta", "--as", "rita@acme.example", "--code", "000000");

        var held = await world.RunAsync("sync", "okta", "--full");
        var review = await world.RunAsync("sync", "status");
        var wrong = await world.RunAsync("sync", "agree", "okta", "--as", "rita@acme.example", "--code", "000000");
        var without = await world.RunAsync("sync", "agree", "okta");
        var still = await world.RunAsync("people", "show", "ana@acme.example", "--json");
        var agreed = await world.RunAsync("sync", "agree", "okta", "--as", "rita@acme.example", "--code", world.Code());
        var gone = await world.RunAsync("people", "show", "ana@acme.example", "--json");

        Assert.StartsWith("No import of 'okta' waits for a person.", none.Error, StringComparison.Ordinal);
        Assert.Equal((1, 1, 2, 0), (held.ExitCode, wrong.ExitCode, without.ExitCode, agreed.ExitCode));
        Assert.Contains("okta: HELD. 4 of 7 accounts at okta are not there any more", review.Out, StringComparison.Ordinal);
        Assert.Single(still.Json["accounts"]!.AsArray());
        Assert.Empty(gone.Json["accounts"]!.AsArray());
        Assert.Single(gone.Json["gone"]!.AsArray());
        var entries = await Eventually.Is(
            () => Task.FromResult(AuditReader.ReadAll(new AuditFiles(world.Data.Audit).Log).ToList()),
            all => all.Count(entry => entry.Kind == AuditKinds.ImportFinished) == 2);
        Assert.Equal(("rita@acme.example", "okta"), entries.Where(entry => entry.Kind == AuditKinds.ImportAgreed).Select(entry => (entry.Actor!.Operator!, entry.Connection!)).Single());
        Assert.Single(entries, entry => entry.Kind == AuditKinds.ImportHeld);
        Assert.Equal(4, entries.Last(entry => entry.Kind == AuditKinds.ImportFinished).Data!["gone"]!.GetValue<int>());
        Assert.DoesNotContain(entries.Where(entry => entry.Kind.StartsWith("import.", StringComparison.Ordinal)), entry => entry.Data!.ToJsonString().Contains("ana", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Sync_SwitchedOff_SaysSo()
    {
        await using var world = await CliWorld.StartAsync(services =>
        {
            ReadsWorld.Add(services, ReadsWorld.Okta());
            services.AddSingleton(new Siit.Iam.Agent.People.Sync.SyncOptions { Enabled = false });
        });

        var ran = await world.RunAsync("sync");

        Assert.Equal((1, "The sync is switched off (sync.enabled in siit-iam.json): no copy is kept.\n"), (ran.ExitCode, ran.Error));
        Assert.StartsWith("Nothing is imported yet", (await world.RunAsync("people", "show", "ana@acme.example")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Review_NamesOwnersInTheSettings_OfWhatIsNotThere()
    {
        await using var world = await CliWorld.StartAsync(
            services => ReadsWorld.Add(services, ReadsWorld.Okta()), ("people:owners:okta:groups:Renamed Since:0", "mona@acme.example"));
        await ReadsWorld.ImportedAsync(world.Get<DirectoryCopy>(), "okta");

        Assert.Contains("people:owners:okta:groups:Renamed Since", (await world.RunAsync("sync", "review")).Out, StringComparison.Ordinal);
    }

    internal static async Task<CliWorld> StartAsync(params CopiedIdp[] idps)
    {
        var world = await CliWorld.StartAsync(services => ReadsWorld.Add(services, idps));
        foreach (var idp in idps)
            await ReadsWorld.ImportedAsync(world.Get<DirectoryCopy>(), idp.Name);
        return world;
    }
}
