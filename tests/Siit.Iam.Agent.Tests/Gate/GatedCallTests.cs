using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Gate;

public sealed class GatedCallTests
{
    [Fact]
    public async Task SuspendUser_ApprovedByAnotherPerson_HappensOnceAndIsOnRecord()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");

        var asked = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        Assert.Equal(CallState.AwaitingApproval, asked.State);
        Assert.StartsWith("NOT EXECUTED.", asked.Message, StringComparison.Ordinal);
        Assert.Empty(world.Okta.Ledger.Effects);

        Assert.True((await world.DecideAsync(asked.Call!, approver)).Taken);
        var ended = await world.EndAsync(asked.Call!);

        Assert.Equal(CallState.Succeeded, ended.State);
        Assert.Equal("confirmed", ended.Outcome!.ReadBack);
        Assert.Equal(1, world.Okta.Ledger.Count("user.suspend", world.Okta.User("ben@acme.example").Id));
        Assert.Equal(
            [AuditKinds.CallReceived, AuditKinds.CallAwaitingApproval, AuditKinds.ApprovalDecided, AuditKinds.EffectIntent, AuditKinds.EffectOutcome],
            world.Audit().Where(entry => entry.Call == asked.Call).Select(entry => entry.Kind));
    }

    public static TheoryData<string, string, string?> Excluded => new()
    {
        { "requester", "rita@acme.example", "is_requester" },
        { "target", "ben@acme.example", "is_target" },
        { "operator", "olga@acme.example", "is_operator" },
        { "somebody else", "dana@acme.example", null },
    };

    [Theory]
    [MemberData(nameof(Excluded))]
    public async Task Decide_ByWhoeverIsInvolved_IsRefused(string who, string email, string? code)
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        // A call on an approver needs two others.
        await world.ApproverAsync("other@acme.example");
        await world.ApproverAsync("another@acme.example", "security");
        var approver = await world.ApproverAsync(email, "desk");
        var asked = await world.CallAsync(caller, "unsuspend_user", new JsonObject { ["person"] = "suspended@acme.example", ["requester"] = "rita@acme.example" });
        if (who == "target")
            asked = await world.CallAsync(caller, "remove_application", new JsonObject { ["person"] = "ben@acme.example", ["application"] = DirectApplication(world, "ben@acme.example") });
        Assert.Equal(CallState.AwaitingApproval, asked.State);

        var decision = await world.DecideAsync(asked.Call!, approver);

        Assert.Equal((code is null, code), (decision.Taken, decision.Code));
        if (code is not null)
        {
            Assert.Empty(world.Okta.Ledger.Effects);
            Assert.Contains(world.Audit(), entry => entry.Kind == AuditKinds.ApprovalRefusedDecision && entry.Call == asked.Call);
        }
    }

    [Fact]
    public async Task Deny_ByAnApprover_EndsTheCallWithoutEffect()
    {
        await using var world = await GateWorld.StartAsync();
        var asked = await AskSuspensionAsync(world, await world.CallerAsync(), await world.ApproverAsync("dana@acme.example"));

        Assert.True((await world.DecideAsync(asked.Call!, (await world.Store.GetAsync<ApproverRecord>("ap_dana@acme.example"))!, approve: false)).Taken);

        Assert.Equal(CallState.Denied, (await world.EndAsync(asked.Call!)).State);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Silence_UntilTheEnd_IsANo()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await AskSuspensionAsync(world, await world.CallerAsync(), approver);

        world.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("expired", (await world.DecideAsync(asked.Call!, approver)).Code);
        await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);

        Assert.Equal(CallState.Expired, (await world.EndAsync(asked.Call!)).State);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Decide_OnAnotherDigestThanShown_DoesNotCount()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await AskSuspensionAsync(world, await world.CallerAsync(), approver);

        var decision = await world.Approvals.DecideAsync(asked.Call!, approver, true, new string('0', 64), null, CancellationToken.None);

        Assert.Equal("not_what_was_shown", decision.Code);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task ResetMfa_PersonBecameAdministratorMeanwhile_IsRefusedAtTheEffect()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(await world.CallerAsync(), "reset_mfa", new JsonObject { ["person"] = "ana@acme.example" });
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "ana@acme.example", ["role"] = "HELP_DESK_ADMIN" }));

        await world.DecideAsync(asked.Call!, approver);
        var ended = await world.EndAsync(asked.Call!);

        Assert.Equal((CallState.Refused, "administrator"), (ended.State, ended.Code));
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task SuspendUser_SuspendedByHandMeanwhile_IsAlreadySo()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await AskSuspensionAsync(world, await world.CallerAsync(), approver);
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "ben@acme.example", ["status"] = "SUSPENDED" }));

        await world.DecideAsync(asked.Call!, approver);

        Assert.Equal(CallState.AlreadySo, (await world.EndAsync(asked.Call!)).State);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task SameCallAgain_WhileOpenAndAfterItsEnd_IsTheSameRecord()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await AskSuspensionAsync(world, caller, approver);
        var again = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "BEN@acme.example", ["reason"] = "asked again in other words" });
        Assert.Equal(asked.Call, again.Call);

        await world.DecideAsync(asked.Call!, approver);
        await world.EndAsync(asked.Call!);
        var after = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        Assert.Equal((asked.Call, CallState.Succeeded), (after.Call, after.State));

        world.Time.Advance(TimeSpan.FromMinutes(11));
        var later = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        Assert.NotEqual(asked.Call, later.Call);
        Assert.Equal(CallState.AlreadySo, later.State);
    }

    [Fact]
    public async Task IdempotencyKey_UsedForSomethingElse_IsRefused()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        await world.ApproverAsync("dana@acme.example");
        var first = await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ben@acme.example", ["idempotency_key"] = "k1" });

        var same = await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ben@acme.example", ["idempotency_key"] = "k1" });
        var other = await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ana@acme.example", ["idempotency_key"] = "k1" });
        var anew = await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ben@acme.example", ["idempotency_key"] = "k2" });

        Assert.Equal((first.Call, CallState.Succeeded), (same.Call, same.State));
        Assert.Equal("key_used", other.Code);
        Assert.NotEqual(first.Call, anew.Call);
        Assert.Equal(CallState.Succeeded, anew.State);
    }

    [Fact]
    public async Task Budget_OfTenForFiftyApprovedCalls_TenEffects()
    {
        await using var world = await GateWorld.StartAsync(new GateOptions
        {
            ApproverBudget = 100,
            Budgets = [new BudgetRule { Actions = "suspend_user", Per = BudgetScope.Tenant, Max = 10, Window = TimeSpan.FromHours(1) }],
        });
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var people = world.Okta.State.Users.Values.Where(user => user.Status == "ACTIVE" && user.Roles.IsEmpty && !IsSpecial(user.Login)).Take(30).ToList();
        var asked = await Task.WhenAll(people.Select(user => world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "okta:" + user.Id })));
        var waiting = asked.Where(answer => answer.State == CallState.AwaitingApproval).ToList();
        Assert.True(waiting.Count >= 20, $"{waiting.Count} wait");

        await Task.WhenAll(waiting.Select(answer => world.DecideAsync(answer.Call!, approver)));
        var ended = await Task.WhenAll(waiting.Select(answer => world.EndAsync(answer.Call!)));

        Assert.Equal(10, world.Okta.Ledger.Count("user.suspend"));
        Assert.Equal(10, ended.Count(call => call.State == CallState.Succeeded));
        Assert.All(ended.Where(call => call.State != CallState.Succeeded), call => Assert.Equal("budget_used_up", call.Code));
    }

    [Fact]
    public async Task LastTwoSuperAdministrators_BothApprovedAtOnce_OneRemains()
    {
        // Okta lets only a super administrator change one, so the connector's own account is the third; two must remain.
        await using var world = await GateWorld.StartAsync(new GateOptions { DangerouslyAllowActionsOnAdministrators = true, MinimumSuperAdministrators = 2 });
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "svc-siit@acme.example", ["role"] = "SUPER_ADMIN" }));
        var caller = await world.CallerAsync();
        var one = await world.ApproverAsync("dana@acme.example", "desk");
        var two = await world.ApproverAsync("egon@acme.example", "security");
        var supers = new[] { "dora@acme.example", "theo@acme.example" };
        var asked = await Task.WhenAll(supers.Select(login => world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = login })));
        Assert.All(asked, answer => Assert.Equal(CallState.AwaitingApproval, answer.State));

        await Task.WhenAll(asked.Select(answer => world.DecideAsync(answer.Call!, one)));
        await Task.WhenAll(asked.Select(answer => world.DecideAsync(answer.Call!, two)));
        var ended = await Task.WhenAll(asked.Select(answer => world.EndAsync(answer.Call!)));

        Assert.Equal(1, world.Okta.Ledger.Count("user.suspend"));
        Assert.Single(ended, call => call.Code == "last_super_administrator");
    }

    [Fact]
    public async Task TwoApprovers_OfOneGroup_AreNotEnough()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        var one = await world.ApproverAsync("dana@acme.example", "desk");
        var two = await world.ApproverAsync("egon@acme.example", "desk");
        var three = await world.ApproverAsync("fay@acme.example", "security");
        var asked = await world.CallAsync(caller, "deactivate_user", new JsonObject { ["person"] = "ben@acme.example" });

        Assert.True((await world.DecideAsync(asked.Call!, one)).Taken);
        Assert.Equal("decided_already", (await world.DecideAsync(asked.Call!, one)).Code);
        Assert.Equal("no_seat", (await world.DecideAsync(asked.Call!, two)).Code);
        Assert.Empty(world.Okta.Ledger.Effects);
        Assert.True((await world.DecideAsync(asked.Call!, three)).Taken);

        Assert.Equal(CallState.Succeeded, (await world.EndAsync(asked.Call!)).State);
    }

    [Fact]
    public async Task NobodyCouldApprove_RefusesAtOnce()
    {
        await using var world = await GateWorld.StartAsync();
        await world.ApproverAsync("olga@acme.example");

        var asked = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });

        Assert.Equal("no_approver", asked.Code);
    }

    /// <summary>The door has shown the card and checked a code; meanwhile somebody removed the approver.</summary>
    [Fact]
    public async Task Approver_RemovedBeforeTheDecisionArrives_DecidesNothing()
    {
        await using var world = await GateWorld.StartAsync();
        var asKnown = await world.ApproverAsync("dana@acme.example");
        await world.ApproverAsync("egon@acme.example");
        var waiting = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        Assert.True((await world.Store.CommitAsync([Siit.Iam.Agent.Store.Change.Save(asKnown with { RemovedAt = world.Time.GetUtcNow() })])).Done);

        var decided = await world.DecideAsync(waiting.Call!, asKnown);

        Assert.Equal((false, "not_an_approver"), (decided.Taken, decided.Code));
        Assert.Equal(CallState.AwaitingApproval, (await world.Calls.FindAsync(waiting.Call!, CancellationToken.None))!.State);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Approver_RemovedAfterApproving_IsAskedAnew()
    {
        await using var world = await GateWorld.StartAsync();
        var one = await world.ApproverAsync("dana@acme.example", "desk");
        var two = await world.ApproverAsync("egon@acme.example", "security");
        await world.ApproverAsync("fay@acme.example", "desk");
        var asked = await world.CallAsync(await world.CallerAsync(), "deactivate_user", new JsonObject { ["person"] = "ben@acme.example" });
        await world.DecideAsync(asked.Call!, one);
        Assert.True((await world.Store.CommitAsync([Siit.Iam.Agent.Store.Change.Save(one with { RemovedAt = world.Time.GetUtcNow() })])).Done);
        await world.DecideAsync(asked.Call!, two);

        var again = await Eventually.Is(
            async () => (await world.Calls.FindAsync(asked.Call!, CancellationToken.None))!, call => call.Approval!.Decisions.Count == 0 || call.State.IsEnded());

        Assert.Equal(CallState.AwaitingApproval, again.State);
        Assert.NotNull(again.Card!.Drift);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    public static TheoryData<string, string> Protected => new()
    {
        { "svc-siit@acme.example", "own_identity" },
        { "breakglass@acme.example", "protected_person" },
        { "hugo@acme.example", "administrator" },
        { "dora@acme.example", "administrator" },
        { "theo@acme.example", "administrator" },
    };

    [Theory]
    [MemberData(nameof(Protected))]
    public async Task SuspendUser_OfSomebodyWhoMustNotBeTouched_IsRefusedBeforeAnybodyIsAsked(string person, string code)
    {
        await using var world = await GateWorld.StartAsync(new GateOptions { ProtectedAccounts = ["breakglass@acme.example"] });
        await world.ApproverAsync("dana@acme.example");

        var answer = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = person });

        Assert.Equal((CallState.Refused, code), (answer.State, answer.Code));
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    public static TheoryData<string, string, string> Groups => new()
    {
        { "Okta Super Admins", "add_to_group", "privileged_group" },
        { "Security Approvers", "add_to_group", "approver_group" },
        { "VPN Users", "add_to_group", "protected_group" },
    };

    [Theory]
    [MemberData(nameof(Groups))]
    public async Task AddToGroup_ThatGivesPower_IsRefused(string group, string action, string code)
    {
        await using var world = await GateWorld.StartAsync(new GateOptions { ApproverGroups = ["Security Approvers"], ProtectedGroups = ["VPN Users"] });

        var answer = await world.CallAsync(
            await world.CallerAsync(), action, new JsonObject { ["person"] = "carla@acme.example", ["group"] = world.Okta.Group(group).Id });

        Assert.Equal((CallState.Refused, code), (answer.State, answer.Code));
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task DryRun_OfAGatedCall_TellsAndStoresNothing()
    {
        await using var world = await GateWorld.StartAsync();
        await world.ApproverAsync("dana@acme.example");

        var answer = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example", ["dry_run"] = true });

        Assert.StartsWith("NOT EXECUTED. Dry run", answer.Message, StringComparison.Ordinal);
        Assert.Contains("one approver", answer.Message, StringComparison.Ordinal);
        Assert.Contains(answer.Preview, line => line.Contains("suspended", StringComparison.Ordinal));
        Assert.Empty(await world.Store.ListAsync<CallRecord>());
        Assert.Equal([AuditKinds.CallReceived, AuditKinds.CallAnswered], world.Audit().Select(entry => entry.Kind));
    }

    public static TheoryData<FaultKind, string> Faults => new()
    {
        { FaultKind.AppliedThen500, "succeeded" },
        { FaultKind.TimeoutAfterApplying, "succeeded" },
        { FaultKind.Throttle, "succeeded" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task AddToGroup_TroubleOnTheWire_HappensOnceAndIsKnown(FaultKind fault, string state)
    {
        await using var world = await GateWorld.StartAsync();
        world.Okta.Faults.Add(new Fault { Kind = fault, Method = "PUT", Path = "/groups/.*/users/", Times = 1, ResetSeconds = 1 });
        var group = world.Okta.Group("Figma Editors").Id;

        var answer = await world.CallAsync(await world.CallerAsync(), "add_to_group", new JsonObject { ["person"] = "carla@acme.example", ["group"] = group });

        Assert.Equal(state, answer.State.Word());
        Assert.Equal(1, world.Okta.Ledger.Count("group.add_member", group));
    }

    [Fact]
    public async Task Throttled_ForFourHundredSeconds_SaysUntilWhen()
    {
        await using var world = await GateWorld.StartAsync();
        world.Okta.Faults.Add(new Fault { Kind = FaultKind.Throttle, Method = "GET", Path = "/api/v1/users", Times = null, ResetSeconds = 400 });

        var answer = await world.CallAsync(await world.CallerAsync(), "clear_sessions", new JsonObject { ["person"] = "carla@acme.example" });

        Assert.Equal((CallState.Failed, "idp_rate_limited"), (answer.State, answer.Code));
        Assert.Contains("Ask again after", answer.Message, StringComparison.Ordinal);
    }

    private static async Task<CallAnswer> AskSuspensionAsync(GateWorld world, CallerRecord caller, ApproverRecord approver)
    {
        Assert.NotNull(approver);
        var asked = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        Assert.Equal(CallState.AwaitingApproval, asked.State);
        return asked;
    }

    private static string DirectApplication(GateWorld world, string login) =>
        world.Okta.State.Apps.Values.First(app => app.Label == "AWS" && app.Users.ContainsKey(world.Okta.User(login).Id)).Id;

    private static bool IsSpecial(string login) => login.StartsWith("svc-", StringComparison.Ordinal) || login.StartsWith("dupe", StringComparison.Ordinal);
}
