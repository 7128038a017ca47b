using ModelContextProtocol.Server;

namespace Siit.Iam.Emulator.Tools;

/// <summary>The chat on standard streams, until its client goes. With CHAT_LEDGER it writes down each call into that file.</summary>
internal static class ToolServerProcess
{
    public static async Task<int> RunAsync()
    {
        var ledger = Environment.GetEnvironmentVariable("CHAT_LEDGER");
        var chat = new EmulatedChat { Told = tool => { if (ledger is not null) File.AppendAllText(ledger, $"{Environment.ProcessId} {tool}\n"); } };
        var options = new McpServerOptions();
        chat.Serve(options);
        await using var transport = new StdioServerTransport("chat");
        await using var server = McpServer.Create(transport, options);
        await server.RunAsync();
        return 0;
    }
}
