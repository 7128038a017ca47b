using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

public sealed class CallerRegistryTests
{
    [Fact]
    public async Task Add_ThenFindByToken_UntilRemoved()
    {
        await using var world = await GateWorld.StartAsync();
        var by = await world.ApproverAsync("dana@acme.example");
        var callers = world.Get<CallerRegistry>();

        var added = await callers.AddAsync(Good, by, CancellationToken.None);
        Assert.Equal("claude-desk", (await callers.FindByTokenAsync(added.Token!, CancellationToken.None))?.Id);
        Assert.Null(await callers.FindByTokenAsync(added.Token![..^1] + (added.Token[^1] == 'A' ? 'B' : 'A'), CancellationToken.None));
        Assert.Null(await callers.FindByTokenAsync("", CancellationToken.None));
        Assert.Null(await callers.FindByTokenAsync(added.Caller!.TokenHash, CancellationToken.None));

        Assert.Null(await callers.RemoveAsync("claude-desk", "uid:1", CancellationToken.None));
        Assert.Null(await callers.FindByTokenAsync(added.Token, CancellationToken.None));
        Assert.NotEmpty((await callers.AddAsync(Good, by, CancellationToken.None)).Problems);
        Assert.DoesNotContain(world.Audit(), entry => entry.Data?.ToJsonString().Contains(added.Token, StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Add_WithEverythingWrong_TellsAllAtOnce()
    {
        await using var world = await GateWorld.StartAsync();
        var wrong = new NewCaller("../x", "olga", "nobody", ["suspend"], ["entra"], ["all people"]);

        var added = await world.Get<CallerRegistry>().AddAsync(wrong, await world.ApproverAsync("dana@acme.example"), CancellationToken.None);

        Assert.Null(added.Token);
        Assert.Equal(6, added.Problems.Count);
    }

    public static TheoryData<string[], string, string?> Rights => new()
    {
        { ["read"], "find_person", null },
        { ["read"], "clear_sessions", "action_not_allowed" },
        { ["clear_sessions"], "clear_sessions", null },
        { ["clear_sessions"], "find_person", "action_not_allowed" },
        { ["*"], "clear_sessions", null },
    };

    [Theory]
    [MemberData(nameof(Rights))]
    public async Task Call_OutsideTheCallersActions_IsRefused(string[] actions, string action, string? code)
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync(actions: actions);

        var answer = await world.CallAsync(caller, action, new JsonObject { ["person"] = "ben@acme.example" });

        Assert.Equal(code, answer.Code);
    }

    [Fact]
    public async Task Call_ForSomebodyTheCallerMayNotActFor_IsRefused()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync(actsFor: ["ana@acme.example"]);

        var input = new JsonObject { ["person"] = "ben@acme.example", ["requester"] = "mona@acme.example" };

        Assert.Equal("requester_not_allowed", (await world.CallAsync(caller, "clear_sessions", input)).Code);
    }

    private static NewCaller Good => new("claude-desk", "olga@acme.example", null, ["read", "suspend_user"], ["okta"], ["*"]);
}
