using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Siit.Iam.Agent.Tests.Mcp;

public sealed class PromptListTests
{
    [Fact]
    public async Task Prompts_OfPlaybooks_AreListedAndAskForOneCall()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await using var client = await host.ConnectAsync();

        var prompts = await client.ListPromptsAsync();
        Assert.Equal(["request_app_access", "contain_account", "request_group_membership"], prompts.Select(prompt => prompt.Name));
        var prompt = prompts.First(found => found.Name == "request_group_membership");
        Assert.Contains(prompt.ProtocolPrompt.Arguments!, argument => argument is { Name: "group", Required: true });

        var got = await prompt.GetAsync(
            new Dictionary<string, object?> { ["person"] = "ben@acme.example", ["group"] = "HR", ["days"] = "7", ["reason"] = "x" });
        var text = ((TextContentBlock)Assert.Single(got.Messages).Content).Text;
        Assert.Contains("""{"playbook":"group-membership-request","inputs":{"person":"ben@acme.example","group":"HR","days":7,"reason":"x"}}""", text, StringComparison.Ordinal);

        var wrong = await Assert.ThrowsAsync<McpProtocolException>(() => prompt.GetAsync(
            new Dictionary<string, object?> { ["person"] = "ben", ["days"] = "700", ["grop"] = "HR" }).AsTask());
        Assert.Contains("'grop' is not an argument", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("'days' must be at most 90", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("'reason' is missing", wrong.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<McpProtocolException>(() => client.GetPromptAsync("no_such").AsTask());
    }
}
