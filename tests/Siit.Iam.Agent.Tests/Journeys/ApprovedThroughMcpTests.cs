using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Mcp;
using Siit.Iam.Agent.Tests.Mcp;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>The main job with a real MCP client, in both eras and through both ways in.</summary>
public sealed class ApprovedThroughMcpTests
{
    public static TheoryData<string, bool> Ways => new()
    {
        { "2025-11-25", false },
        { "2026-07-28", false },
        { "2025-11-25", true },
        { "2026-07-28", true },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SuspendUser_NotExecutedUntilAnotherPersonApproves_ThenSucceeded(string revision, bool bridged)
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        var approver = await host.World.ApproverAsync("dana@acme.example");
        await using var bridge = bridged ? new BridgeProcess(host.Bridge(), readsLines: false) : null;
        await using var client = bridge is null ? await host.ConnectAsync(revision: revision) : await bridge.ConnectAsync(revision);
        Assert.Equal(revision, client.NegotiatedProtocolVersion);
        Assert.Contains("NOT EXECUTED", client.ServerInstructions, StringComparison.Ordinal);

        var found = await client.CallToolAsync("find_person", Arguments(("person", "ben@acme.example")));
        Assert.Equal("active", found.StructuredContent!.Value.GetProperty("accounts")[0].GetProperty("status").GetString());

        var asked = await client.CallToolAsync("suspend_user", Arguments(("person", "ben@acme.example"), ("reason", "left the company"), ("request", "REQ-1")));
        Assert.NotEqual(true, asked.IsError);
        Assert.StartsWith("NOT EXECUTED.", Text(asked), StringComparison.Ordinal);
        Assert.Equal("awaiting_approval", Member(asked, "state"));
        Assert.True(asked.StructuredContent!.Value.GetProperty("expires_at").GetDateTimeOffset() > host.World.Time.GetUtcNow());
        Assert.Empty(host.World.Okta.Ledger.Effects);
        var call = Member(asked, "call");

        var again = await client.CallToolAsync("suspend_user", Arguments(("person", "ben@acme.example"), ("reason", "asked twice"), ("request", "REQ-1")));
        Assert.Equal(call, Member(again, "call"));

        Assert.True((await host.World.DecideAsync(call, approver)).Taken);
        await host.World.EndAsync(call);

        var read = await client.CallToolAsync("get_call", Arguments(("call", call)));
        Assert.Equal("succeeded", Member(read, "state"));
        Assert.NotEqual(true, read.IsError);
        Assert.Equal(1, host.World.Okta.Ledger.Count("user.suspend", host.World.Okta.User("ben@acme.example").Id));
        Assert.Equal(
            bridged ? Doors.McpStdio : Doors.McpHttp,
            host.World.Audit().First(entry => entry.Call == call && entry.Kind == AuditKinds.CallReceived).Actor!.Door);
    }

    [Fact]
    public async Task Call_OfAnotherCaller_CanNeitherBeReadNorCancelled()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await host.CallerAsync("nosy");
        await host.World.ApproverAsync("dana@acme.example");
        await using var client = await host.ConnectAsync();
        await using var nosy = await host.ConnectAsync("nosy");
        var call = Member(await client.CallToolAsync("suspend_user", Arguments(("person", "ben@acme.example"), ("reason", "left"))), "call");

        foreach (var tool in new[] { "get_call", "cancel_call" })
        {
            var answer = await nosy.CallToolAsync(tool, Arguments(("call", call)));
            Assert.True(answer.IsError);
            Assert.Equal("not_found", Member(answer, "code"));
            Assert.DoesNotContain("ben@acme.example", Text(answer), StringComparison.Ordinal);
        }

        Assert.Equal("awaiting_approval", Member(await client.CallToolAsync("get_call", Arguments(("call", call))), "state"));
    }

    [Fact]
    public async Task Call_Cancelled_CanNotBeApprovedAnyMore()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        var approver = await host.World.ApproverAsync("dana@acme.example");
        await using var client = await host.ConnectAsync();
        var call = Member(await client.CallToolAsync("suspend_user", Arguments(("person", "ben@acme.example"), ("reason", "left"))), "call");

        Assert.Equal("cancelled", Member(await client.CallToolAsync("cancel_call", Arguments(("call", call))), "state"));

        Assert.False((await host.World.DecideAsync(call, approver)).Taken);
        Assert.Empty(host.World.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task DryRun_OfAWrite_ChangesNothingAndSaysWhatWouldHappen()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await host.World.ApproverAsync("dana@acme.example");
        await using var client = await host.ConnectAsync();

        var told = await client.CallToolAsync("suspend_user", Arguments(("person", "ben@acme.example"), ("reason", "left"), ("dry_run", true)));

        Assert.StartsWith("NOT EXECUTED. Dry run", Text(told), StringComparison.Ordinal);
        Assert.True(told.StructuredContent!.Value.GetProperty("preview").GetArrayLength() > 0);
        Assert.False(told.StructuredContent!.Value.TryGetProperty("call", out _));
        Assert.Empty(host.World.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Reads_ThatAreLong_ComeInPagesWithACountAndACursor()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var client = await host.ConnectAsync();
        var ids = new List<string>();
        string? cursor = null;

        do
        {
            var page = await client.CallToolAsync("find_group", cursor is null ? Arguments(("limit", 3)) : Arguments(("limit", 3), ("cursor", cursor)));
            var told = page.StructuredContent!.Value;
            Assert.InRange(told.GetProperty("count").GetInt32(), 1, 3);
            ids.AddRange(told.GetProperty("groups").EnumerateArray().Select(group => group.GetProperty("id").GetString()!));
            cursor = told.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);

        Assert.True(ids.Count > 3);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public async Task Caller_WithoutTheRight_IsRefusedWithTheRuleAndWhoCanChangeIt()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync("reader", actions: ["read"]);
        await using var client = await host.ConnectAsync("reader");

        var answer = await client.CallToolAsync("suspend_user", Arguments(("person", "ben@acme.example"), ("reason", "left")));

        Assert.True(answer.IsError);
        Assert.Equal("refused", Member(answer, "state"));
        Assert.Contains("olga@acme.example", Text(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tool_ThatDecides_DoesNotExist()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var client = await host.ConnectAsync();

        var thrown = await Assert.ThrowsAsync<McpProtocolException>(async () => await client.CallToolAsync("approve_call", Arguments(("call", "call_x"))));

        Assert.Equal(McpErrorCode.InvalidParams, thrown.ErrorCode);
        Assert.DoesNotContain(await client.ListToolsAsync(), tool => tool.Name.Contains("approv", StringComparison.Ordinal) || tool.Name.Contains("deny", StringComparison.Ordinal));
    }

    private static Dictionary<string, object?> Arguments(params (string Name, object Value)[] arguments) =>
        arguments.ToDictionary(argument => argument.Name, argument => (object?)argument.Value);

    private static string Member(CallToolResult result, string name) => result.StructuredContent!.Value.GetProperty(name).GetString()!;

    private static string Text(CallToolResult result) => ((TextContentBlock)result.Content[0]).Text;
}
