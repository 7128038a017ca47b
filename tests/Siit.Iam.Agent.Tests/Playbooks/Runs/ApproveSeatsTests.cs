using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>Playbooks that say who agrees: the owner, the manager, a group; and the end of a term that was agreed to with its beginning.</summary>
public sealed class ApproveSeatsTests
{
    private const string Ben = "ben@acme.example";
    private const string Mona = "mona@acme.example";
    private const string App = "Workday";

    private const string Between = "  - id: pause\n    wait: { for: \"duration('2h')\" }\n";

    /// <param name="who">What stands in the approve step.</param>
    private static string Own(string who, string between = "") => $$"""
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: For a term
        owner: group:it-identity
        triggers: [manual]
        inputs:
          person: { type: Person }
          application: { type: string, max: 64 }
        policy:
          tools: [add_application, remove_application]
          connections: [okta]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 2 }
        steps:
          - id: agree
            approve: { {{who}}, timeout: P3D, summary: "For ${input.person}" }
        {{between}}  - id: give
            do: add_application
            with: { person: =input.person, connection: okta, application: =input.application }
          - id: term
            wait: { for: days(30) }
          - id: take
            do: remove_application
            with: { person: =input.person, connection: okta, application: =input.application }
        """;

    [Fact]
    public async Task Owner_AgreesOnce_ToBothEndsOfTheTerm()
    {
        await using var world = await StartAsync(Own("seats: [owner]"));
        var (mona, dana) = (await OwnerAsync(world), await world.Gate.ApproverAsync("dana@acme.example"));
        var run = await BeginAsync(world);

        var plan = await PlanAsync(world, run);
        Assert.Equal([mona.Id], plan.Card!.Quorums[0].Seats[0].Holders);
        Assert.Equal($"an owner of \"{App}\"", ApprovalRules.Word(plan));
        Assert.Equal("no_seat", (await world.Gate.DecideAsync(plan.Id, dana)).Code);
        // Both are judged as they will be: the second one on what the first has given.
        Assert.Contains(plan.Card.Lines, line => line.Text.StartsWith("Remove application \"ben@acme.example\", 30 days later, about ", StringComparison.Ordinal) && line.Text.EndsWith(", which takes back what /give gives and is not asked for again", StringComparison.Ordinal));
        Assert.Contains(plan.Card.Lines, line => line.Text == $"  loses application \"{App}\"");
        Assert.True((await world.Gate.DecideAsync(plan.Id, mona)).Taken);
        await WaitsAsync(world, run);
        Assert.True(Has(world));

        await TermOverAsync(world);

        var ended = await world.EndAsync(run);
        Assert.True(ended.State == RunState.Succeeded, Told(ended));
        Assert.False(Has(world));
        var taken = await world.Gate.Store.FindAsync<CallRecord>("step", $"{run}/take");
        Assert.Equal((null, plan.Id), (Assert.Single(taken).Approval, taken[0].Plan));
        Assert.Equal(1, world.Gate.Okta.Ledger.Count("app.remove_user"));
    }

    [Fact]
    public async Task Owner_WhoIsTheTarget_DoesNotAgree_AndNobodyElseIsAsked()
    {
        await using var world = await StartAsync(Own("seats: [owner]"));
        await OwnerAsync(world);
        // Changing an approver takes two: those there are.
        await world.Gate.ApproverAsync("dana@acme.example");
        await world.Gate.ApproverAsync("egon@acme.example", "security");

        var ended = await world.EndAsync((await world.RunAsync(await world.Gate.CallerAsync(), "own", Inputs(world, Mona))).Run!);

        Assert.True((RunState.Refused, "no_approver") == (ended.State, ended.Code), Told(ended));
        Assert.Contains($"an owner of \"{App}\" (no approver who may decide on this is that)", ended.Message, StringComparison.Ordinal);
        Assert.Empty(world.Gate.Okta.Ledger.Of("app."));
    }

    [Fact]
    public async Task Owner_WhoAsks_DoesNotAgree_TheFallbackGroupDoes()
    {
        await using var world = await StartAsync(Own("seats: [owner], fallback: desk"));
        var (mona, dana) = (await OwnerAsync(world), await world.Gate.ApproverAsync("dana@acme.example", "desk"));
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "own", Inputs(world), requester: Mona);

        var plan = await PlanAsync(world, started.Run!);

