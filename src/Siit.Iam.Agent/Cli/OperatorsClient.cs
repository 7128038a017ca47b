using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Cli;

/// <summary>The verbs' side of the operators' door: one request, one JSON answer.</summary>
internal sealed class OperatorsClient(DataFolder data)
{
    public Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, null, cancellationToken);

    public Task<JsonNode> PostAsync(string path, JsonObject body, CancellationToken cancellationToken, string? bearer = null) =>
        SendAsync(HttpMethod.Post, path, body, bearer, cancellationToken);

    /// <summary>A path and its query, with what was typed escaped.</summary>
    public static string Path(string path, params IEnumerable<(string Name, string? Value)> query)
    {
        var given = query.Where(parameter => parameter.Value is not null).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}");
        return string.Join('?', [path, .. given.Any() ? [string.Join('&', given)] : Array.Empty<string>()]);
    }

    /// <summary>Speaks to the server of this folder, whatever the host in the address.</summary>
    internal static SocketsHttpHandler Handler(DataFolder data) => new()
    {
        ConnectCallback = (_, cancellationToken) => ConnectAsync(data, cancellationToken),
        UseProxy = false,
        UseCookies = false,
    };

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonObject? body, string? bearer, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(Handler(data));
        // An effect is brought to its end, with all the waits that an IdP asks for.
        http.Timeout = TimeSpan.FromMinutes(10);
        using var request = new HttpRequestMessage(method, $"http://operators{path}");
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(WireJson.Options), Encoding.UTF8, "application/json");
        if (bearer is not null)
            request.Headers.Add("Authorization", $"Bearer {bearer}");
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            return Answer(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied })
        {
            throw new CliException(ExitCodes.Refused, "not_the_operator", $"You may not speak to the server at {data}: only its own user and root may. Use sudo -u.");
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException or PlatformNotSupportedException or ArgumentException)
        {
            throw new CliException(ExitCodes.NoServer, "no_server", $"No server runs at {data}. Start it: siit-iam serve --data {data}");
        }
        catch (TaskCanceledException e) when (e.InnerException is TimeoutException)
        {
            throw new CliException(ExitCodes.Refused, "no_answer", "The server did not answer in time. What was asked for may go on: look with siit-iam calls list.");
        }
        catch (HttpRequestException)
        {
            throw new CliException(ExitCodes.Refused, "no_answer", "The server closed the connection without an answer: either you are not its user, or it was stopped. Look into its log.");
        }
    }

    private static JsonNode Answer(bool success, string text)
    {
        JsonNode? answer = null;
        try
        {
            answer = JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            // Not from our server; told below.
        }

        if (success && answer is not null)
            return answer;
        throw answer?["error"] is JsonObject error
            ? new CliException(ExitCodes.Refused, error["code"]!.GetValue<string>(), error["message"]!.GetValue<string>())
            : new CliException(ExitCodes.Refused, "no_answer", "The server gave no usable answer. Is it of the same version as this program?");
    }

    private static async ValueTask<Stream> ConnectAsync(DataFolder data, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(data.OperatorsSocket), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
