using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;
using Siit.Iam.Emulator.Model;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

public sealed class RunKeeperTests
{
    [Fact]
    public async Task Run_ThatTakesLong_DoesNotHoldUpOthersHoweverOftenItIsWoken()
    {
        await using var world = await RunWorld.StartAsync(_ => ModelReply.Saying("late") with { Delay = TimeSpan.FromMinutes(1) });
        await world.Gate.ApproverAsync("dana@acme.example");
        var caller = await world.Gate.CallerAsync();
        var (request, _) = await world.Gate.Get<RequestDesk>().SubmitAsync(null, "ana@acme.example", "I lost my phone", CancellationToken.None);
        var slow = await world.RunAsync(caller, "triage-request", new JsonObject { ["request"] = request!.Id, ["connection"] = "okta" });
        Assert.Equal(RunState.Running, slow.State);
        for (var i = 0; i < 40; i++)
            world.Gate.Get<RunDispatcher>().Wake(slow.Run!);

        var other = await world.RunAsync(caller, "reset-mfa", new JsonObject { ["person"] = "ana@acme.example", ["connection"] = "okta", ["because"] = "lost" });

        Assert.True(other.State == RunState.Waiting, other.Message);
    }

    [Fact]
    public async Task Step_WaitingForItsOwnApproval_IsNotExecutedForAStarterWhoWasRemoved()
    {
        await using var world = await RunWorld.StartAsync(playbook: """
            schema: playbook/v1
            id: own
            version: 1.0.0
            title: A test
            owner: group:it-identity
            triggers:
              - manual
            inputs:
              person: { type: Person }
              connection: { type: string, max: 64 }
            policy:
              tools: [suspend_user]
              targets:
                person: person == input.person
              limits: { people: 1, writes: 1 }
            steps:
              - id: suspend
                do: suspend_user
                with: { person: =input.person, connection: =input.connection }
                undo: inverse
            onFailure: stop
            """);
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var caller = await world.Gate.CallerAsync();
        var begun = await world.RunAsync(caller, "own", RunWorld.Person("ben@acme.example"));
        var started = await world.StopsAsync(begun.Run!);
        Assert.True(started.WaitsFor is not null, $"{started.Message} {string.Join(' ', world.Desk.Check())}");
        Assert.True((await world.Gate.Store.CommitAsync([Change.Save(caller with { RemovedAt = world.Gate.Time.GetUtcNow() })])).Done);

        await world.Gate.DecideAsync(started.WaitsFor!, approver);
        var call = await world.Gate.EndAsync(started.WaitsFor!);

        Assert.Equal((CallState.Refused, "caller_removed"), (call.State, call.Code));
        Assert.Empty(world.Gate.Okta.Ledger.Effects);
    }
}
