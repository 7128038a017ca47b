using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

public sealed class IntakeTests
{
    public static TheoryData<string, string> NoIds => new()
    {
        { "two lines", "REQ-1\nREQ-2" },
        { "far too long", new string('x', 500) },
        { "turned around", "REQ\u202e-1" },
    };

    [Theory]
    [MemberData(nameof(NoIds))]
    public async Task Request_ThatCannotBeAnId_IsRefusedAsInput(string what, string request)
    {
        await using var world = await GateWorld.StartAsync();

        var answer = await world.CallAsync(await world.CallerAsync(), "clear_sessions", new JsonObject { ["person"] = "ben@acme.example", ["request"] = request });

        Assert.True((CallState.Refused, "invalid_input") == (answer.State, answer.Code), $"{what}: {answer}");
        Assert.NotNull(await world.Calls.FindAsync(answer.Call!, CancellationToken.None));
    }

    [Theory]
    [InlineData(" dana@acme.example")]
    [InlineData("Dana")]
    [InlineData("Dana <dana@acme.example>")]
    public async Task Requester_ThatIsNoWorkEmail_IsRefused(string requester)
    {
        await using var world = await GateWorld.StartAsync();
        await world.ApproverAsync("dana@acme.example");

        var answer = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example", ["requester"] = requester });

        Assert.Equal((CallState.Refused, "invalid_input"), (answer.State, answer.Code));
    }

    [Fact]
    public async Task Call_ForARequest_IsNotDecidedByWhoeverWroteTheRequest()
    {
        await using var world = await GateWorld.StartAsync();
        var dana = await world.ApproverAsync("dana@acme.example");
        await world.ApproverAsync("egon@acme.example");
        await world.Get<RequestDesk>().SubmitAsync("REQ-1", "dana@acme.example", "Ben lost his phone", CancellationToken.None);

        var asked = await world.CallAsync(await world.CallerAsync(), "reset_mfa", new JsonObject { ["person"] = "ana@acme.example", ["request"] = "REQ-1" });

        Assert.Equal(CallState.AwaitingApproval, asked.State);
        Assert.Equal("is_requester", (await world.DecideAsync(asked.Call!, dana)).Code);
    }

    [Fact]
    public async Task Refusal_OfAnUnknownArgument_ShowsItsHiddenCharacters()
    {
        await using var world = await GateWorld.StartAsync();

        var answer = await world.CallAsync(await world.CallerAsync(), "clear_sessions", new JsonObject { ["person"] = "ben@acme.example", ["\u001b[2J\nApproved."] = true });

        Assert.Contains("<U+001B>[2J<U+000A>Approved.", answer.Message, StringComparison.Ordinal);
    }
}
