using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
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

    /// <summary>Somebody else may stand behind the account by now.</summary>
    [Fact]
    public async Task Approved_AccountChangedSince_IsAskedAgainAndSaysWhat()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "ben@acme.example", ["profile"] = new JsonObject { ["displayName"] = "Somebody-Else" } }));

        Assert.True((await world.DecideAsync(asked.Call!, approver)).Taken);

        var again = await AskedAgainAsync(world, asked.Call!);
        Assert.Contains(again.Card!.Drift!, what => what.StartsWith("name was", StringComparison.Ordinal) && what.Contains("Somebody-Else", StringComparison.Ordinal));
        Assert.Single(again.Earlier);
    }

    /// <summary>The rules are the same, and ask for more now, because of what the person has become.</summary>
    [Fact]
    public async Task Approved_MoreApproversAreNeededByNow_IsAskedAgain()
    {
        await using var world = await GateWorld.StartAsync(new GateOptions { ApprovalRules = [new ApprovalRule { Name = "finance", Departments = ["Finance"], Demand = Approvers.Two }] });
        var one = await world.ApproverAsync("dana@acme.example", "desk");
        await world.ApproverAsync("egon@acme.example", "security");
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "ben@acme.example", ["profile"] = new JsonObject { ["department"] = "Sales" } }));
        var asked = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "ben@acme.example", ["profile"] = new JsonObject { ["department"] = "Finance" } }));

        Assert.True((await world.DecideAsync(asked.Call!, one)).Taken);

        Assert.Equal(Approvers.Two, (await AskedAgainAsync(world, asked.Call!)).Approval!.Needed);
    }

    /// <summary>Agreed was to what the card said that is lost.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Approved_MoreIsLostThanWasShown_IsAskedAgain_LessRunsOn(bool more)
    {
        await using var world = await GateWorld.StartAsync();
        var one = await world.ApproverAsync("dana@acme.example", "desk");
        var two = await world.ApproverAsync("egon@acme.example", "security");
        if (more)
            Assert.Null(world.Okta.Arrange(new JsonObject { ["group"] = "Figma Editors", ["remove"] = "ben@acme.example" }));
        var asked = await world.CallAsync(await world.CallerAsync(), "deactivate_user", new JsonObject { ["person"] = "ben@acme.example" });
        Assert.Equal(!more, (await world.Calls.FindAsync(asked.Call!, CancellationToken.None))!.Card!.Lines.Any(line => line.Text.Contains("Figma", StringComparison.Ordinal)));
        Assert.Null(world.Okta.Arrange(new JsonObject { ["group"] = "Figma Editors", [more ? "add" : "remove"] = "ben@acme.example" }));

        Assert.True((await world.DecideAsync(asked.Call!, one)).Taken);
        Assert.True((await world.DecideAsync(asked.Call!, two)).Taken);

        if (more)
            Assert.Contains((await AskedAgainAsync(world, asked.Call!)).Card!.Drift!, what => what.StartsWith("New: ", StringComparison.Ordinal) && what.Contains("Figma", StringComparison.Ordinal));
        else
            Assert.Equal(CallState.Succeeded, (await world.EndAsync(asked.Call!)).State);
    }

    /// <summary>Otherwise one such call keeps every later one of the request from being asked for.</summary>
    [Theory]
    [InlineData("7")]
    [InlineData("{\"at\":\"okta\"}")]
    [InlineData("[\"ben@acme.example\"]")]
    public async Task Asked_AfterACallWhosePersonWasNoText_ShowsItInTheHistory(string person)
    {
        await using var world = await GateWorld.StartAsync();
        await world.ApproverAsync("dana@acme.example");
        var caller = await world.CallerAsync();
        var refused = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = JsonNode.Parse(person), ["request"] = "REQ-9" });
        Assert.Equal((CallState.Refused, "invalid_input"), (refused.State, refused.Code));

        var asked = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "ben@acme.example", ["request"] = "REQ-9" });

        Assert.Equal(CallState.AwaitingApproval, asked.State);
        Assert.Contains((await world.Calls.FindAsync(asked.Call!, CancellationToken.None))!.Card!.History, earlier => earlier.Contains(refused.Call!, StringComparison.Ordinal));
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
