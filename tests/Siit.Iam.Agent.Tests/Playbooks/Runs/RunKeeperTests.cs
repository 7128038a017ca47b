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
}
