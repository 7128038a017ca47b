using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Mcp;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Mcp;

public sealed class CallerSignInTests
{
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";
    private const string Find = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find_person","arguments":{"person":"ana@acme.example"}}}""";

    public static TheoryData<string, string?, string> Unknown => new()
    {
        { "no header", null, "Bearer realm=\"siit-iam\"" },
        { "another scheme", "Basic YWdlbnQ6YWdlbnQtdG9rZW4=", "Bearer realm=\"siit-iam\"" },
        { "empty", "Bearer ", "Bearer realm=\"siit-iam\"" },
        { "without scheme", "siit_agent-token", "Bearer realm=\"siit-iam\"" },
        { "wrong", "Bearer siit_agent-tokem", "Bearer realm=\"siit-iam\", error=\"invalid_token\"" },
        { "the caller's id", "Bearer agent", "Bearer realm=\"siit-iam\", error=\"invalid_token\"" },
        { "removed", "Bearer siit_gone-token", "Bearer realm=\"siit-iam\", error=\"invalid_token\"" },
        { "two at once", "Bearer siit_agent-token, Bearer siit_agent-token", "Bearer realm=\"siit-iam\", error=\"invalid_token\"" },
        { "very long", "Bearer " + new string('x', 4000), "Bearer realm=\"siit-iam\"" },
    };

    [Theory]
    [MemberData(nameof(Unknown))]
    public async Task Request_WithoutATokenThatOpens_IsChallenged(string story, string? header, string challenge)
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await host.CallerAsync("gone", removed: true);

        using var response = await host.PostAsync(List, request =>
        {
            if (header is not null)
                request.Headers.TryAddWithoutValidation("Authorization", header);
        }, caller: null);

        Assert.Equal((story, HttpStatusCode.Unauthorized, challenge), (story, response.StatusCode, response.Headers.WwwAuthenticate.ToString()));
        Assert.Contains("siit-iam callers add", (await McpHost.MessageAsync(response))["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithAStoreThatHasFailed_IsToldSo()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        await host.World.Get<LiteDbStore>().DisposeAsync();

        using var response = await host.PostAsync(List);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("restart the server", (await McpHost.MessageAsync(response))["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caller_RemovedBetweenTwoRequests_IsOutAtOnce()
    {
        await using var host = await McpHost.StartAsync();
        var caller = await host.CallerAsync();
        using var before = await host.PostAsync(List);

        Assert.True((await host.World.Store.CommitAsync([Change.Save(caller with { Version = 1, RemovedAt = host.World.Time.GetUtcNow() })])).Done);
        using var after = await host.PostAsync(List);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (before.StatusCode, after.StatusCode));
    }

    [Fact]
    public async Task Token_InTheAddress_OpensNothing_AndNoTokenIsLogged()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();

        using var inAddress = await host.PostAsync(List, request => request.RequestUri = new Uri(host.Endpoint, "/mcp?access_token=other-token"), caller: null);
        using var called = await host.PostAsync(Find);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (inAddress.StatusCode, called.StatusCode));
        Assert.NotEmpty(host.Logged);
        Assert.DoesNotContain(host.Logged, line => line.Contains("siit_agent-token", StringComparison.Ordinal));
        Assert.DoesNotContain("siit_agent-token", await File.ReadAllTextAsync(host.World.AuditFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Door_SaidOverTcp_IsNotBelieved_OverTheCallersSocketItIs()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        using var tcp = await host.PostAsync(Find, request => request.Headers.Add(McpExchange.DoorHeader, Doors.McpStdio));
        using var overSocket = HostGuardTests.OverSocket(host.Socket);

        using var bridged = await overSocket.SendAsync(Request(Doors.McpStdio));
        using var plain = await overSocket.SendAsync(Request(null));
        using var odd = await overSocket.SendAsync(Request(Doors.CommandLine));

        Assert.Equal(
            [Doors.McpHttp, Doors.McpStdio, Doors.McpHttp, Doors.McpHttp],
            host.World.Audit().Where(entry => entry.Kind == AuditKinds.CallReceived).Select(entry => entry.Actor!.Door));
    }

    [Fact]
    public async Task OperatorsSocket_HasNoDoorForAgents()
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();
        using var client = HostGuardTests.OverSocket(host.World.Get<DataFolder>().OperatorsSocket);

        using var response = await client.SendAsync(Request(null));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static HttpRequestMessage Request(string? door)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"http://{HostGuard.SocketHost}/mcp") { Content = new StringContent(Find, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "siit_agent-token");
        if (door is not null)
            request.Headers.Add(McpExchange.DoorHeader, door);
        return request;
    }
}
