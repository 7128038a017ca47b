using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.Tokenizers;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Mcp;

namespace Siit.Iam.Agent.Tests.Mcp;

public sealed class ToolListTests
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task List_ShowsTheCatalogThenWhatStandsBesideIt_InThatOrderEveryTime()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var client = await host.ConnectAsync();

        var once = (await client.ListToolsAsync()).Select(tool => tool.Name).ToList();
        var again = (await client.ListToolsAsync()).Select(tool => tool.Name).ToList();

        Assert.Equal(ActionCatalog.All.Select(action => action.Name).Concat(ToolList.Beside), once);
        Assert.Equal(once, again);
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Tool_OfEveryKind_ShowsAllOfItself(string revision)
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var client = await host.ConnectAsync(revision: revision);

        foreach (var tool in (await client.ListToolsAsync()).Select(tool => tool.ProtocolTool))
        {
            Assert.Matches("^[a-z_]{3,40}$", tool.Name);
            Assert.False(string.IsNullOrWhiteSpace(tool.Title), tool.Name);
            Assert.EndsWith(".", tool.Description, StringComparison.Ordinal);
            Assert.True(tool.Annotations is { ReadOnlyHint: not null, DestructiveHint: not null, IdempotentHint: not null, OpenWorldHint: not null }, tool.Name);
            Assert.NotNull(tool.OutputSchema);
            var gate = tool.Meta![ToolTexts.GateKey]!.AsObject();
            Assert.Equal(["mode", "risk", "approvers", "quorum", "ttl_seconds"], gate.Select(entry => entry.Key));
            Assert.Contains(gate["mode"]!.GetValue<string>(), new[] { "never", "policy", "required" });
        }
    }

    [Fact]
    public async Task Schemas_OfEveryTool_AreStrict()
    {
        await using var host = await McpHost.StartAsync();
        foreach (var tool in host.Tools.Select(tool => tool.Shown))
        {
            AssertStrict(JsonNode.Parse(tool.InputSchema.GetRawText())!, tool.Name);
            AssertStrict(JsonNode.Parse(tool.OutputSchema!.Value.GetRawText())!, tool.Name);
            Assert.False(tool.InputSchema.GetProperty("additionalProperties").GetBoolean(), tool.Name);
        }
    }

    [Fact]
    public void Shown_AtAllFourIdPs_StaysWithinWhatAModelPaysFor()
    {
        var tokenizer = TiktokenTokenizer.CreateForModel("gpt-4o");
        var tools = AtFourIdPs();

        var everyTurn = tokenizer.CountTokens(string.Concat(tools.Select(tool => $"{tool.Name} {tool.Description} {Text(JsonNode.Parse(tool.InputSchema.GetRawText())!)}")));
        var wire = JsonSerializer.SerializeToNode(new ListToolsResult { Tools = tools }, ModelContextProtocol.McpJsonUtilities.DefaultOptions)!;
        var whole = tokenizer.CountTokens(Text(wire));

        TestContext.Current.TestOutputHelper!.WriteLine($"tools: {tools.Count}, name + description + inputSchema: {everyTurn} tokens, tools/list: {whole} tokens");
        Assert.True(everyTurn < 3000, $"{everyTurn} tokens");
        Assert.True(whole < 5500, $"{whole} tokens");
    }

    [Fact]
    public void Description_WhereAnIdPCannot_SaysSoBeforehand()
    {
        var tools = AtFourIdPs();

        Assert.EndsWith("Not at Entra, Google, JumpCloud.", tools.Single(tool => tool.Name == "suspend_user").Description, StringComparison.Ordinal);
        Assert.DoesNotContain("Not at", tools.Single(tool => tool.Name == "find_person").Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("suspend_user", "required", "high", "another_person", 1, 3600)]
    [InlineData("add_to_group", "policy", "low", "none", 0, 3600)]
    [InlineData("reset_mfa", "required", "high", "distinct_groups", 2, 3600)]
    [InlineData("find_person", "never", "none", "none", 0, 0)]
    [InlineData("get_call", "never", "none", "none", 0, 0)]
    public async Task Gate_InMeta_IsThatOfTheSettings(string name, string mode, string risk, string approvers, int quorum, long ttl)
    {
        await using var host = await McpHost.StartAsync(gate: new GateOptions { RaiseApproval = { ["reset_mfa"] = Approvers.Two } });

        var gate = host.Tools.Single(tool => tool.Shown.Name == name).Shown.Meta![ToolTexts.GateKey]!;

        Assert.Equal(
            (mode, risk, approvers, quorum, ttl),
            (gate["mode"]!.GetValue<string>(), gate["risk"]!.GetValue<string>(), gate["approvers"]!.GetValue<string>(), gate["quorum"]!.GetValue<int>(), gate["ttl_seconds"]!.GetValue<long>()));
    }

    [Fact]
    public async Task Verify_ToolOfUnknownName_RefusesToStart()
    {
        await using var host = await McpHost.StartAsync();
        var list = new ToolList([.. host.Tools, new Stranger()], TimeProvider.System, NullLogger<ToolList>.Instance);

        var thrown = Assert.Throws<InvalidOperationException>(() => list.Verify(new McpServerOptions()));

        Assert.Contains("'approve_call' is registered as a tool but stands neither", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ToolOfTheLibraryOrMissingOne_RefusesToStart()
    {
        await using var host = await McpHost.StartAsync();
        var library = new McpServerOptions { ToolCollection = [McpServerTool.Create(() => "", new McpServerToolCreateOptions { Name = "ping" })] };

        Assert.Contains("'ping'", Assert.Throws<InvalidOperationException>(() => List([.. host.Tools]).Verify(library)).Message, StringComparison.Ordinal);
        Assert.Contains("'find_person' is not registered", Assert.Throws<InvalidOperationException>(() => List([.. host.Tools.Skip(1)]).Verify(new McpServerOptions())).Message, StringComparison.Ordinal);
        Assert.Contains("'find_person' is registered twice", Assert.Throws<InvalidOperationException>(() => List([host.Tools[0], .. host.Tools]).Verify(new McpServerOptions())).Message, StringComparison.Ordinal);

        static ToolList List(IMcpTool[] tools) => new(tools, TimeProvider.System, NullLogger<ToolList>.Instance);
    }

    private static List<Tool> AtFourIdPs()
    {
        var support = new ActionSupport(
        [
            new ConnectionFactory(IdpKind.Okta, typeof(OktaConnection), OktaSetup.Create),
            .. new[] { IdpKind.Entra, IdpKind.Google, IdpKind.JumpCloud }.Select(kind => new ConnectionFactory(kind, typeof(IIdpConnection), OktaSetup.Create)),
        ]);
        return
        [
            .. ActionCatalog.All.Select(action => ToolTexts.Of(action, support.CannotAt(action), new GateOptions())),
            new GetCallTool(null!, null!).Shown,
            new CancelCallTool(null!, null!).Shown,
            new ListPlaybooksTool(null!, null!).Shown,
            new RunPlaybookTool(null!, null!, new GateOptions()).Shown,
            new GetRunTool(null!, null!).Shown,
            new SyncStatusTool(null!, null!, TimeProvider.System).Shown,
            new StartProofTool(null!, null!).Shown,
        ];
    }

    private static string Text(JsonNode node) => node.ToJsonString(Compact);

    private static void AssertStrict(JsonNode schema, string at)
    {
        Assert.True(schema is JsonObject, $"{at}: a boolean schema");
        Assert.True(schema["type"] is JsonValue, $"{at}: untyped or a union of types");
        Assert.Null(schema["$ref"]);
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
            AssertStrict(property!, $"{at}.{name}");
        if (schema["items"] is { } items)
            AssertStrict(items, $"{at}[]");
    }

    private sealed class Stranger : IMcpTool
    {
        public Tool Shown { get; } = new() { Name = "approve_call" };

        public Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken) => Task.FromResult(new CallToolResult());
    }
}
