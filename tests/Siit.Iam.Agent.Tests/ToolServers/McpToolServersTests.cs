using System.Diagnostics;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Tests.ToolServers;

/// <summary>The client against a real second MCP server, on HTTP and on standard streams.</summary>
public sealed class McpToolServersTests
{
    [Fact]
    public async Task Call_OverHttp_AnswersTextAndPromisedFieldsAndHandsOnItsKey()
    {
        await using var host = await ToolServerHost.StartAsync();
        await using var servers = new McpToolServers(host.Settings());
        var tool = (await ToolServerHost.LockAsync(host.Settings())).Find("chat.post_message")!;

        var answer = await servers.CallAsync(new ToolRequest(tool, new JsonObject { ["channel"] = "it", ["text"] = "hello" }, "call_1", "/tell"), CancellationToken.None);

        Assert.Equal(("Posted m-1.", "m-1"), (answer.Text, answer.Data!["id"]!.GetValue<string>()));
        Assert.Equal(("post_message", "call_1"), (host.Chat.Calls[0].Tool, host.Chat.Calls[0].Key));
    }

    [Fact]
    public async Task Call_OverStandardStreams_WorksAndEndsTheProcessWhenDisposed()
    {
        var ledger = Path.GetTempFileName();
        Environment.SetEnvironmentVariable("CHAT_LEDGER", ledger);
        var settings = OverStreams("CHAT_LEDGER");
        int process;
        await using (var servers = new McpToolServers(settings))
        {
            var tool = (await ToolServerHost.LockAsync(settings)).Find("chat.search")!;

            var answer = await servers.CallAsync(new ToolRequest(tool, new JsonObject { ["query"] = "x" }, "call_1", "/look"), CancellationToken.None);

            Assert.Equal("Nobody has written about it.", answer.Text);
            var told = Assert.Single(await File.ReadAllLinesAsync(ledger)).Split(' ');
            Assert.Equal("search", told[1]);
            process = int.Parse(told[0], System.Globalization.CultureInfo.InvariantCulture);
        }

        await Eventually.Is(() => Task.FromResult(IsGone(process)), gone => gone);
    }

    [Fact]
    public async Task Process_OfAServer_SeesNothingOfOurEnvironment()
    {
        Environment.SetEnvironmentVariable("SIIT_TEST_OUR_SECRET", "ours");
        Environment.SetEnvironmentVariable("CHAT_OWN", "its");
        var settings = OverStreams("CHAT_OWN");
        await using var servers = new McpToolServers(settings);
        var tool = (await ToolServerHost.LockAsync(settings)).Find("chat.environment")!;

        var answer = await servers.CallAsync(new ToolRequest(tool, [], "call_1", "/look"), CancellationToken.None);

        var names = answer.Text.Split(' ');
        Assert.Contains("CHAT_OWN", names);
        Assert.DoesNotContain("SIIT_TEST_OUR_SECRET", names);
    }

    [Fact]
    public async Task Answer_TooLong_IsCutAndSaysSo()
    {
        await using var host = await ToolServerHost.StartAsync();
        host.Chat.Found = new string('x', 5_000);
        await using var servers = new McpToolServers(host.Settings(maxAnswer: 1_000));
        var tool = (await ToolServerHost.LockAsync(host.Settings())).Find("chat.search")!;

        var answer = await servers.CallAsync(new ToolRequest(tool, new JsonObject { ["query"] = "x" }, "call_1", "/look"), CancellationToken.None);

        Assert.True(answer.Cut);
        Assert.EndsWith("(cut: 4000 more characters)", answer.Text, StringComparison.Ordinal);
        Assert.True(answer.Text.Length < 1_100);
    }

