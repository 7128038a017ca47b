using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

public sealed class OffboardTests
{
    private const string Ben = "ben@acme.example";

    [Fact]
    public async Task Offboard_PlanApproved_RemovesApplicationsThenSuspendsAndIsOnRecord()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var direct = Direct(world);

        var started = await world.RunAsync(await world.Gate.CallerAsync(), "offboard", RunWorld.Person(Ben), requester: "rita@acme.example");
        Assert.Equal(RunState.Waiting, started.State);
        Assert.Empty(world.Gate.Okta.Ledger.Effects);
        var plan = (await world.Gate.Calls.FindAsync(started.WaitsFor!, CancellationToken.None))!;
        Assert.Equal(direct + 3, plan.Input["entries"]!.AsArray().Count);
        Assert.True((await world.Gate.DecideAsync(plan.Id, approver)).Taken);

        var ended = await world.EndAsync(started.Run!);

        Assert.True(ended.State == RunState.Succeeded, $"{ended.Message} {string.Join('\n', ended.Steps)}");
        Assert.Equal("SUSPENDED", world.Gate.Okta.User(Ben).Status.ToString().ToUpperInvariant());
        Assert.Equal(1, world.Gate.Okta.Ledger.Count("user.suspend"));
        Assert.Equal(0, Direct(world));
        Assert.Equal(0, ended.Outputs!["applicationsFailed"]!.GetValue<int>());
        var calls = await world.Gate.Store.FindAsync<CallRecord>("run", started.Run!);
        Assert.All(calls.Where(call => call.Action != Plans.ActionName), call => Assert.Equal(plan.Id, call.Plan));
        Assert.All(calls, call => Assert.True(call.State.IsSuccess(), call.Message));
        Assert.Equal([AuditKinds.RunStarted, AuditKinds.RunEnded], world.Gate.Audit().Where(entry => entry.Run == started.Run && entry.Kind is AuditKinds.RunStarted or AuditKinds.RunEnded).Select(entry => entry.Kind));
    }

    [Fact]
    public async Task Offboard_Denied_EndsTheRunWithoutEffect()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "offboard", RunWorld.Person(Ben));

        Assert.True((await world.Gate.DecideAsync(started.WaitsFor!, approver, approve: false)).Taken);
        var ended = await world.EndAsync(started.Run!);

        Assert.Equal((RunState.Refused, "denied"), (ended.State, ended.Code));
        Assert.Empty(world.Gate.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Offboard_NobodyDecides_EndsTheRunWithoutEffect()
    {
        await using var world = await RunWorld.StartAsync();
        await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "offboard", RunWorld.Person(Ben));

        world.Gate.Time.Advance(TimeSpan.FromHours(25));
        await world.Gate.Get<CallKeeper>().SweepAsync(CancellationToken.None);

        Assert.Equal((RunState.Refused, "expired"), ((await world.EndAsync(started.Run!)).State, (await world.GetAsync(started.Run!)).Code));
        Assert.Empty(world.Gate.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Offboard_OneApplicationFails_GoesOnAndSaysSo()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        world.Gate.Okta.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 400, Method = "DELETE", Path = "/apps/.*/users/" });
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "offboard", RunWorld.Person(Ben));

        var ended = await world.DriveAsync(started.Run!, approver);

        Assert.Equal(1, ended.Outputs!["applicationsFailed"]!.GetValue<int>());
        Assert.Equal(1, Direct(world));
        Assert.Equal(1, world.Gate.Okta.Ledger.Count("user.suspend"));
    }

    /// <summary>Whoever agrees is told beforehand, and whoever looks afterwards: nobody takes it for done.</summary>
    [Theory]
    [InlineData("offboard", true)]
    [InlineData("offboard-leaver", true)]
    [InlineData("offboard-leaver", false)]
    public async Task Offboard_AnAccountMasteredElsewhere_EndsAsFailedNamingItAndAsksAPerson(string playbook, bool beforeThePlan)
    {
        await using var world = await RunWorld.StartAsync(company: await EmulatedCompany.StartAsync(null, "okta", "entra"));
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        if (beforeThePlan)
            MasterElsewhere(world);
        await world.EmployAsync("E2", new HrisFacts { WorkEmail = Ben });
        var started = await world.RunAsync(await world.Gate.CallerAsync(), playbook, playbook == "offboard" ? RunWorld.Person(Ben, "entra") : new JsonObject { ["employee"] = "hr:E2" });
        var plan = (await world.Gate.Calls.FindAsync((await world.StopsAsync(started.Run!)).WaitsFor!, CancellationToken.None))!;
        Assert.Equal(beforeThePlan, plan.Card!.Warnings.Any(warning => warning.StartsWith("LEFT OUT", StringComparison.Ordinal) && warning.Contains("suspend_user", StringComparison.Ordinal)));
        MasterElsewhere(world);

        var ended = await world.DriveAsync(started.Run!, approver);

        Assert.Equal((RunState.Failed, "mastered_elsewhere"), (ended.State, ended.Code));
        Assert.Contains($"/suspend of {Ben}, entra: ", ended.Message, StringComparison.Ordinal);
        Assert.Contains("mastered by", ended.Message, StringComparison.Ordinal);
        Assert.Empty(world.Gate.Company.Idp("entra").Ledger.Of("user.suspend"));
        // What could be done is done.
        Assert.NotEmpty(world.Gate.Company.Idp("entra").Ledger.Of("user.clear_sessions"));
        Assert.Equal(playbook == "offboard" ? 0 : 1, world.Gate.Okta.Ledger.Count("user.suspend"));
        Assert.Contains(await world.Gate.Store.ListAsync<RequestRecord>(100), request => request.Requester == Ben && request.Text.Contains(started.Run!, StringComparison.Ordinal));
    }

    private static void MasterElsewhere(RunWorld world) =>
        Assert.Null(world.Gate.Company.Entra!.Arrange(new JsonObject { ["user"] = Ben, ["properties"] = new JsonObject { ["onPremisesSyncEnabled"] = true } }));

    [Fact]
    public async Task Offboard_ByWhoeverIsInvolved_CannotBeApproved()
    {
        await using var world = await RunWorld.StartAsync();
        await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "offboard", RunWorld.Person(Ben), requester: "rita@acme.example");

        foreach (var (email, code) in new[] { ("rita@acme.example", "is_requester"), ("olga@acme.example", "is_operator"), (Ben, "is_target") })
            Assert.Equal(code, (await world.Gate.DecideAsync(started.WaitsFor!, await world.Gate.ApproverAsync(email))).Code);
    }

    [Fact]
    public async Task Offboard_ServerRestartedWhileWaiting_GoesOn()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "offboard", RunWorld.Person(Ben));
        await world.Gate.StopServerAsync();
        await world.Gate.StartServerAsync();

        Assert.Equal(RunState.Succeeded, (await world.DriveAsync(started.Run!, approver)).State);
        Assert.Equal(1, world.Gate.Okta.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task Offboard_CancelledWhileWaiting_WithdrawsThePlan()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var caller = await world.Gate.CallerAsync();
        var started = await world.RunAsync(caller, "offboard", RunWorld.Person(Ben));

        Assert.Null(await world.Desk.CancelAsync(await world.Gate.CallerAsync("another"), started.Run!, CancellationToken.None));
        var cancelled = await world.Desk.CancelAsync(caller, started.Run!, CancellationToken.None);

        Assert.True(cancelled!.State.IsEnded(), cancelled.Message);
        Assert.Equal("not_waiting", (await world.Gate.DecideAsync(started.WaitsFor!, approver)).Code);
        Assert.Empty(world.Gate.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Run_OfAnotherCaller_IsNotShown()
    {
        await using var world = await RunWorld.StartAsync();
        await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "offboard", RunWorld.Person(Ben));

        Assert.Null(await world.Desk.GetRunAsync(await world.Gate.CallerAsync("another"), started.Run!, CancellationToken.None));
    }

    public static TheoryData<string, string, string, string> NotStarted => new()
    {
        { "no such playbook", "offbord", "{}", "unknown_playbook" },
        { "an input missing", "offboard", "{\"person\":\"ben@acme.example\"}", "invalid_input" },
        { "an input too many", "offboard", "{\"person\":\"ben@acme.example\",\"connection\":\"okta\",\"approved\":true}", "invalid_input" },
        { "no person", "offboard", "{\"person\":\"everybody\",\"connection\":\"okta\"}", "invalid_input" },
        { "no such request", "triage-request", "{\"request\":\"REQ-1\",\"connection\":\"okta\"}", "invalid_input" },
    };

    [Theory]
    [MemberData(nameof(NotStarted))]
    public async Task Start_WithWhatDoesNotFit_IsRefusedBeforeAnything(string what, string playbook, string inputs, string code)
    {
        await using var world = await RunWorld.StartAsync();

        var answer = await world.RunAsync(await world.Gate.CallerAsync(), playbook, JsonNode.Parse(inputs)!.AsObject());

        Assert.True(answer.Run is null && answer.Code == code, $"{what}: {answer.Code} {answer.Message}");
        Assert.StartsWith("NOT STARTED.", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ByACallerWhoMayNotDoWhatThePlaybookDoes_IsRefused()
    {
        await using var world = await RunWorld.StartAsync();

        var answer = await world.RunAsync(await world.Gate.CallerAsync(actions: ["read", "clear_sessions"]), "offboard", RunWorld.Person(Ben));

        Assert.Equal("action_not_allowed", answer.Code);
        Assert.Contains("suspend_user", answer.Message, StringComparison.Ordinal);
    }

    private static int Direct(RunWorld world) => world.Gate.Okta.State.Apps.Values.Count(app => app.Users.ContainsKey(world.Gate.Okta.User(Ben).Id));
}
