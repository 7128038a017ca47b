using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

/// <summary>Every time limit of an approval, one tick before, at and after it.</summary>
public sealed class TimeLimitsTests
{
    public static TheoryData<int, bool> Ticks => new() { { -1, true }, { 0, false }, { 1, false } };

    [Theory]
    [MemberData(nameof(Ticks))]
    public async Task Deciding_AroundTheExpiry_CountsOnlyBeforeIt(int tick, bool counts)
    {
        var time = new SetTime();
        await using var world = await StartAsync(time);
        var (call, approver) = await AskedAsync(world);
        time.Set(call.Approval!.ExpiresAt.AddTicks(tick));

        var decision = await world.DecideAsync(call.Id, approver);

        // The keeper may have been first; then it is expired already.
        Assert.True(decision.Taken == counts && decision.Code is null or "expired" or "not_waiting", decision.Code);
        Assert.Equal(counts ? CallState.Succeeded : CallState.Expired, await EndedAsync(world, call.Id));
        Assert.Equal(counts ? 1 : 0, world.Okta.Ledger.Effects.Count);
    }

    [Theory]
    [MemberData(nameof(Ticks))]
    public async Task Beginning_AroundTheEndOfTheGrant_HappensOnlyBeforeIt(int tick, bool counts)
    {
        var time = new SetTime();
        await using var world = await StartAsync(time);
        var (call, approver) = await AskedAsync(world);
        var decision = new Decision(approver.Id, approver.Email, approver.Groups, true, null, call.Approval!.Digest, time.GetUtcNow());
        var complete = time.GetUtcNow();
        time.Set(complete + new GateOptions().GrantLifetime + TimeSpan.FromTicks(tick));
        Assert.True((await world.Store.CommitAsync([Change.Save(call with { Approval = call.Approval with { Decisions = [decision], CompleteAt = complete } })])).Done);

        await world.Executor.ResumeAsync(call.Id, CancellationToken.None);
        await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);

