using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

public sealed class ParkingTests
{
    [Fact]
    public async Task Approved_UnderAnotherPolicyThanInForce_IsAskedAgain()
    {
        var options = new GateOptions();
        await using var world = await GateWorld.StartAsync(options);
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        await world.StopServerAsync();
        options.ProtectedAccounts.Add("somebody@acme.example");
        await world.StartServerAsync();

        Assert.True((await world.DecideAsync(asked.Call!, approver)).Taken);

        await AskedAgainAsync(world, asked.Call!);
    }

    [Fact]
    public async Task Approved_ForAnotherVersionOfTheAction_IsAskedAgain()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        var stored = (await world.Store.GetAsync<CallRecord>(asked.Call!))! with { ActionVersion = 99 };
        stored = stored with { Approval = stored.Approval! with { Digest = CallDigest.Of(stored, stored.Approval.Needed, stored.Approval.ExpiresAt) } };
        Assert.True((await world.Store.CommitAsync([Change.Save(stored)])).Done);

        Assert.True((await world.DecideAsync(asked.Call!, approver)).Taken);

        Assert.NotEqual(99, (await AskedAgainAsync(world, asked.Call!)).ActionVersion);
    }

    private static async Task<CallRecord> AskedAgainAsync(GateWorld world, string id)
    {
        var call = await Eventually.Is(
            async () => (await world.Calls.FindAsync(id, CancellationToken.None))!,
            call => call.State.IsEnded() || call is { State: CallState.AwaitingApproval, Approval.CompleteAt: null, Card.Drift: not null });
        Assert.Equal(CallState.AwaitingApproval, call.State);
        Assert.Empty(world.Okta.Ledger.Effects);
        return call;
    }
}
