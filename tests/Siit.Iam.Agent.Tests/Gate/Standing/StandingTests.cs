using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.Standing;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.People.Reads;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate.Standing;

/// <summary>Managers and owners in the copy of a small company, and people under several accounts.</summary>
public sealed class StandingTests
{
    [Fact]
    public async Task ManagersSeat_TakenByTheManager_WhoIsReadAgainAtTheEffect()
    {
        var okta = Company();
        await using var world = await StartAsync(Managers(), okta);
        var manager = await LinkedAsync(world, "ben@acme.example", "okta:00ben");
        var other = await LinkedAsync(world, "cid@acme.example", "okta:00cid");
        var call = await AskedAsync(world, "ana@acme.example");

        Assert.Equal([manager.Id], call.Card!.Quorums[^1].Seats[0].Holders);
        Assert.Equal("no_seat", (await world.DecideAsync(call.Id, other)).Code);
        Assert.True((await world.DecideAsync(call.Id, manager)).Taken);

        Assert.Equal(CallState.Succeeded, (await world.EndAsync(call.Id)).State);
        Assert.Equal(["00ana"], okta.Suspensions);
    }

    [Fact]
    public async Task ManagersSeat_ManagerChangedBetweenDecisionAndEffect_IsAskedAgain()
    {
        var okta = Company();
        await using var world = await StartAsync(new GateOptions { StandingSource = "okta", ApprovalRules = [Rule("manager", "any")] }, okta);
        var manager = await LinkedAsync(world, "ben@acme.example", "okta:00ben");
        var other = await LinkedAsync(world, "cid@acme.example", "okta:00cid");
        var call = await AskedAsync(world, "ana@acme.example");
        Assert.True((await world.DecideAsync(call.Id, manager)).Taken);
        okta.Change("00ana", account => account with { ManagerId = "00cid" });
        await world.SyncAsync("okta");

        Assert.True((await world.DecideAsync(call.Id, other)).Taken);

        // Nobody is the manager for long enough, and there is no fallback: it is refused, and nothing was done.
        var ended = await world.EndAsync(call.Id);
        Assert.Equal((CallState.Refused, "no_approver"), (ended.State, ended.Code));
        Assert.Contains("the manager changed within the last 3 days", ended.Message, StringComparison.Ordinal);
        Assert.Single(ended.Earlier);
        Assert.Empty(okta.Suspensions);
    }

    public static TheoryData<int, bool> Ticks => new() { { -1, false }, { 0, true }, { 1, true } };

    [Theory]
    [MemberData(nameof(Ticks))]
    public async Task Manager_NewOne_CountsFromTheStandingAgeOn(int tick, bool counts)
    {
        var time = new StoppedTime();
        var okta = Company();
        await using var world = await StartAsync(Managers(), okta, services => services.AddSingleton<TimeProvider>(time));
        okta.Change("00ana", account => account with { ManagerId = "00cid" });
        time.Now += TimeSpan.FromDays(1);
        await world.SyncAsync("okta");
        var changed = time.Now;
        time.Now = changed + TimeSpan.FromDays(3) + TimeSpan.FromTicks(tick);
        // Read afresh, at the same time.
        await world.SyncAsync("okta");

        var found = await world.Get<StandingBook>().ManagerOfAsync("okta:00ana", CancellationToken.None);

        Assert.Equal(counts ? ["okta:00cid"] : [], found.Holders);
    }

