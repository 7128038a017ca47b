using System.Text.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Tests.Mcp;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>A playbook from the first question to its end, by an agent that has only the tools.</summary>
public sealed class PlaybookThroughMcpTests
{
    [Fact]
    public async Task ResetMfa_Playbook_WaitsForAnotherPersonAndThenSucceeds()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await host.CallerAsync("nosy");
        var approver = await host.World.ApproverAsync("dana@acme.example");
        await using var client = await host.ConnectAsync();

        var listed = await client.CallToolAsync("list_playbooks");
        var playbook = Assert.Single(listed.StructuredContent!.Value.GetProperty("playbooks").EnumerateArray(), known => known.GetProperty("id").GetString() == "reset-mfa");
        var required = playbook.GetProperty("inputs").EnumerateArray().Where(input => input.GetProperty("required").GetBoolean()).ToList();
        Assert.Equal(["person", "connection", "because"], required.Select(input => input.GetProperty("name").GetString()));
        var inputs = new Dictionary<string, object?> { ["person"] = "ana@acme.example", ["connection"] = "okta", ["because"] = "lost phone" };
        var started = await client.CallToolAsync("run_playbook", new Dictionary<string, object?> { ["playbook"] = "reset-mfa", ["inputs"] = inputs, ["requester"] = "rita@acme.example" });
        Assert.Equal("waiting", Member(started, "state"));
        Assert.Empty(host.World.Okta.Ledger.Effects);
        var run = Member(started, "run");

        await using var nosy = await host.ConnectAsync("nosy");
        Assert.Equal("not_found", Member(await nosy.CallToolAsync("get_run", Run(run)), "code"));

        var ended = await Eventually.Is(
            async () =>
            {
                var answer = await client.CallToolAsync("get_run", Run(run));
                if (answer.StructuredContent!.Value.TryGetProperty("waits_for", out var call) && (await host.World.Calls.FindAsync(call.GetString()!, CancellationToken.None))?.Approval is { CompleteAt: null })
                    await host.World.DecideAsync(call.GetString()!, approver);
                return answer;
            },
            answer => Member(answer, "state") is not ("waiting" or "running"));

        Assert.Equal("succeeded", Member(ended, "state"));
        Assert.NotEmpty(ended.StructuredContent!.Value.GetProperty("steps").EnumerateArray());
        Assert.NotEmpty(host.World.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task RehearsePlaybook_TellsWhatWouldChange_AndChangesNothing()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await host.World.ApproverAsync("dana@acme.example");
        await using var client = await host.ConnectAsync();
        var inputs = new Dictionary<string, object?> { ["person"] = "ana@acme.example", ["connection"] = "okta", ["because"] = "lost phone" };

        var one = await client.CallToolAsync("rehearse_playbook", new Dictionary<string, object?> { ["playbook"] = "reset-mfa", ["inputs"] = inputs });
        var all = await client.CallToolAsync("rehearse_playbook", new Dictionary<string, object?> { ["playbook"] = "reset-mfa", ["inputs"] = inputs, ["branches"] = true });
        var unknown = await client.CallToolAsync("rehearse_playbook", new Dictionary<string, object?> { ["playbook"] = "erase-everything" });

        Assert.Equal("succeeded", Member(one, "state"));
        Assert.StartsWith("REHEARSED, nothing was changed.", Member(one, "message"), StringComparison.Ordinal);
        Assert.Contains(one.StructuredContent!.Value.GetProperty("cannot_be_undone").EnumerateArray(), line => line.GetString() == "! ana@acme.example okta: Reset MFA (cannot be undone)");
        Assert.Equal("1 of 1 people, 2 of 2 writes", Member(one, "headroom"));
        Assert.Equal(3, all.StructuredContent!.Value.GetProperty("ends").GetArrayLength());
        Assert.Equal((true, "unknown_playbook"), (unknown.IsError, Member(unknown, "code")));
        Assert.Empty(host.World.Okta.Ledger.Effects);
        Assert.Empty(await host.World.Store.ListAsync<Siit.Iam.Agent.Gate.CallRecord>());
    }

    [Fact]
    public async Task RunPlaybook_ThatCannotStart_SaysWhyAsAResult()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var client = await host.ConnectAsync();

        var unknown = await client.CallToolAsync("run_playbook", new Dictionary<string, object?> { ["playbook"] = "erase-everything" });
        var wrong = await client.CallToolAsync("run_playbook", new Dictionary<string, object?> { ["playbook"] = "reset-mfa", ["inputs"] = "ana" });

        Assert.Equal((true, "unknown_playbook"), (unknown.IsError, Member(unknown, "code")));
        Assert.Equal((true, "invalid_input"), (wrong.IsError, Member(wrong, "code")));
    }

    private static Dictionary<string, object?> Run(string id) => new() { ["run"] = id };

    private static string Member(CallToolResult result, string name) => result.StructuredContent!.Value.GetProperty(name).GetString()!;
}
