using System.Collections.Concurrent;
using System.Text.Json;

namespace Siit.Iam.Agent.Mcp;

/// <summary>
/// <c>siit-iam mcp</c>: MCP on standard input and output for clients that start their servers, carried to the one that runs. It
/// holds no secret but its caller's token, opens no store and speaks to no IdP. Kept free of the MCP library and of hosting,
/// because a client waits for it to start.
/// </summary>
internal sealed class Bridge : IDisposable
{
    /// <summary>For answers that are on their way when the client closes its end; then what is left is withdrawn.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, CancellationTokenSource> _requests = new();
    private readonly ConcurrentDictionary<Task, bool> _underWay = new();
    private readonly CancellationTokenSource _end = new();
    private readonly BridgeSettings _settings;
    private readonly BridgeHttp _http;
    private readonly BridgeOutput _output;
    private volatile string? _negotiated;

    private Bridge(BridgeSettings settings, Stream stdout) => (_settings, _http, _output) = (settings, new BridgeHttp(settings), new BridgeOutput(stdout));

    /// <summary>Runs until standard input ends. Only what this bridge asked for ends with it.</summary>
    /// <returns>The exit code: 0, also after trouble with the server, which every request is told.</returns>
    public static async Task<int> RunAsync(BridgeSettings settings, Stream stdin, Stream stdout, CancellationToken cancellationToken)
    {
        var bridge = new Bridge(settings, stdout);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, bridge._end.Token);
        try
        {
            await foreach (var line in BridgeLines.ReadAsync(stdin, ended.Token))
                await bridge.TakeAsync(line);
        }
        catch (Exception closed) when (closed is OperationCanceledException or IOException or ClientGoneException)
        {
            // The client has gone, or somebody stops this process.
        }

        await bridge.EndAsync();
        bridge.Dispose();
        return 0;
    }

    public void Dispose()
    {
        _http.Dispose();
        _output.Dispose();
        _end.Dispose();
    }

    private async Task TakeAsync(byte[]? line)
    {
        try
        {
            if (line is null)
                throw new InvalidDataException($"A message of more than {BridgeLines.Longest} bytes is not read.");
            await TakeAsync(BridgeMessage.Read(line));
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            await _output.WriteErrorAsync(null, JsonRpcErrors.ParseError, "The line is not valid JSON.");
        }
        catch (InvalidDataException wrong)
        {
            await _output.WriteErrorAsync(null, JsonRpcErrors.InvalidRequest, wrong.Message);
        }
    }

    private async Task TakeAsync(BridgeMessage message)
    {
        if (message.Cancels is { } id)
        {
            // For a server without sessions a request is cancelled by hanging up.
            if (_requests.TryGetValue(id, out var cancelled))
                await cancelled.CancelAsync();
            return;
        }

        // The server asks its clients nothing, so an answer has nowhere to go.
        if (message.Method is null && message.Id is not null)
            return;
        if (_settings.Problem is { } problem)
        {
            if (message.Id is not null)
                await _output.WriteErrorAsync(message.Id, JsonRpcErrors.Refused, problem);
            return;
        }

        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        if (message.Id is { } own && !_requests.TryAdd(own, cancellation))
        {
            cancellation.Dispose();
            await _output.WriteErrorAsync(own, JsonRpcErrors.InvalidRequest, "Another request with this id is still under way.");
            return;
        }

        var forwarded = ForwardAsync(message, cancellation);
        _underWay[forwarded] = true;
        _ = forwarded.ContinueWith(done => _underWay.TryRemove(done, out _), TaskScheduler.Default);
    }

    private async Task ForwardAsync(BridgeMessage message, CancellationTokenSource cancellation)
    {
        await Task.Yield();
        try
        {
            using var response = await _http.SendAsync(message, _negotiated, cancellation.Token);
            var answered = await new BridgeAnswers(message, _settings, _output, Negotiated).RelayAsync(response, cancellation.Token);
            if (!answered && message.Id is not null)
                await _output.WriteErrorAsync(message.Id, JsonRpcErrors.InternalError, BridgeSentences.Lost);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Whoever cancels a request waits for no answer.
        }
        catch (ClientGoneException)
        {
            await _end.CancelAsync();
        }
        catch (Exception trouble)
        {
            await TellAsync(message, trouble);
        }
        finally
        {
            if (message.Id is { } id)
                _requests.TryRemove(id, out _);
            cancellation.Dispose();
        }
    }

    private void Negotiated(string version) => _negotiated = version;

    private async Task TellAsync(BridgeMessage message, Exception trouble)
    {
        var unreached = trouble is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } or ArgumentException;
        try
        {
            if (message.Id is not null)
                await _output.WriteErrorAsync(message.Id, JsonRpcErrors.InternalError, unreached ? BridgeSentences.NotRunning(_settings) : BridgeSentences.Lost);
        }
        catch (ClientGoneException)
        {
            await _end.CancelAsync();
        }
    }

    private async Task EndAsync()
    {
        var rest = Task.WhenAll(_underWay.Keys);
        await Task.WhenAny(rest, Task.Delay(Grace));
        await _end.CancelAsync();
        await Task.WhenAny(rest, Task.Delay(Grace / 2));
    }
}
