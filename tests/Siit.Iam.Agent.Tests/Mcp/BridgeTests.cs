using System.Diagnostics;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Mcp;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Mcp;

public sealed class BridgeTests
{
    private const string List = """{"jsonrpc":"2.0","id":"l","method":"tools/list"}""";

    [Fact]
    public async Task Request_OverTheSocketOrAnAddress_IsAnsweredUnderItsId()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var socket = new BridgeProcess(host.Bridge());
        await using var address = new BridgeProcess(host.Bridge() with { Address = host.Endpoint });

        foreach (var bridge in new[] { socket, address })
        {
            var answer = await bridge.AskAsync(List);
            Assert.Equal("l", answer["id"]!.GetValue<string>());
            Assert.NotEmpty(answer["result"]!["tools"]!.AsArray());
        }
    }

    public static TheoryData<string, string, int, string> Wrong => new()
    {
        { "no JSON", "{nonsense", JsonRpcErrors.ParseError, "not valid JSON" },
        { "a batch", "[]", JsonRpcErrors.InvalidRequest, "Batches" },
        { "no method of the server", """{"jsonrpc":"2.0","id":5,"method":"tools/approve"}""", -32601, "tools/approve" },
        { "no such tool", """{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"approve"}}""", JsonRpcErrors.InvalidParams, "no tool 'approve'" },
        { "the server's own no", """{"jsonrpc":"2.0","id":5,"method":"tools/call","params":[]}""", JsonRpcErrors.InvalidParams, "'params' must be an object" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Line_ThatIsWrong_IsAnsweredAndTheBridgeLivesOn(string story, string line, int code, string words)
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var bridge = new BridgeProcess(host.Bridge());

        var answer = await bridge.AskAsync(line);

        Assert.Equal((story, code), (story, answer["error"]!["code"]!.GetValue<int>()));
        Assert.Contains(words, answer["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(line.Contains("\"id\":5", StringComparison.Ordinal) ? 5 : null, answer["id"]?.GetValue<int>());
        Assert.NotNull((await bridge.AskAsync(List))["result"]);
    }

    [Fact]
    public async Task Server_NotRunningOrTokenUnknown_IsToldAtEveryRequest()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var nobody = new BridgeProcess(new BridgeSettings(null, Path.Combine(host.World.Folder, "nothing.sock"), "t"));
        await using var stranger = new BridgeProcess(host.Bridge("stranger"));
        await using var nameless = new BridgeProcess(BridgeSettings.From(_ => null, host.World.Folder));
        await using var tooLong = new BridgeProcess(new BridgeSettings(null, "/" + new string('x', 300), "t"));

        for (var i = 0; i < 2; i++)
        {
            Assert.Contains("Start it with 'siit-iam serve'", Message(await nobody.AskAsync(List)), StringComparison.Ordinal);
            Assert.Contains("SIIT_IAM_TOKEN belongs to no caller", Message(await stranger.AskAsync(List)), StringComparison.Ordinal);
            Assert.Contains("SIIT_IAM_TOKEN is not set", Message(await nameless.AskAsync(List)), StringComparison.Ordinal);
            Assert.Contains("does not answer at", Message(await tooLong.AskAsync(List)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Server_Restarted_IsFoundAgainByTheSameBridge()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var bridge = new BridgeProcess(host.Bridge());
        Assert.NotNull((await bridge.AskAsync(List))["result"]);

        await host.StopServerAsync();
        Assert.NotNull((await bridge.AskAsync(List))["error"]);
        await host.StartServerAsync();

        Assert.NotNull((await bridge.AskAsync(List))["result"]);
    }

    [Fact]
    public async Task Requests_AtOnce_DoNotWaitForEachOther_AndCancellingOneEndsItAlone()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var bridge = new BridgeProcess(host.Bridge());
        host.World.Okta.Faults.Add(SlowReads());

        await bridge.SendAsync(Find("slow", "ana@acme.example"));
        Assert.Equal("quick", (await bridge.AskAsync(List.Replace("\"l\"", "\"quick\"", StringComparison.Ordinal)))["id"]!.GetValue<string>());
        // What has not arrived yet is not received at all when it is cancelled.
        await Eventually.Is(() => Task.FromResult(host.World.Audit()), audit => audit.Any(entry => entry.Kind == AuditKinds.CallReceived));
        await bridge.SendAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"slow"}}""");

        await Eventually.Is(() => Task.FromResult(host.World.Audit()), audit => audit.Any(entry => entry.Kind == AuditKinds.CallCancelled));
        Assert.Equal("after", (await bridge.AskAsync(List.Replace("\"l\"", "\"after\"", StringComparison.Ordinal)))["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task Progress_OfASlowCall_ComesThroughBeforeTheAnswer_AndIsNeverSilentForLong()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var bridge = new BridgeProcess(host.Bridge());
        host.World.Okta.Faults.Add(SlowReads());
        var silence = Stopwatch.StartNew();

        await bridge.SendAsync(Find("slow", "ana@acme.example", ""","_meta":{"progressToken":"p"}"""));
        var told = new List<JsonObject>();
        var longest = TimeSpan.Zero;
        do
        {
            told.Add(await bridge.NextAsync());
            longest = silence.Elapsed > longest ? silence.Elapsed : longest;
            silence.Restart();
        }
        while (told[^1]["id"] is null);

        Assert.True(told.Count > 1, "no progress");
        Assert.All(told[..^1], progress => Assert.Equal(("notifications/progress", "p"), (progress["method"]!.GetValue<string>(), progress["params"]!["progressToken"]!.GetValue<string>())));
        Assert.Equal(told[..^1].Select(progress => progress["params"]!["progress"]!.GetValue<double>()).Order(), told[..^1].Select(progress => progress["params"]!["progress"]!.GetValue<double>()));
        Assert.True(longest < TimeSpan.FromSeconds(4), $"silent for {longest}");
    }

    [Fact]
    public async Task Input_Ending_EndsWhatBelongsToThisBridgeWithinASecond_AndNothingElse()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await host.World.ApproverAsync("dana@acme.example");
        await using var other = new BridgeProcess(host.Bridge());
        var waiting = await other.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"suspend_user","arguments":{"person":"ben@acme.example","reason":"left"}}}""");
        var bridge = new BridgeProcess(host.Bridge());
        host.World.Okta.Faults.Add(SlowReads());
        await bridge.SendAsync(Find("slow", "ana@acme.example"));
        await Eventually.Is(() => Task.FromResult(host.World.Audit()), audit => audit.Any(entry => entry.Data?["input"]?["person"]?.GetValue<string>() == "ana@acme.example"));

        var closed = Stopwatch.StartNew();
        await bridge.CloseInputAsync();
        Assert.Equal(0, await bridge.Ended.WaitAsync(TimeSpan.FromSeconds(5)));

        Assert.True(closed.Elapsed < TimeSpan.FromSeconds(1.5), $"{closed.Elapsed}");
        Assert.Empty(await bridge.RestAsync());
        await Eventually.Is(() => Task.FromResult(host.World.Audit()), audit => audit.Any(entry => entry.Kind == AuditKinds.CallCancelled));
        var call = waiting["result"]!["structuredContent"]!["call"]!.GetValue<string>();
        Assert.Equal(CallState.AwaitingApproval, (await host.World.Calls.FindAsync(call, CancellationToken.None))!.State);
        Assert.NotNull((await other.AskAsync(List))["result"]);
    }

    [Fact]
    public async Task Input_EndingRightBehindARequest_StillGetsTheAnswer()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var warm = new BridgeProcess(host.Bridge());
        await warm.AskAsync(List);
        await using var bridge = new BridgeProcess(host.Bridge());

        await bridge.SendAsync(List);
        await bridge.CloseInputAsync();

        Assert.Single(await bridge.RestAsync());
    }

    [Fact]
    public async Task Output_OfAWholeConversation_HoldsNothingButMessages()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var bridge = new BridgeProcess(host.Bridge());
        string[] lines =
        [
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""",
            """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
            "", "   ", "not json", """{"jsonrpc":"2.0","id":99,"result":{}}""",
            Find("f", "ana@acme.example"),
            """{"jsonrpc":"2.0","id":2,"method":"ping"}""",
            List,
        ];

        foreach (var line in lines)
            await bridge.SendAsync(line);
        var answers = new List<JsonObject>();
        for (var i = 0; i < 5; i++)
            answers.Add(await bridge.NextAsync());
        await bridge.CloseInputAsync();

        Assert.Empty(await bridge.RestAsync());
        Assert.All(answers, answer => Assert.Equal("2.0", answer["jsonrpc"]!.GetValue<string>()));
        Assert.Equal(["", "1", "2", "f", "l"], answers.Select(answer => answer["id"]?.ToString() ?? "").Order(StringComparer.Ordinal));
    }

    private static Fault SlowReads() => new() { Kind = FaultKind.Slow, Milliseconds = 5000, Times = 1 };

    private static string Find(string id, string person, string more = "") =>
        $$$"""{"jsonrpc":"2.0","id":"{{{id}}}","method":"tools/call","params":{"name":"find_person","arguments":{"person":"{{{person}}}"}{{{more}}}}}""";

    private static string Message(JsonObject answer) => answer["error"]!["message"]!.GetValue<string>();
}