    [Fact]
    public async Task Answer_WithoutEnd_EndsTheCallAndNotTheServer()
    {
        await using var host = await ToolServerHost.StartAsync();
        await using var servers = new McpToolServers(host.Settings());
        var tool = (await ToolServerHost.LockAsync(host.Settings())).Find("chat.search")!;
        host.Chat.Found = new string('x', 6_000_000);

        var trouble = await Assert.ThrowsAsync<ToolServerException>(
            () => servers.CallAsync(new ToolRequest(tool, new JsonObject { ["query"] = "x" }, "call_1", "/look"), CancellationToken.None));

        Assert.True(trouble.MayHaveHappened);
        host.Chat.Found = "short";
        Assert.Equal("short", (await servers.CallAsync(new ToolRequest(tool, new JsonObject { ["query"] = "x" }, "call_2", "/look"), CancellationToken.None)).Text);
    }

    [Fact]
    public async Task Answer_ThatSaysBackOurToken_DoesNotHoldIt()
    {
        await using var host = await ToolServerHost.StartAsync();
        host.Chat.Found = $"Your token is {ToolServerHost.Token}!";
        await using var servers = new McpToolServers(host.Settings());
        var tool = (await ToolServerHost.LockAsync(host.Settings())).Find("chat.search")!;

        var answer = await servers.CallAsync(new ToolRequest(tool, new JsonObject { ["query"] = "x" }, "call_1", "/look"), CancellationToken.None);

        Assert.Equal("Your token is ***!", answer.Text);
    }

    [Fact]
    public async Task Server_Down_SaysSoAndIsFoundAgainWhenItIsBack()
    {
        await using var host = await ToolServerHost.StartAsync();
        await using var servers = new McpToolServers(host.Settings());
        _ = await servers.DefinitionAsync("chat.search", CancellationToken.None);
        await host.StopAsync();

        var trouble = await Assert.ThrowsAsync<ToolServerException>(() => servers.DefinitionAsync("chat.search", CancellationToken.None));
        await host.StartAgainAsync();
        var back = await servers.DefinitionAsync("chat.search", CancellationToken.None);

        Assert.Equal(("tool_server_down", false), (trouble.Code, trouble.MayHaveHappened));
        Assert.Contains("'chat'", trouble.Message, StringComparison.Ordinal);
        Assert.Equal("Finds messages.", back.Description);
    }

    [Fact]
    public async Task Token_Wrong_OrTool_Gone_IsToldAsThat()
    {
        await using var host = await ToolServerHost.StartAsync();
        var settings = host.Settings();
        var gone = new ToolServerSet([settings.All[0] with { Tools = [new ToolRule("delete_all", false, Risk.High)] }]);
        Environment.SetEnvironmentVariable("SIIT_TEST_WRONG_TOKEN", "wrong-token");
        var wrong = new ToolServerSet([settings.All[0] with { Token = SecretSource.FromEnvironment("SIIT_TEST_WRONG_TOKEN") }]);
        await using var one = new McpToolServers(gone);
        await using var other = new McpToolServers(wrong);

        Assert.Equal("tool_gone", (await Assert.ThrowsAsync<ToolServerException>(() => one.DefinitionAsync("chat.delete_all", CancellationToken.None))).Code);
        Assert.Equal("tool_server_down", (await Assert.ThrowsAsync<ToolServerException>(() => other.DefinitionAsync("chat.search", CancellationToken.None))).Code);
        Assert.Equal("unknown_tool", (await Assert.ThrowsAsync<ToolServerException>(() => one.DefinitionAsync("chat.search", CancellationToken.None))).Code);
    }

    private static ToolServerSet OverStreams(params string[] env) => new(
    [
        new ToolServerOptions
        {
            Name = "chat",
            Command = Path.Combine(AppContext.BaseDirectory, "siit-iam-emulator"),
            Args = ["tool-server"],
            Env = ["DOTNET_ROOT", .. env],
            Tools = [new ToolRule("search", true, Risk.None), new ToolRule("environment", true, Risk.None)],
        },
    ]);

    private static bool IsGone(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return found.HasExited;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }
}
