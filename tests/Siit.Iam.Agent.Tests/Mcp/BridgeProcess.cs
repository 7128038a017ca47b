using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Mcp;

namespace Siit.Iam.Agent.Tests.Mcp;

/// <summary>A bridge between two pipes, as a client would start it.</summary>
internal sealed class BridgeProcess : IAsyncDisposable
{
    private readonly Pipe _in = new();
    private readonly Pipe _out = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public BridgeProcess(BridgeSettings settings, bool readsLines = true)
    {
        Ended = Task.Run(async () =>
        {
            var code = await Bridge.RunAsync(settings, _in.Reader.AsStream(), _out.Writer.AsStream(), _stop.Token);
            await _out.Writer.CompleteAsync();
            return code;
        });
        if (readsLines)
            _ = ReadLinesAsync();
    }

    public Task<int> Ended { get; }

    public async Task SendAsync(string line) => await _in.Writer.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>The next message; every line is one, or the bridge is at fault.</summary>
    public async Task<JsonObject> NextAsync(int seconds = 20) =>
        JsonNode.Parse(await _lines.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(seconds)))!.AsObject();

    public async Task<JsonObject> AskAsync(string line)
    {
        await SendAsync(line);
        return await NextAsync();
    }

    public async Task<IReadOnlyList<string>> RestAsync()
    {
        var rest = new List<string>();
        await foreach (var line in _lines.Reader.ReadAllAsync())
            rest.Add(line);
        return rest;
    }

    public async Task CloseInputAsync() => await _in.Writer.CompleteAsync();

    public Task<McpClient> ConnectAsync(string? revision = null) => McpClient.CreateAsync(
        new StreamClientTransport(_in.Writer.AsStream(), _out.Reader.AsStream()), new McpClientOptions { ProtocolVersion = revision });

    public async ValueTask DisposeAsync()
    {
        await CloseInputAsync();
        await Ended.WaitAsync(TimeSpan.FromSeconds(10));
        _stop.Dispose();
    }

    private async Task ReadLinesAsync()
    {
        using var reader = new StreamReader(_out.Reader.AsStream());
        while (await reader.ReadLineAsync() is { } line)
            await _lines.Writer.WriteAsync(line);
        _lines.Writer.Complete();
    }
}
