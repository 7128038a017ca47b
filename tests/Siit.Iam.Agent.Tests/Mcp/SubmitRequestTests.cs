using System.Text.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Requests;

namespace Siit.Iam.Agent.Tests.Mcp;

public sealed class SubmitRequestTests
{
    [Fact]
    public async Task Form_IsCheckedAtOnceAndStartsItsPlaybook_Once()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await host.World.ApproverAsync("dana@acme.example");
        await using var client = await host.ConnectAsync();
        var listed = await client.CallToolAsync("list_playbooks");
        var playbook = listed.StructuredContent!.Value.GetProperty("playbooks").EnumerateArray().Single(known => known.GetProperty("id").GetString() == "app-access-request");
        Assert.Equal(["application", "connection", "days", "reason"], playbook.GetProperty("forms").GetProperty("app-access").EnumerateArray().Select(field => field.GetString()));

        var wrong = await SubmitAsync(client, new { form = "app-access", fields = new { days = 900, colour = "red" }, requester = "ben@acme.example" });
        Assert.Equal("invalid_input", Member(wrong, "code"));
        foreach (var problem in new[] { "'application' is missing.", "'days' must be at most 365.", "'colour' is not a field", "'reason' is missing." })
            Assert.Contains(problem, Member(wrong, "message"), StringComparison.Ordinal);

        var wish = new { form = "app-access", fields = new { application = "Nothing such", days = 7, reason = "design" }, requester = "ben@acme.example", idempotency_key = "k1" };
        var (once, again) = (await SubmitAsync(client, wish), await SubmitAsync(client, wish));

        Assert.Equal(("open", "open"), (Member(once, "state"), Member(again, "state")));
        Assert.Equal(Member(once, "request"), Member(again, "request"));
        var started = Assert.Single(once.StructuredContent!.Value.GetProperty("started").EnumerateArray());
        Assert.Equal("app-access-request 1.0.0", started.GetProperty("playbook").GetString());
        Assert.Equal(started.GetProperty("run").GetString(), Assert.Single(again.StructuredContent!.Value.GetProperty("started").EnumerateArray()).GetProperty("run").GetString());
        var other = await SubmitAsync(client, new { text = "Something else", requester = "ben@acme.example", idempotency_key = "k1" });
        Assert.Equal("key_reused", Member(other, "code"));

        var timeline = await host.World.Get<RequestDesk>().TimelineAsync(Member(once, "request"), CancellationToken.None);
        Assert.Equal(["submitted", "run"], timeline.Select(entry => entry.What).Take(2));
        Assert.Contains("(handed in by agent; the requester is claimed)", timeline[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requester_IsLimitedByWhomTheCallerActsFor_OrProvedByItsCredential()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync("few", actsFor: ["ana@acme.example"]);
        await host.CallerAsync("own", person: "mia@acme.example", actsFor: []);
        await using var few = await host.ConnectAsync("few");
        await using var own = await host.ConnectAsync("own");

        Assert.Equal("requester_not_allowed", Member(await SubmitAsync(few, new { text = "help", requester = "ben@acme.example" }), "code"));
        Assert.Equal("invalid_input", Member(await SubmitAsync(few, new { text = "help" }), "code"));
        Assert.Equal("open", Member(await SubmitAsync(few, new { text = "help", requester = "ana@acme.example" }), "state"));
        // Whatever it claims: its credential says whose tool it is.
        var proved = await SubmitAsync(own, new { text = "help", requester = "ben@acme.example" });

        var request = (await host.World.Get<RequestDesk>().GetAsync(Member(proved, "request"), CancellationToken.None))!;
        Assert.Equal(("mia@acme.example", true), (request.Requester, request.Origin!.Proved));
        Assert.Equal("invalid_input", Member(await SubmitAsync(own, new { text = " " }), "code"));
    }

    private static Task<CallToolResult> SubmitAsync(McpClient client, object wish) =>
        client.CallToolAsync("submit_request", JsonSerializer.SerializeToElement(wish).EnumerateObject().ToDictionary(field => field.Name, field => (object?)field.Value)).AsTask();

    private static string Member(CallToolResult result, string name) => result.StructuredContent!.Value.GetProperty(name).GetString()!;
}