        Assert.Equal(counts ? CallState.Succeeded : CallState.Expired, await EndedAsync(world, call.Id));
        Assert.Equal(counts ? 1 : 0, world.Okta.Ledger.Effects.Count);
    }

    public static TheoryData<string, int, bool> Timers => new()
    {
        { AuditKinds.ApprovalReminded, -1, false }, { AuditKinds.ApprovalReminded, 0, true }, { AuditKinds.ApprovalReminded, 1, true },
        { AuditKinds.ApprovalEscalated, -1, false }, { AuditKinds.ApprovalEscalated, 0, true }, { AuditKinds.ApprovalEscalated, 1, true },
    };

    [Theory]
    [MemberData(nameof(Timers))]
    public async Task RemindingAndEscalating_AroundTheirTime_HappenFromItOn_AndOnce(string kind, int tick, bool happens)
    {
        var time = new SetTime();
        await using var world = await StartAsync(time, new GateOptions { RemindAfter = TimeSpan.FromMinutes(10), EscalateAfter = TimeSpan.FromMinutes(20), EscalateTo = "leads" });
        var (call, _) = await AskedAsync(world);
        time.Set(call.Approval!.AskedAt!.Value + (kind == AuditKinds.ApprovalReminded ? TimeSpan.FromMinutes(10) : TimeSpan.FromMinutes(20)) + TimeSpan.FromTicks(tick));

        for (var sweep = 0; sweep < 3; sweep++)
            await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);

        Assert.Equal(happens ? 1 : 0, world.Audit().Count(entry => entry.Kind == kind));
        Assert.Equal(CallState.AwaitingApproval, (await world.Calls.FindAsync(call.Id, CancellationToken.None))!.State);
    }

    [Theory]
    [InlineData(-1, "no_seat")]
    [InlineData(0, null)]
    [InlineData(1, null)]
    public async Task Seat_OfAGroup_IsTakenByTheEscalationGroup_FromItsTimeOn(int tick, string? code)
    {
        var time = new SetTime();
        var options = new GateOptions
        {
            EscalateAfter = TimeSpan.FromMinutes(20),
            EscalateTo = "leads",
            ApprovalRules = [new() { Name = "security", Seats = ["group:security"] }],
        };
        await using var world = await StartAsync(time, options);
        var lead = await world.ApproverAsync("lena@acme.example", "leads");
        await world.ApproverAsync("egon@acme.example", "security");
        var (call, _) = await AskedAsync(world);
        time.Set(call.Card!.Escalates!.At.AddTicks(tick));

        Assert.Equal(code, (await world.DecideAsync(call.Id, lead)).Code);

        if (code is null)
            Assert.Equal(CallState.Succeeded, await EndedAsync(world, call.Id));
    }

    [Theory]
    [InlineData(-1, "approver_tired")]
    [InlineData(0, null)]
    [InlineData(1, null)]
    public async Task Approver_WhoHasApprovedAsMuchAsHisBudget_MayAgainAnHourLater(int tick, string? code)
    {
        var time = new SetTime();
        await using var world = await StartAsync(time, new GateOptions { ApproverBudget = 1, ApprovalLifetime = TimeSpan.FromHours(3) });
        var (call, approver) = await AskedAsync(world);
        Assert.True((await world.DecideAsync(call.Id, approver)).Taken);
        var at = time.GetUtcNow();
        Assert.Equal(CallState.Succeeded, await EndedAsync(world, call.Id));
        var second = await world.CallAsync((await world.Store.GetAsync<CallerRecord>("agent"))!, "suspend_user", new JsonObject { ["person"] = "carla@acme.example" });
        Assert.Equal("approver_tired", (await world.DecideAsync(second.Call!, approver)).Code);
        time.Set(at + TimeSpan.FromHours(1) + TimeSpan.FromTicks(tick));

        var decision = await world.DecideAsync(second.Call!, approver);

        Assert.Equal(code, decision.Code);
        if (code is not null)
            Assert.True((await world.DecideAsync(second.Call!, approver, approve: false)).Taken);
    }

    [Theory]
    // Two seconds are what a clock that is kept in step may go back by.
    [InlineData(-2, 0, true)]
    [InlineData(-2, -1, false)]
    [InlineData(-3600, 0, false)]
    public async Task ClockGoesBack_NothingIsDecidedOrBegun_UntilItIsPastThat(int seconds, int tick, bool goesOn)
    {
        var time = new SetTime();
        await using var world = await StartAsync(time);
        var (call, approver) = await AskedAsync(world);
        var latest = time.GetUtcNow() + TimeSpan.FromMinutes(30);
        time.Set(latest);
        await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);
        time.Set(latest + TimeSpan.FromSeconds(seconds) + TimeSpan.FromTicks(tick));

        var decision = await world.DecideAsync(call.Id, approver);

        Assert.Equal(goesOn ? null : "clock_went_back", decision.Code);
        if (goesOn)
            return;
        // Approved just before: it does not begin, either.
        var stored = (await world.Calls.FindAsync(call.Id, CancellationToken.None))!;
        var given = new Decision(approver.Id, approver.Email, approver.Groups, true, null, stored.Approval!.Digest, latest);
        Assert.True((await world.Store.CommitAsync([Change.Save(stored with { Approval = stored.Approval with { Decisions = [given], CompleteAt = latest } })])).Done);
        await world.Executor.ResumeAsync(call.Id, CancellationToken.None);
        Assert.Empty(world.Okta.Ledger.Effects);
        time.Set(latest);
        await world.Executor.ResumeAsync(call.Id, CancellationToken.None);
        Assert.Equal(CallState.Succeeded, await EndedAsync(world, call.Id));
    }

    [Fact]
    public async Task ClockGoesBack_AcrossARestart_SilenceGetsNoSecondChance()
    {
        var time = new SetTime();
        await using var world = await StartAsync(time);
        var (call, approver) = await AskedAsync(world);
        time.Set(call.Approval!.ExpiresAt.AddMinutes(-1));
        await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);
        await world.KillServerAsync();
        time.Set(call.Approval.AskedAt!.Value);
        await world.StartServerAsync();

        Assert.Equal("clock_went_back", (await world.DecideAsync(call.Id, approver)).Code);
    }

    private static Task<GateWorld> StartAsync(SetTime time, GateOptions? options = null) =>
        GateWorld.StartAsync(options, more: services => services.AddSingleton<TimeProvider>(time));

    private static async Task<(CallRecord Call, ApproverRecord Approver)> AskedAsync(GateWorld world)
    {
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        Assert.True(asked.State == CallState.AwaitingApproval, asked.Message);
        return ((await world.Calls.FindAsync(asked.Call!, CancellationToken.None))!, approver);
    }

    private static async Task<CallState> EndedAsync(GateWorld world, string call)
    {
        await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);
        return (await world.EndAsync(call)).State;
    }

    /// <summary>Stands where it is put; timers are real.</summary>
    private sealed class SetTime : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => _now;

        public void Set(DateTimeOffset now) => _now = now;
    }
}
