using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

public sealed class CallKeeperTests
{
    [Fact]
    public async Task Sweep_OneCallThatCannotBeRun_DoesNotKeepOthersFromExpiring()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var caller = await world.CallerAsync();
        var broken = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        var silent = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "ana@acme.example" });
        world.Time.Advance(TimeSpan.FromHours(2));
        // As an older version may have stored it: approved just now, with an argument that the action has no more.
        var stored = (await world.Store.GetAsync<CallRecord>(broken.Call!))!;
        var input = stored.Input.DeepClone().AsObject();
        input["gone"] = true;
        var decision = new Decision(approver.Id, approver.Email, approver.Groups, true, null, stored.Approval!.Digest, world.Time.GetUtcNow());
        await Eventually.Is(
            async () => await world.Store.CommitAsync([Change.Save((await world.Store.GetAsync<CallRecord>(broken.Call!))! with
            {
                State = CallState.AwaitingApproval,
                Input = input,
                EndedAt = null,
                Approval = stored.Approval with { Decisions = [decision], CompleteAt = world.Time.GetUtcNow() },
            })]),
            committed => committed.Done);

        await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);

        Assert.Equal(CallState.Expired, (await world.Calls.FindAsync(silent.Call!, CancellationToken.None))!.State);
    }

    [Fact]
    public async Task Approved_ButTheAccountIsBusyForTooLong_IsNotBegunAnyMore()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        var call = (await world.Calls.FindAsync(asked.Call!, CancellationToken.None))!;
        using (await world.Get<KeyedLocks>().AcquireAsync($"okta:{call.Target!.AccountId}", CancellationToken.None))
        {
            Assert.True((await world.DecideAsync(asked.Call!, approver)).Taken);
            // It stands at the account's lock when the call's own lock cannot be had.
            await Eventually.Is(async () => await IsHeldAsync(world, $"call:{asked.Call}"), held => held);
            world.Time.Advance(TimeSpan.FromMinutes(20));
        }

        Assert.Equal(CallState.Expired, (await world.EndAsync(asked.Call!)).State);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    private static async Task<bool> IsHeldAsync(GateWorld world, string key)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        try
        {
            (await world.Get<KeyedLocks>().AcquireAsync(key, soon.Token)).Dispose();
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
