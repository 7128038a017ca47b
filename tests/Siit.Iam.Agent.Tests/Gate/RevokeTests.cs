using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

/// <summary>Taking back, by approvers and by the caller, until the first byte; and what stays on record.</summary>
public sealed class RevokeTests
{
    [Fact]
    public async Task Revoke_WhatWaits_EndsIt_WithTheReasonAsData()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await AskAsync(world);

        var revoked = await world.Approvals.RevokeAsync(asked, approver, "wrong \"Ben\"\u202E", CancellationToken.None);

        Assert.True(revoked.Taken, revoked.Message);
        var call = await world.EndAsync(asked);
        Assert.Equal((CallState.Cancelled, "revoked"), (call.State, call.Code));
        Assert.Contains("who says: \"wrong ''Ben''<U+202E>\"", call.Message, StringComparison.Ordinal);
        Assert.Equal("not_waiting", (await world.DecideAsync(asked, approver)).Code);
        Assert.Equal("too_late", (await world.Approvals.RevokeAsync(asked, approver, null, CancellationToken.None)).Code);
        Assert.Equal(1, world.Audit().Count(entry => entry.Kind == AuditKinds.ApprovalRevoked));
        Assert.Contains(asked, (await world.Get<ApprovalRecords>().ListAsync(TimeSpan.FromDays(1), 10, CancellationToken.None)).Select(found => found.Id));
    }

    [Theory]
    [InlineData("an approver")]
    [InlineData("the caller")]
    public async Task TakenBack_WhileItStandsBeforeItsEffect_DoesNotBegin(string by)
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await AskAsync(world);
        var call = (await world.Calls.FindAsync(asked, CancellationToken.None))!;
        Task taking;
        using (await world.Get<KeyedLocks>().AcquireAsync($"okta:{call.Target!.AccountId}", CancellationToken.None))
        {
            Assert.True((await world.DecideAsync(asked, approver)).Taken);
            taking = by == "the caller"
                ? world.Calls.CancelAsync((await world.Store.GetAsync<CallerRecord>("agent"))!, asked, CancellationToken.None)
                : world.Approvals.RevokeAsync(asked, approver, null, CancellationToken.None);
            await Eventually.Is(() => Task.FromResult(world.Get<Withdrawals>().AreWanted(asked)), wanted => wanted);
        }

        await taking;

        Assert.Equal(CallState.Cancelled, (await world.EndAsync(asked)).State);
        Assert.Empty(world.Okta.Ledger.Effects);
        Assert.DoesNotContain(world.Audit(), entry => entry.Kind == AuditKinds.EffectIntent);
    }

    [Fact]
    public async Task Revoke_LoggedButNotStored_IsLearntAtTheNextStart()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        await world.ApproverAsync("egon@acme.example", "security");
        var asked = (await world.CallAsync(await world.CallerAsync(), "deactivate_user", new JsonObject { ["person"] = "ben@acme.example" })).Call!;
        Assert.True((await world.DecideAsync(asked, approver)).Taken);
        var call = (await world.Calls.FindAsync(asked, CancellationToken.None))!;
        // As a crash between the two leaves it.
        await world.Get<AuditTrail>().WriteAsync(
            AuditKinds.ApprovalRevoked, call, new JsonObject { ["approver"] = approver.Id, ["email"] = approver.Email, ["digest"] = call.Approval!.Digest }, CancellationToken.None);
        await world.Get<LogWins>().ReconcileAsync(CancellationToken.None);

        var found = (await world.Calls.FindAsync(asked, CancellationToken.None))!;

        Assert.Equal((CallState.Cancelled, "revoked"), (found.State, found.Code));
    }

    [Fact]
    public async Task Reminder_LoggedButNotStored_IsNotSaidTwice()
    {
        await using var world = await GateWorld.StartAsync(new GateOptions { RemindAfter = TimeSpan.FromMinutes(5) });
        await world.ApproverAsync("dana@acme.example");
        var asked = await AskAsync(world);
        var call = (await world.Calls.FindAsync(asked, CancellationToken.None))!;
        await world.Get<AuditTrail>().WriteAsync(AuditKinds.ApprovalReminded, call, new JsonObject { ["digest"] = call.Approval!.Digest }, CancellationToken.None);
        await world.Get<LogWins>().ReconcileAsync(CancellationToken.None);
        world.Time.Advance(TimeSpan.FromMinutes(10));

        await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);

        Assert.Equal(1, world.Audit().Count(entry => entry.Kind == AuditKinds.ApprovalReminded));
        Assert.NotNull((await world.Calls.FindAsync(asked, CancellationToken.None))!.Approval!.RemindedAt);
    }

    [Fact]
    public async Task Stats_OfWhatWasDecided_TellTheShareTheTimeAndTheRefusals()
    {
        await using var world = await GateWorld.StartAsync();
        var one = await world.ApproverAsync("dana@acme.example");
        var two = await world.ApproverAsync("egon@acme.example");
        var caller = await world.CallerAsync();
        var asked = new List<string>();
        foreach (var person in new[] { "ben@acme.example", "ana@acme.example", "carla@acme.example" })
            asked.Add((await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = person })).Call!);
        await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ben@acme.example" });
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.DecideAsync(asked[0], one);
        await world.EndAsync(asked[0]);
        await world.DecideAsync(asked[1], one, approve: false);
        await world.DecideAsync(asked[2], two, approve: false);

        var stats = await world.Get<ApprovalRecords>().StatsAsync(TimeSpan.FromDays(1), CancellationToken.None);

        Assert.Equal((4, 3, 1, 2), (stats.Calls, stats.Gated, stats.Approved, stats.Denied));
        Assert.Equal(0.75, stats.GatedShare);
        Assert.Equal(2.0 / 3, stats.RefusalRate!.Value, 3);
        Assert.InRange(stats.MedianSecondsToDecide!.Value, 120, 300);
        Assert.Equal([("dana@acme.example", 1, 1), ("egon@acme.example", 0, 1)], stats.Approvers.Select(own => (own.Email, own.Approved, own.Denied)));
    }

    private static async Task<string> AskAsync(GateWorld world)
    {
        var asked = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        Assert.True(asked.State == CallState.AwaitingApproval, asked.Message);
        return asked.Call!;
    }
}
