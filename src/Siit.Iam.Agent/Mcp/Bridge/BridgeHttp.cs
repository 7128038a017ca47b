using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Mcp;

/// <summary>The way from a bridge to the server.</summary>
internal sealed class BridgeHttp : IDisposable
{
    private readonly HttpClient _client;
    private readonly BridgeSettings _settings;
    private readonly Uri _endpoint;

    public BridgeHttp(BridgeSettings settings)
    {
        _settings = settings;
        _endpoint = settings.Address ?? new Uri($"http://{HostGuard.SocketHost}{McpSetup.Path}");
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = settings.Address is { IsLoopback: false },
            ConnectTimeout = TimeSpan.FromSeconds(10),
            ActivityHeadersPropagator = null,
        };
        if (settings.Address is null)
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(settings.Socket, cancellationToken);
        // A call may wait for its turn as long as it takes: its client decides when it has waited enough.
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends a message and answers as soon as the head of the answer is there.</summary>
    /// <param name="negotiated">The revision that <c>initialize</c> agreed on, for messages that declare none.</param>
    public async Task<HttpResponseMessage> SendAsync(BridgeMessage message, string? negotiated, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _endpoint) { Content = new ByteArrayContent(message.Line) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _settings.Token);
        request.Headers.Add(McpExchange.DoorHeader, Doors.McpStdio);
        if ((message.Version ?? (message.Method == "initialize" ? null : negotiated)) is { } version)
            request.Headers.Add("MCP-Protocol-Version", Encoded(version));
        if (message is { Version: not null, Method: { } method })
        {
            request.Headers.Add("Mcp-Method", Encoded(method));
            if (message.Name is { } name)
                request.Headers.Add("Mcp-Name", Encoded(name));
        }

        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>What no header may hold goes as base64 (SEP-2243), so a name cannot smuggle a header in.</summary>
    private static string Encoded(string value) => value.All(c => c is > ' ' and <= '~') && !value.StartsWith("=?", StringComparison.Ordinal)
        ? value
        : $"=?base64?{Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}?=";

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