    [Fact]
    public async Task ManagersSeat_NobodyCould_TheFallbackGroupDoes_OrItIsRefusedAtOnce()
    {
        var okta = Company();
        await using var world = await StartAsync(
            new GateOptions { StandingSource = "okta", ApprovalRules = [Rule("manager")], StandingAge = TimeSpan.Zero }, okta);
        await LinkedAsync(world, "dan@acme.example", "okta:00dan", "desk");
        var caller = await world.CallerAsync("second");

        // Cid has no manager.
        var refused = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "cid@acme.example" });

        Assert.Equal((CallState.Refused, "no_approver"), (refused.State, refused.Code));
        Assert.Contains("the manager of \"cid@acme.example\" (okta names no manager)", refused.Message, StringComparison.Ordinal);

        await using var falling = await StartAsync(Managers("desk"), Company());
        var desk = await LinkedAsync(falling, "dan@acme.example", "okta:00dan", "desk");
        var security = await LinkedAsync(falling, "egon@acme.example", null, "security");
        var call = await AskedAsync(falling, "cid@acme.example");
        Assert.Equal("no_seat", (await falling.DecideAsync(call.Id, security)).Code);
        Assert.True((await falling.DecideAsync(call.Id, desk)).Taken);
        Assert.Equal(CallState.Succeeded, (await falling.EndAsync(call.Id)).State);
    }

    [Fact]
    public async Task ManagersSeat_TheManagerAsksHimself_FallsBack()
    {
        await using var world = await StartAsync(Managers("desk"), Company());
        var manager = await LinkedAsync(world, "ben@acme.example", "okta:00ben", "desk");
        var desk = await LinkedAsync(world, "dan@acme.example", "okta:00dan", "desk");
        var call = await AskedAsync(world, "ana@acme.example", requester: "ben@acme.example");

        Assert.Equal("is_requester", (await world.DecideAsync(call.Id, manager)).Code);
        Assert.True((await world.DecideAsync(call.Id, desk)).Taken);
    }

    public static TheoryData<string, string, string?> Accounts => new()
    {
        { "requester by another account's login", "ana@acme.onmicrosoft.example", "is_requester" },
        { "requester by an alias", "a.lopez@acme.example", "is_requester" },
        { "somebody else", "cid@acme.example", null },
    };

    [Theory]
    [MemberData(nameof(Accounts))]
    public async Task Decide_TheSamePersonUnderAnotherAccount_IsExcluded(string story, string requester, string? code)
    {
        var okta = Company();
        var entra = new CopiedIdp("entra", IdpKind.Entra).With("e-ana", "Ana Lopez", "ana@acme.example", login: "ana@acme.onmicrosoft.example");
        await using var world = await StartAsync(new GateOptions(), okta, null, entra);
        var approver = await LinkedAsync(world, "ana@acme.example", null);
        await LinkedAsync(world, "egon@acme.example", null);
        var call = await AskedAsync(world, "okta:00dan", requester);

        var decision = await world.DecideAsync(call.Id, approver);

        Assert.True(code == decision.Code, $"{story}: {decision.Code}");
    }

    [Fact]
    public async Task Decide_OnTheOwnOtherAccount_IsExcluded_AndTakesTwo()
    {
        var entra = new CopiedIdp("entra", IdpKind.Entra).With("e-ana", "Ana Lopez", "ana@acme.example", login: "ana@acme.onmicrosoft.example");
        await using var world = await StartAsync(new GateOptions(), Company(), null, entra);
        var approver = await LinkedAsync(world, "a.lopez@acme.example", null);
        await LinkedAsync(world, "egon@acme.example", null, "security");
        await LinkedAsync(world, "fay@acme.example", null, "desk");

        var call = await AskedAsync(world, "entra:e-ana");

        Assert.Equal("the person is an approver", call.Card!.Rule);
        Assert.Equal("is_target", (await world.DecideAsync(call.Id, approver)).Code);
    }

    [Fact]
    public async Task Owners_OfAGroup_CountByTheirAccount_NewOnesOnlyLater()
    {
        var okta = Company().WithGroup("g-vault", "Vault", "00ana");
        okta.Tie(TieKind.GroupOwner, "g-vault", "00ben");
        await using var world = await StartAsync(new GateOptions { StandingSource = "okta" }, okta);
        okta.Tie(TieKind.GroupOwner, "g-vault", "00cid");
        await world.SyncAsync("okta");
        var book = world.Get<StandingBook>();

        Assert.Equal(["okta:00ben"], (await book.OwnersOfAsync("okta", false, "g-vault", "Vault", CancellationToken.None)).Holders);
        world.Time.Advance(TimeSpan.FromDays(3));
        await world.SyncAsync("okta");
        Assert.Equal(["okta:00ben", "okta:00cid"], (await book.OwnersOfAsync("okta", false, "g-vault", "Vault", CancellationToken.None)).Holders.Order());
        // A copy that nobody brought up to date is not believed.
        world.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal("the copy of okta is not up to date", (await book.OwnersOfAsync("okta", false, "g-vault", "Vault", CancellationToken.None)).Why);
    }

    [Fact]
    public async Task Approver_WhoseAccountWasSuspended_NeitherDecidesNorCounts()
    {
        var okta = Company();
        await using var world = await StartAsync(new GateOptions { StandingSource = "okta", RaiseApproval = { ["suspend_user"] = Siit.Iam.Agent.Actions.Approvers.Two } }, okta);
        var one = await LinkedAsync(world, "ben@acme.example", "okta:00ben", "desk");
        var two = await LinkedAsync(world, "egon@acme.example", null, "security");
        await LinkedAsync(world, "fay@acme.example", null, "desk");
        var call = await AskedAsync(world, "dan@acme.example");
        Assert.True((await world.DecideAsync(call.Id, one)).Taken);
        okta.Change("00ben", account => account with { Account = account.Account with { Status = AccountStatus.Suspended } });
        await world.SyncAsync("okta");
        Assert.True((await world.DecideAsync(call.Id, two)).Taken);

        var again = await Eventually.Is(async () => (await world.Calls.FindAsync(call.Id, CancellationToken.None))!, found => found.Earlier.Count > 0 || found.State.IsEnded());

        Assert.Equal(CallState.AwaitingApproval, again.State);
        Assert.Equal("not_an_approver", (await world.DecideAsync(call.Id, one)).Code);
        Assert.Empty(okta.Suspensions);
    }

    private static ApprovalRule Rule(params string[] seats) => new() { Name = "leavers", Actions = ["suspend_user"], Seats = [.. seats] };

    private static GateOptions Managers(string? fallback = null) => new()
    {
        StandingSource = "okta",
        ApprovalRules = [new() { Name = "leavers", Actions = ["suspend_user"], Seats = ["manager"], Fallback = fallback }],
    };

    /// <summary>Ana's manager is Ben; Cid has none.</summary>
    private static CopiedIdp Company() => new CopiedIdp("okta")
        .With("00ana", "Ana Lopez", "ana@acme.example", more: account => account with { ManagerId = "00ben", Aliases = ["a.lopez@acme.example"] })
        .With("00ben", "Ben Okafor", "ben@acme.example")
        .With("00cid", "Cid Moreno", "cid@acme.example")
        .With("00dan", "Dan Petrov", "dan@acme.example");

    private static async Task<GateWorld> StartAsync(GateOptions options, CopiedIdp okta, Action<IServiceCollection>? more = null, params CopiedIdp[] others)
    {
        CopiedIdp[] idps = [okta, .. others];
        var world = await GateWorld.StartAsync(options, more: services =>
        {
            ReadsWorld.Add(services, idps);
            more?.Invoke(services);
        });
        foreach (var idp in idps)
            await ReadsWorld.ImportedAsync(world.Get<DirectoryCopy>(), idp.Name);
        return world;
    }

    private static async Task<ApproverRecord> LinkedAsync(GateWorld world, string email, string? account, params string[] groups)
    {
        var approver = await world.ApproverAsync(email, groups);
        if (account is null)
            return approver;
        Assert.True((await world.Store.CommitAsync([Change.Save(approver with { Account = account })])).Done);
        return approver with { Account = account, Version = 2 };
    }

    private static async Task<CallRecord> AskedAsync(GateWorld world, string person, string? requester = null)
    {
        var input = new JsonObject { ["person"] = person, ["connection"] = person.StartsWith("entra:", StringComparison.Ordinal) ? "entra" : "okta" };
        if (requester is not null)
            input["requester"] = requester;
        var asked = await world.CallAsync(await world.CallerAsync(), "suspend_user", input);
        Assert.True(asked.State == CallState.AwaitingApproval, asked.Message);
        return (await world.Calls.FindAsync(asked.Call!, CancellationToken.None))!;
    }

    private sealed class StoppedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
