using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.ToolServers;

/// <summary>The way to one server: made when it is first needed, made anew after it broke.</summary>
internal sealed class ToolConnection(ToolServerOptions options) : IAsyncDisposable
{
    private const int LongestMessage = 4 * 1024 * 1024;
    private const int MostPages = 50;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private McpClient? _client;
    private IDisposable? _under;

    /// <inheritdoc cref="IToolServers.DefinitionAsync"/>
    public async Task<ToolDefinition> DefinitionAsync(string name, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await WithinAsync(async stop => Definition(name, await ToolAsync(await ClientAsync(stop), name, stop)), cancellationToken);
            }
            catch (Exception broken) when (broken is not (ToolServerException or OperationCanceledException))
            {
                await DropAsync();
                // A server that was started anew does not know the old connection.
                if (attempt > 0)
                    throw Down(broken);
            }
            catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
            {
                await DropAsync();
                throw Down(late);
            }
        }
    }

    /// <inheritdoc cref="IToolServers.CallAsync"/>
    public async Task<ToolAnswer> CallAsync(ToolRequest request, CancellationToken cancellationToken)
    {
        McpClient client;
        try
        {
            client = await WithinAsync(ClientAsync, cancellationToken);
        }
        catch (Exception broken) when (broken is not ToolServerException && !cancellationToken.IsCancellationRequested)
        {
            throw Down(broken);
        }

        try
        {
            var asked = new CallToolRequestParams
            {
                Name = ToolName.ToolOf(request.Tool.Name),
                Arguments = request.Arguments.ToDictionary(argument => argument.Key, argument => JsonSerializer.SerializeToElement(argument.Value)),
                Meta = new JsonObject { ["siit-iam/key"] = request.Key },
            };
            return Answer(request.Tool, await WithinAsync(async stop => await client.CallToolAsync(asked, stop), cancellationToken));
        }
        catch (McpProtocolException refused) when (refused.ErrorCode is McpErrorCode.InvalidParams or McpErrorCode.MethodNotFound or McpErrorCode.InvalidRequest)
        {
            throw new ToolServerException("tool_refused_call", $"{request.Tool.Name} was not called: its server does not take the call.", inner: refused);
        }
        catch (HttpRequestException refused) when (refused.StatusCode is { } status && (int)status is >= 400 and < 500)
        {
            throw new ToolServerException("tool_server_refuses", $"{request.Tool.Name} was not called: its server answers HTTP {(int)status}. See toolServers:{options.Name}:token.", inner: refused);
        }
        catch (Exception broken) when (!cancellationToken.IsCancellationRequested)
        {
            // The connection is left to others whose calls are under way; whoever asks next finds out whether it still stands.
            throw new ToolServerException("unknown_outcome", $"{request.Tool.Name} was sent, and its server has not answered in a way that can be read.", mayHaveHappened: true, broken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        _turn.Dispose();
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Timeout);
        return await work(limit.Token).WaitAsync(limit.Token);
    }

    private async Task<McpClient> ClientAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_client is not null)
                return _client;
            var (transport, under) = Transport();
            _under = under;
            // No capability is offered: a server can ask nothing of us, no sampling, no question, no root.
            // Waited for no longer than that, whatever it does: others want their turn.
            return _client = await McpClient.CreateAsync(
                transport, new McpClientOptions { ClientInfo = new Implementation { Name = "siit-iam", Version = "1" }, InitializationTimeout = options.Timeout }, cancellationToken: cancellationToken).WaitAsync(cancellationToken);
        }
        catch
        {
            _under?.Dispose();
            _under = null;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private (IClientTransport, IDisposable) Transport()
    {
        if (options.Url is not { } url)
        {
            var process = ToolProcess.Start(options);
            return (new StreamClientTransport(process.Input, new BoundedStream(process.Output, LongestMessage)), process);
        }

        var headers = new Dictionary<string, string>();
        if (options.Token is { } source)
        {
            var token = source.Read()?.Reveal() ?? throw new ToolServerException("tool_server_no_token", $"The token of the tool server '{options.Name}' cannot be read from {source} (toolServers:{options.Name}:token).");
            headers[options.Header] = options.Header == ToolServerOptions.AuthorizationHeader ? $"Bearer {token}" : token;
        }

        var http = ToolHttp.Create(LongestMessage);
        var settings = new HttpClientTransportOptions
        {
            Endpoint = url,
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = headers,
            ConnectionTimeout = options.Timeout,
            EnableStandaloneGetStream = false,
            MaxReconnectionAttempts = 0,
        };
        return (new HttpClientTransport(settings, http, loggerFactory: null, ownsHttpClient: false), http);
    }

    private async Task DropAsync()
    {
        await _turn.WaitAsync();
        try
        {
            var (client, under) = (_client, _under);
            (_client, _under) = (null, null);
            // First what it stands on: a server that hangs does not say goodbye.
            under?.Dispose();
            if (client is not null)
                await client.DisposeAsync();
        }
        catch (Exception)
        {
            // It was broken; it is dropped all the same.
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<Tool> ToolAsync(McpClient client, string name, CancellationToken cancellationToken)
    {
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var listed = await client.ListToolsAsync(new ListToolsRequestParams { Cursor = cursor }, cancellationToken);
            var found = listed.Tools.Where(tool => tool.Name == ToolName.ToolOf(name)).ToList();
            if (found.Count > 1)
                throw new ToolServerException("tool_ambiguous", $"The tool server '{options.Name}' has two tools of the name {ToolName.ToolOf(name)}.");
            if (found is [var one])
                return one;
            if ((cursor = listed.NextCursor) is null)
                break;
        }

        throw new ToolServerException("tool_gone", $"The tool server '{options.Name}' has no tool '{ToolName.ToolOf(name)}'. Mend toolServers:{options.Name}:tools.");
    }

    private static ToolDefinition Definition(string name, Tool tool)
    {
        var definition = new ToolDefinition
        {
            Title = tool.Title,
            Description = tool.Description,
            InputSchema = Object(tool.InputSchema) ?? [],
            OutputSchema = tool.OutputSchema is { } output ? Object(output) : null,
            Annotations = tool.Annotations is { } annotations ? JsonSerializer.SerializeToNode(annotations, McpJsonUtilities.DefaultOptions) as JsonObject : null,
        };
        try
        {
            _ = definition.Digest(name);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or FormatException or InvalidOperationException or JsonException)
        {
            throw new ToolServerException("tool_unreadable", $"The definition of {name} cannot be read: it has no canonical form.", inner: unreadable);
        }

        return definition.ToJson().ToJsonString().Length <= ToolDefinition.Longest
            ? definition
            : throw new ToolServerException("tool_unreadable", $"The definition of {name} is longer than {ToolDefinition.Longest} characters; nobody could look at it.");
    }

    private ToolAnswer Answer(LockedTool tool, CallToolResult result)
    {
        var whole = string.Join('\n', result.Content.Select(block => block is TextContentBlock text ? text.Text : $"({block.Type} is left out)"));
        var cut = whole.Length > options.MaxAnswer;
        var text = Scrubbed(cut ? whole[..(char.IsHighSurrogate(whole[options.MaxAnswer - 1]) ? options.MaxAnswer - 1 : options.MaxAnswer)] + $"\n(cut: {whole.Length - options.MaxAnswer} more characters)" : whole);
        if (tool.Result is not { } shape || result.IsError == true)
            return new ToolAnswer(text, null, result.IsError == true, cut);
        var said = result.StructuredContent is { } structured ? Object(structured) : null;
        var data = said is null || said.ToJsonString().Length > options.MaxAnswer ? null : shape.Known(said);
        return new ToolAnswer(text, data is null ? null : JsonNode.Parse(Scrubbed(data.ToJsonString()))!.AsObject(), false, cut, Unfit: data is null);
    }

    /// <summary>A server that says back what it was given as a secret does not get it into a journal that way.</summary>
    private string Scrubbed(string text)
    {
        var secrets = options.Env.Select(Environment.GetEnvironmentVariable).Append(options.Token?.Read()?.Reveal()).OfType<string>().Where(secret => secret.Length >= 8);
        text = secrets.Aggregate(text, (clean, secret) => clean.Replace(secret, "***", StringComparison.Ordinal));
        return ToolText.IsWhole(text) ? text : HiddenText.Shown(text, text.Length * 2);
    }

    private static JsonObject? Object(JsonElement element) => element.ValueKind == JsonValueKind.Object ? JsonNode.Parse(element.GetRawText()) as JsonObject : null;

    private ToolServerException Down(Exception inner) => inner as ToolServerException ?? new ToolServerException(
        "tool_server_down", $"The tool server '{options.Name}' ({options.Url?.ToString() ?? options.Command}) cannot be reached, or does not answer within {options.Timeout.TotalSeconds:0} s. Nothing was called.", inner: inner);
}
