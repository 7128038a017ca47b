using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Keeps the server from starting with a tool too many or too few. At start, not when it is composed: tools hold the gate, which opens store and log.</summary>
internal sealed class ToolCheck(ToolList tools, IOptions<McpServerOptions> server) : IHostedService
{
    /// <exception cref="InvalidOperationException">A tool is registered that is not in the catalog or beside it, or one is missing.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        tools.Verify(server.Value);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
