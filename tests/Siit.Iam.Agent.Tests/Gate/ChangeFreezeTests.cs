using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

/// <summary>While changes are frozen the gate lets none through, whatever was approved before.</summary>
public sealed class ChangeFreezeTests
{
    [Fact]
    public async Task Freeze_RefusesChangesOfEveryRiskBeforeAnybodyIsAsked_AndLetsReadsBe()
    {
        await using var world = await GateWorld.StartAsync(Frozen(DateTimeOffset.MinValue));
        await world.ApproverAsync("dana@acme.example");
        var caller = await world.CallerAsync();

        var low = await world.CallAsync(caller, "clear_sessions", Person("ben@acme.example"));
        var high = await world.CallAsync(caller, "suspend_user", Person("ben@acme.example"));
        var read = await world.CallAsync(caller, "find_person", new JsonObject { ["person"] = "ben@acme.example", ["fresh"] = true });

        Assert.Equal(("change_freeze", "change_freeze", null), (low.Code, high.Code, read.Code));
        Assert.Contains("year-end close", low.Message, StringComparison.Ordinal);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Freeze_ThatBeginsWhileACallWaits_HoldsForTheApprovedCallToo()
    {
        var now = TimeProvider.System.GetUtcNow();
        await using var world = await GateWorld.StartAsync(Frozen(now + TimeSpan.FromMinutes(5)));
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(await world.CallerAsync(), "suspend_user", Person("ben@acme.example"));
        world.Time.Advance(TimeSpan.FromMinutes(6));

        await world.DecideAsync(asked.Call!, approver);

        Assert.Equal("change_freeze", (await world.EndAsync(asked.Call!)).Code);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    private static GateOptions Frozen(DateTimeOffset from) =>
        new() { ChangeFreezes = [new ChangeFreeze { From = from, To = DateTimeOffset.MaxValue, Why = "year-end close" }] };

    private static JsonObject Person(string email) => new() { ["person"] = email };
}