        Assert.Contains("an approver of the group desk, in place of an owner", ApprovalRules.Word(plan), StringComparison.Ordinal);
        Assert.Equal("is_requester", (await world.Gate.DecideAsync(plan.Id, mona)).Code);
        Assert.True((await world.Gate.DecideAsync(plan.Id, dana)).Taken);
    }

    [Fact]
    public async Task Seats_NobodyCouldTake_RefusesAtOnce()
    {
        await using var world = await StartAsync(Own("seats: [\"group:finance\"]"));
        await world.Gate.ApproverAsync("dana@acme.example", "desk");

        var ended = await world.EndAsync(await BeginAsync(world));

        Assert.True((RunState.Refused, "no_approver") == (ended.State, ended.Code), Told(ended));
        Assert.Contains("an approver of the group finance", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Manager_OtherOneByTheTimeOfTheEffect_ThePlanDoesNotCoverIt()
    {
        await using var world = await StartAsync(Own("seats: [manager]", Between));
        var mona = await OwnerAsync(world);
        await world.Gate.ApproverAsync("dana@acme.example");
        await ManagedByAsync(world, Mona);
        var run = await BeginAsync(world);
        Assert.True((await world.Gate.DecideAsync((await PlanAsync(world, run)).Id, mona)).Taken);
        await WaitsAsync(world, run);

        await ManagedByAsync(world, "carla@acme.example");
        await TermOverAsync(world, TimeSpan.FromHours(2.1));

        var asked = await Eventually.Is(async () => (await world.Gate.Store.FindAsync<CallRecord>("step", $"{run}/give")).SingleOrDefault()!, call => call is { State: CallState.AwaitingApproval });
        Assert.Equal("add_application needs one approver by its definition", asked.Card!.Rule);
        Assert.False(Has(world));
    }

    [Fact]
    public async Task Seats_AskBesideTheRulesOfTheOrganisation_AndNeverInstead()
    {
        var options = Options();
        options.RaiseApproval["add_application"] = Approvers.Two;
        await using var world = await StartAsync(Own("seats: [\"group:desk\"]"), options);
        var (dana, egon) = (await world.Gate.ApproverAsync("dana@acme.example", "desk"), await world.Gate.ApproverAsync("egon@acme.example", "security"));
        var run = await BeginAsync(world);

        var plan = await PlanAsync(world, run);
        Assert.Equal("two approvers from distinct groups, and an approver of the group desk", ApprovalRules.Word(plan));
        Assert.True((await world.Gate.DecideAsync(plan.Id, dana)).Taken);
        Assert.Equal(CallState.AwaitingApproval, (await world.Gate.Calls.FindAsync(plan.Id, CancellationToken.None))!.State);
        Assert.True((await world.Gate.DecideAsync(plan.Id, egon)).Taken);
        await WaitsAsync(world, run);
        Assert.True(Has(world));
    }

    /// <summary>Whoever could name a manager could make an approver.</summary>
    [Fact]
    public async Task Manager_ChangedByACall_TakesTwo_WhereManagersAreKnown()
    {
        await using var world = await StartAsync(Own("seats: [manager]"));
        await world.Gate.ApproverAsync("dana@acme.example", "desk");
        await world.Gate.ApproverAsync("egon@acme.example", "security");

        var asked = await world.Gate.CallAsync(await world.Gate.CallerAsync(), "update_user", new JsonObject { ["person"] = Ben, ["connection"] = "okta", ["manager"] = Mona });

        Assert.True(asked.State == CallState.AwaitingApproval, asked.Message);
        Assert.Equal(Approvers.Two, (await world.Gate.Calls.FindAsync(asked.Call!, CancellationToken.None))!.Approval!.Needed);
    }

    public static TheoryData<string, string> Since => new()
    {
        { "given again", "has given it again since." },
        { "an approver", "It needs two approvers from distinct groups now: the person is an approver." },
    };

    [Theory]
    [MemberData(nameof(Since))]
    public async Task TermOver_NotWhatTheRunGaveOrMore_IsAskedAgainAndSaysWhy(string what, string says)
    {
        await using var world = await StartAsync(Own("approvers: one"));
        var (dana, _) = (await world.Gate.ApproverAsync("dana@acme.example", "desk"), await world.Gate.ApproverAsync("egon@acme.example", "security"));
        var run = await BeginAsync(world);
        Assert.True((await world.Gate.DecideAsync((await PlanAsync(world, run)).Id, dana)).Taken);
        await WaitsAsync(world, run);
        if (what == "an approver")
        {
            await world.Gate.ApproverAsync(Ben, "other");
            // Enrolled beside the registry, which remembers who is one.
            await world.Gate.StopServerAsync();
            await world.Gate.StartServerAsync();
        }
        else
            await TakeAndGiveAsync(world, dana);

        await TermOverAsync(world);

        var asked = await Eventually.Is(async () => (await world.Gate.Store.FindAsync<CallRecord>("step", $"{run}/take")).SingleOrDefault()!, call => call is { State: CallState.AwaitingApproval });
        Assert.Contains(asked.Card!.Drift!, drift => drift.EndsWith(says, StringComparison.Ordinal));
        Assert.Contains("was approved with it, and does not cover it any more.", asked.Card.Drift![0], StringComparison.Ordinal);
        Assert.True(Has(world));
    }

    /// <summary>Other rules meanwhile, and the one who agreed has left: nobody is needed to take away what was only lent. A protected person stays untouched.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TermOver_UnderOtherRules_IsTakenAwayAllTheSame_UnlessItIsRefused(bool isProtected)
    {
        var options = Options();
        await using var world = await StartAsync(Own("approvers: one"), options);
        var dana = await world.Gate.ApproverAsync("dana@acme.example", "desk");
        var run = await BeginAsync(world);
        Assert.True((await world.Gate.DecideAsync((await PlanAsync(world, run)).Id, dana)).Taken);
        await WaitsAsync(world, run);
        await world.Gate.StopServerAsync();
        options.ApproverBudget = 20;
        if (isProtected)
            options.ProtectedAccounts.Add(Ben);
        await world.Gate.StartServerAsync();
        Assert.True((await world.Gate.Store.CommitAsync([Change.Save((await world.Gate.Store.GetAsync<ApproverRecord>(dana.Id))! with { RemovedAt = world.Gate.Time.GetUtcNow() })])).Done);

        await TermOverAsync(world);

        var ended = await world.EndAsync(run);
        Assert.True((isProtected ? RunState.Failed : RunState.Succeeded) == ended.State, Told(ended));
        Assert.Equal(isProtected, Has(world));
    }

    /// <summary>What was there before is not lent, and its removal is judged and asked for like any other.</summary>
    [Fact]
    public async Task TermOver_OfWhatWasThereBefore_IsAskedFor()
    {
        await using var world = await StartAsync(Own("approvers: one"));
        var dana = await world.Gate.ApproverAsync("dana@acme.example", "desk");
        await GiveAsync(world, dana, "add_application");
        var run = await BeginAsync(world);
        var plan = await PlanAsync(world, run);
        Assert.DoesNotContain(plan.Card!.Lines, line => line.Text.Contains("takes back", StringComparison.Ordinal));
        Assert.True((await world.Gate.DecideAsync(plan.Id, dana)).Taken);
        await WaitsAsync(world, run);

        await TermOverAsync(world);

        await Eventually.Is(async () => (await world.Gate.Store.FindAsync<CallRecord>("step", $"{run}/take")).SingleOrDefault()!, call => call is { State: CallState.AwaitingApproval });
        Assert.True(Has(world));
    }

    [Fact]
    public void AskedSeats_OfAPlan_AskForEachThingAndLeaveOutWhatHasNoOwner()
    {
        Seat[] seats = [new(SeatSource.Manager), new(SeatSource.Owner, Fallback: "it")];
        CallAbouts ben = new(new SeatAbout("okta:1", "ben"), new SeatAbout("okta:group:g1", "Sales")), also = ben with { Owner = new SeatAbout("okta:group:g2", "HR") }, bare = ben with { Owner = null };

        var quorums = new AskedSeats(seats, 2).Of("r", [ben, also, bare]);

        Assert.Equal(["okta:1 okta:group:g1 2", "okta:1 okta:group:g2 2", "okta:1 1"], quorums.Select(quorum => $"{string.Join(' ', quorum.Seats.Select(seat => seat.About))} {quorum.Needed}"));
        // Nothing in the plan is owned: the seat stays, and nobody can take it.
        Assert.Equal([null], new AskedSeats([new Seat(SeatSource.Owner)], 1).Of("r", [bare]).SelectMany(quorum => quorum.Seats).Select(seat => seat.About));
        Assert.Single(new AskedSeats(seats, 1).Of("r", []));
        Assert.Equal("1 of manager, owner, else it", new AskedSeats(seats, 1).Word());
    }

    private static GateOptions Options() => new()
    {
        ReadBackPatience = TimeSpan.FromMilliseconds(500),
        SettlePatience = TimeSpan.FromSeconds(2),
        StandingSource = "okta",
        StandingAge = TimeSpan.Zero,
    };

    private static async Task<RunWorld> StartAsync(string playbook, GateOptions? options = null)
    {
        var owners = new OwnerRules { All = [new OwnerRule("okta", true, App, [Mona])] };
        var world = await RunWorld.StartAsync(
            company: await EmulatedCompany.StartAsync(null, "okta"), synced: true, playbook: playbook, options: options ?? Options(),
            more: services => services.AddSingleton(new PersonOptions { Sources = SourceRules.Default(["okta"]), Owners = owners }));
        Assert.DoesNotContain(world.Desk.Check(), finding => finding.Severity == Siit.Iam.Agent.Playbooks.Checks.Severity.Error);
        await world.SyncAsync();
        return world;
    }

    private static async Task<ApproverRecord> OwnerAsync(RunWorld world)
    {
        var approver = await world.Gate.ApproverAsync(Mona, "business");
        Assert.True((await world.Gate.Store.CommitAsync([Change.Save(approver with { Account = $"okta:{world.Gate.Okta.User(Mona).Id}" })])).Done);
        return approver with { Version = 2 };
    }

    private static async Task ManagedByAsync(RunWorld world, string manager)
    {
        Assert.Null(world.Gate.Okta.Arrange(new JsonObject { ["user"] = Ben, ["profile"] = new JsonObject { ["manager"] = manager } }));
        await world.SyncAsync();
    }

    private static JsonObject Inputs(RunWorld world, string person = Ben) => new()
    {
        ["person"] = person,
        ["application"] = world.Gate.Okta.State.Apps.Values.Single(app => app.Label == App).Id,
    };

    private static async Task<string> BeginAsync(RunWorld world)
    {
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "own", Inputs(world));
        Assert.True(started.Run is not null, started.Message);
        return started.Run;
    }

    private static async Task<CallRecord> PlanAsync(RunWorld world, string run)
    {
        var asked = await world.StopsAsync(run);
        Assert.True(asked.WaitsFor is not null, Told(asked));
        return (await world.Gate.Calls.FindAsync(asked.WaitsFor, CancellationToken.None))!;
    }

    private static Task<RunAnswer> WaitsAsync(RunWorld world, string run) => Eventually.Is(() => world.GetAsync(run), answer => answer.Message.Contains("waits until", StringComparison.Ordinal));

    private static async Task TermOverAsync(RunWorld world, TimeSpan? after = null)
    {
        world.Gate.Time.Advance(after ?? TimeSpan.FromDays(30.1));
        await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);
    }

    private static async Task TakeAndGiveAsync(RunWorld world, ApproverRecord approver)
    {
        await GiveAsync(world, approver, "remove_application");
        await GiveAsync(world, approver, "add_application");
    }

    private static async Task GiveAsync(RunWorld world, ApproverRecord approver, string action)
    {
        var caller = await world.Gate.Store.GetAsync<CallerRecord>("desk") ?? await world.Gate.CallerAsync("desk", "olaf@acme.example");
        var inputs = Inputs(world);
        inputs["connection"] = "okta";
        var asked = await world.Gate.CallAsync(caller, action, inputs);
        Assert.True(asked.State == CallState.AwaitingApproval, asked.Message);
        Assert.True((await world.Gate.DecideAsync(asked.Call!, approver)).Taken);
        Assert.Equal(CallState.Succeeded, (await world.Gate.EndAsync(asked.Call!)).State);
    }

    private static bool Has(RunWorld world) => world.Gate.Okta.State.Apps.Values.Single(app => app.Label == App).Users.ContainsKey(world.Gate.Okta.User(Ben).Id);

    private static string Told(RunAnswer answer) => $"{answer.State} {answer.Code} {answer.Message}\n{string.Join('\n', answer.Steps)}";
}
