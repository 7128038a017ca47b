using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.StandingApprovals;
using Siit.Iam.Agent.Tests.Cli;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Gate.StandingApprovals;

public sealed class StandingApprovalTests
{
    private static readonly string Content = new('a', 64);

    private static StandingApproval Leavers(GateWorld? world = null) => new()
    {
        Id = "SA-LEAVER",
        Actions = ["suspend_user", "deactivate_user"],
        Triggers = ["hris"],
        Playbooks = ["leave"],
        MaxPeople = 2,
        MaxPerDay = 3,
        Owner = "security",
        Expires = world is null ? new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero) : world.Time.GetUtcNow().AddDays(30),
    };

    [Fact]
    public async Task Call_OfARunThatIsCovered_AsksNobodyAndSaysWhy()
    {
        await using var world = await StartAsync(_ => { });

        var answer = await CallAsync(world, "run_1", "ben@acme.example");

        Assert.Equal(CallState.Succeeded, answer.State);
        Assert.EndsWith(" Approved by standing approval SA-LEAVER.", answer.Message, StringComparison.Ordinal);
        var call = (await world.Calls.FindAsync(answer.Call!, CancellationToken.None))!;
        Assert.Equal("SA-LEAVER", call.StandingApproval);
        Assert.Contains("approved by standing approval SA-LEAVER (owner: group security", call.Card!.Rule, StringComparison.Ordinal);
        var entries = world.Audit().Where(entry => entry.Call == call.Id).ToList();
        Assert.Equal([AuditKinds.CallReceived, AuditKinds.ApprovalStanding, AuditKinds.EffectIntent, AuditKinds.EffectOutcome], entries.Select(entry => entry.Kind));
        Assert.Equal("SA-LEAVER", entries[2].Data!["standing"]!["id"]!.GetValue<string>());
    }

    /// <summary>One thing is not as it says: then people are asked, as ever.</summary>
    public static TheoryData<string> Uncovered => new(
        "another action", "another trigger", "another playbook", "another standing approval", "expired", "nobody owns it", "two of that name", "no run names it", "asked by hand");

    [Theory]
    [MemberData(nameof(Uncovered))]
    public async Task Call_ThatIsNotCovered_AsksPeople(string how)
    {
        await using var world = await StartAsync(options =>
        {
            var approval = options.StandingApprovals[0];
            switch (how)
            {
                case "another action":
                    approval.Actions = ["deactivate_user"];
                    break;
                case "another trigger":
                    approval.Triggers = ["schedule"];
                    break;
                case "another playbook":
                    approval.Playbooks = ["leaves", new string('b', 64)];
                    break;
                case "another standing approval":
                    approval.Id = "SA-OTHER";
                    break;
                case "expired":
                    approval.Expires = DateTimeOffset.UnixEpoch.AddDays(1);
                    break;
                case "nobody owns it":
                    approval.Owner = "board";
                    break;
                case "two of that name":
                    options.StandingApprovals.Add(Leavers());
                    break;
            }
        });

        var answer = how == "asked by hand"
            ? await world.CallAsync(await world.CallerAsync("by-hand"), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" })
            : await CallAsync(world, "run_1", "ben@acme.example", claim: how == "no run names it" ? null : Claim);

        Assert.Equal(CallState.AwaitingApproval, answer.State);
        Assert.Equal(0, world.Okta.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task Call_ByTheContentThatRuns_IsCoveredAndAnotherContentIsNot()
    {
        await using var world = await StartAsync(options => options.StandingApprovals[0].Playbooks = [Content]);

        Assert.Equal(CallState.Succeeded, (await CallAsync(world, "run_1", "ben@acme.example")).State);
        Assert.Equal(CallState.AwaitingApproval, (await CallAsync(world, "run_2", "paul@acme.example", claim: Claim with { Content = new string('b', 64) })).State);
    }

    [Fact]
    public async Task Call_ThatARuleRefuses_IsRefusedWhateverElseCovers()
    {
        await using var world = await StartAsync(options => options.ApprovalRules =
        [
            new ApprovalRule { Name = "never", Actions = ["suspend_user"], Demand = Approvers.Refuse },
            new ApprovalRule { Name = "desk", Seats = ["group:desk"] },
        ]);

        var answer = await CallAsync(world, "run_1", "ben@acme.example");
        Assert.Equal((CallState.Refused, "not_approvable"), (answer.State, answer.Code));
        var byHand = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        Assert.Equal((CallState.Refused, "not_approvable"), (byHand.State, byHand.Code));
        var dryRun = await world.CallAsync(await world.CallerAsync("other"), "suspend_user", new JsonObject { ["person"] = "ben@acme.example", ["dry_run"] = true });
        Assert.Equal("not_approvable", dryRun.Code);
    }

    [Fact]
    public async Task Call_AboutAnAdministratorOrAnApprover_AlwaysAsks()
    {
        await using var world = await StartAsync(options => options.DangerouslyAllowActionsOnAdministrators = true);
        await world.ApproverAsync("ben@acme.example", "desk");
        world.Get<ApproverRegistry>().Forget();

        Assert.Equal(CallState.AwaitingApproval, (await CallAsync(world, "run_1", "ben@acme.example")).State);
        var administrator = world.Okta.State.Users.Values.First(user => !user.Roles.IsEmpty && user.Status == "ACTIVE" && user.Login != "ben@acme.example").Login;
        var answer = await CallAsync(world, "run_2", administrator);
        Assert.True(answer.State is CallState.AwaitingApproval or CallState.Refused, $"{administrator}: {answer.State}");
        Assert.Equal(0, world.Okta.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task Call_BeyondItsPeople_AsksForTheOthersAndCountsEachPersonOnce()
    {
        await using var world = await StartAsync(_ => { });
        var people = world.Okta.State.Users.Values.Where(user => user.Status == "ACTIVE" && user.Roles.IsEmpty && user.Login.EndsWith("@acme.example", StringComparison.Ordinal)
            && user.Login.Split('@')[0].Contains('.')).Select(user => user.Login).Take(5).ToList();

        Assert.Equal(CallState.Succeeded, (await CallAsync(world, "run_1", people[0])).State);
        Assert.Equal(CallState.Succeeded, (await CallAsync(world, "run_1", people[1])).State);
        // The third of this run, then the third of the day, then the fourth.
        Assert.Equal(CallState.AwaitingApproval, (await CallAsync(world, "run_1", people[2])).State);
        Assert.Equal(CallState.Succeeded, (await CallAsync(world, "run_2", people[3])).State);
        Assert.Equal(CallState.AwaitingApproval, (await CallAsync(world, "run_3", people[4])).State);
        // Somebody who is counted needs no second place.
        Assert.Equal(CallState.Succeeded, (await CallAsync(world, "run_1", people[0], "deactivate_user")).State);

        world.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(CallState.Succeeded, (await CallAsync(world, "run_4", people[4])).State);
    }

    /// <summary>Else a thousand who leave on one day would leave one after the other, each for as long as their IdP takes.</summary>
    [Fact]
    public async Task Calls_UnderOneStandingApproval_DoNotWaitForEachOthersIdp()
    {
        await using var world = await StartAsync(_ => { });
        world.Okta.Faults.Add([new Fault { Kind = FaultKind.Slow, Method = "POST", Path = "/lifecycle/suspend$", Milliseconds = 4000, Times = 1 }]);
        var slow = CallAsync(world, "run_1", "ben@acme.example");
        await Eventually.Is(() => Task.FromResult(world.Audit()), entries => entries.Any(entry => entry.Kind == AuditKinds.EffectIntent));

        var quick = CallAsync(world, "run_2", "paul@acme.example");

        Assert.Same(quick, await Task.WhenAny(slow, quick));
        Assert.Equal((CallState.Succeeded, CallState.Succeeded), ((await quick).State, (await slow).State));
    }

    [Fact]
    public async Task Store_RestoredFromBefore_CountsWhatTheLogKnows()
    {
        await using var world = await StartAsync(options => (options.StandingApprovals[0].MaxPeople, options.StandingApprovals[0].MaxPerDay) = (1, 1));
        await world.StopServerAsync();
        var copy = await File.ReadAllBytesAsync(Path.Combine(world.Folder, "store.db"));
        await world.StartServerAsync();
        Assert.Equal(CallState.Succeeded, (await CallAsync(world, "run_1", "ben@acme.example")).State);

        await world.StopServerAsync();
        await File.WriteAllBytesAsync(Path.Combine(world.Folder, "store.db"), copy);
        File.Delete(Path.Combine(world.Folder, "store-log.db"));
        await world.StartServerAsync();

        Assert.Equal(CallState.AwaitingApproval, (await CallAsync(world, "run_2", "paul@acme.example")).State);
    }

    [Fact]
    public void Settings_StandingApproval_SaysEverythingOrIsNone()
    {
        Assert.Empty(new GateOptions { StandingApprovals = [Leavers()] }.Problems());
        Assert.Contains("Standing approval 'SA-LEAVER' of the group security: runs of leave that were started by hris may do suspend_user, deactivate_user without asking anybody", Assert.Single(new GateOptions { StandingApprovals = [Leavers()] }.Lowered()), StringComparison.Ordinal);
        Assert.NotEqual(new GateOptions().PolicyVersion(), new GateOptions { StandingApprovals = [Leavers()] }.PolicyVersion());

        Assert.Equal(7, new GateOptions { StandingApprovals = [new StandingApproval()] }.Problems().Count());
        (Action<StandingApproval> Wrong, string Said)[] wrong =
        [
            (approval => approval.Actions.Add("find_person"), "'find_person', which is no action that changes anything"),
            (approval => approval.Actions.Add("reset_mfa"), "'reset_mfa': a way into an account is agreed to by a person each time"),
            (approval => approval.Triggers.Add("moon"), "the trigger 'moon'"),
            (approval => approval.MaxPerDay = 1, "needs maxPerDay"),
            (approval => approval.MaxPeople = 501, "needs maxPeople"),
        ];
        foreach (var (make, said) in wrong)
        {
            var approval = Leavers();
            make(approval);
            Assert.Contains(new GateOptions { StandingApprovals = [approval] }.Problems(), problem => problem.Contains(said, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Settings_OfTheServer_HoldStandingApprovals()
    {
        var values = new Dictionary<string, string?>
        {
            ["gate:standingApprovals:0:id"] = "SA-LEAVER",
            ["gate:standingApprovals:0:actions:0"] = "suspend_user",
            ["gate:standingApprovals:0:triggers:0"] = "hris",
            ["gate:standingApprovals:0:playbooks:0"] = "leave",
            ["gate:standingApprovals:0:maxPeople"] = "1",
            ["gate:standingApprovals:0:maxPerDay"] = "20",
            ["gate:standingApprovals:0:owner"] = "security",
            ["gate:standingApprovals:0:expires"] = "2027-06-30T00:00:00Z",
        };
        var folder = new Siit.Iam.Agent.Store.DataFolder(Path.Combine(Path.GetTempPath(), "siit-no-such"));

        var settings = CliWorld.Settings(folder, values);
        Assert.Empty(settings.Problems);
        var read = Assert.Single(settings.Gate.StandingApprovals);
        Assert.Equal(("SA-LEAVER", 1, 20, "security", new DateTimeOffset(2027, 6, 30, 0, 0, 0, TimeSpan.Zero)), (read.Id, read.MaxPeople, read.MaxPerDay, read.Owner, read.Expires));
        Assert.Equal(["suspend_user", "hris", "leave"], read.Actions.Concat(read.Triggers).Concat(read.Playbooks));

        values["gate:standingApprovals:0:people"] = "3";
        Assert.Contains(CliWorld.Settings(folder, values).Problems, problem => problem.StartsWith("gate:standingApprovals:0:people is not known.", StringComparison.Ordinal));
    }

    private static StandingClaim Claim => new("SA-LEAVER", "leave", Content);

    private static async Task<GateWorld> StartAsync(Action<GateOptions> change)
    {
        var options = new GateOptions { StandingApprovals = [Leavers()], ReadBackPatience = TimeSpan.FromMilliseconds(500) };
        change(options);
        var world = await GateWorld.StartAsync(options);
        await world.ApproverAsync("dana@acme.example", "desk");
        await world.ApproverAsync("rosa@acme.example", "security");
        return world;
    }

    private static Task<CallAnswer> CallAsync(GateWorld world, string run, string person, string action = "suspend_user") => CallAsync(world, run, person, Claim, action);

    private static Task<CallAnswer> CallAsync(GateWorld world, string run, string person, StandingClaim? claim, string action = "suspend_user")
    {
        var caller = new CallerRecord { Id = "playbook:leave", Operator = "olga@acme.example", Actions = ["*"], Connections = ["*"], ActsFor = ["*"], TokenHash = "", AddedAt = world.Time.GetUtcNow() };
        return world.Executor.ExecuteAsync(
            new ActionCall
            {
                Action = action,
                Input = new JsonObject { ["person"] = person, ["reason"] = "left" },
                Caller = caller,
                Door = Doors.Playbook,
                Step = new RunStep(run, $"/{action}/{person}", "leave 1.0.0", Requester.Unnamed, null) { Trigger = "hris", Standing = claim },
            },
            CancellationToken.None);
    }
}
