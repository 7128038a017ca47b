using System.Collections.Concurrent;

namespace Siit.Iam.Agent.ToolServers;

/// <summary>The configured servers behind the MCP client. Nothing is connected before it is needed, and none that fails stops anything else.</summary>
internal sealed class McpToolServers(ToolServerSet servers) : IToolServers, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ToolConnection> _connections = new();

    public Task<ToolDefinition> DefinitionAsync(string name, CancellationToken cancellationToken) => Connection(name).DefinitionAsync(name, cancellationToken);

    public Task<ToolAnswer> CallAsync(ToolRequest request, CancellationToken cancellationToken) => Connection(request.Tool.Name).CallAsync(request, cancellationToken);

    /// <summary>Ends what was started.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
            await connection.DisposeAsync();
        _connections.Clear();
    }

    private ToolConnection Connection(string name) => servers.Rule(name) is null
        ? throw new ToolServerException("unknown_tool", $"{name} is not among the tools that are allowed (toolServers in siit-iam.json).")
        : _connections.GetOrAdd(ToolName.ServerOf(name), _ => new ToolConnection(servers.Server(name)!));
}
