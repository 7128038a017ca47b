using System.Net;
using System.Net.Sockets;
using Siit.Iam.Agent.Mcp;

namespace Siit.Iam.Agent.Tests.Mcp;

public sealed class HostGuardTests
{
    public static TheoryData<string, string?, string?, HttpStatusCode> Requests => new()
    {
        { "as it is", null, null, HttpStatusCode.OK },
        { "by name", "localhost", null, HttpStatusCode.OK },
        { "by its v6 address", "[::1]:7100", null, HttpStatusCode.OK },
        { "a name that was made to point here", "evil.example", null, HttpStatusCode.Forbidden },
        { "a name that begins like ours", "localhost.evil.example", null, HttpStatusCode.Forbidden },
        { "the sockets' name over TCP", HostGuard.SocketHost, null, HttpStatusCode.Forbidden },
        { "from a page of this machine", null, "http://localhost:6274", HttpStatusCode.OK },
        { "from a foreign page", null, "https://evil.example", HttpStatusCode.Forbidden },
        { "from a page without origin", null, "null", HttpStatusCode.Forbidden },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_OfAHostAndAPage_PassesOnlyWhenBothAreOurs(string story, string? hostName, string? origin, HttpStatusCode expected)
    {
        await using var host = await McpHost.StartAsync();
        await host.CallerAsync();

        using var client = new HttpClient();
        using var other = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Endpoint, "/other"));
        using var response = await client.SendAsync(Changed(other));
        using var mcp = await host.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", request => Changed(request));

        Assert.Equal((story, expected), (story, response.StatusCode));
        Assert.Equal((story, expected), (story, mcp.StatusCode));

        HttpRequestMessage Changed(HttpRequestMessage request)
        {
            request.Headers.Host = hostName;
            if (origin is not null)
                request.Headers.Add("Origin", origin);
            return request;
        }
    }

    [Fact]
    public async Task AllowedHosts_OfTheSettings_ReplaceTheLoopbackNames()
    {
        await using var host = await McpHost.StartAsync(new McpOptions { AllowedHosts = ["iam.acme.example"] });
        await host.CallerAsync();
        const string list = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";

        using var ours = await host.PostAsync(list, request => request.Headers.Host = "IAM.acme.example:443");
        using var loopback = await host.PostAsync(list);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (ours.StatusCode, loopback.StatusCode));
    }

    [Theory]
    [InlineData(HostGuard.SocketHost, null, HttpStatusCode.OK)]
    [InlineData("localhost", null, HttpStatusCode.Forbidden)]
    [InlineData(HostGuard.SocketHost, "http://localhost", HttpStatusCode.Forbidden)]
    public async Task Socket_HasAHostNameOfItsOwn_AndNoPages(string hostName, string? origin, HttpStatusCode expected)
    {
        await using var host = await McpHost.StartAsync();
        using var client = OverSocket(host.Socket);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{hostName}/other");
        if (origin is not null)
            request.Headers.Add("Origin", origin);

        using var response = await client.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
    }

    internal static HttpClient OverSocket(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
