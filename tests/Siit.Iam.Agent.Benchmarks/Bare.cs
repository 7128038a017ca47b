using System.Net;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>What the product is held against: the least that an MCP server of the same SDK can be. Built and published with it.</summary>
internal static class Bare
{
    /// <param name="arguments"><c>stdio</c>, or <c>http PORT</c>.</param>
    public static Task RunAsync(string[] arguments) => arguments is ["http", var port] ? HttpAsync(int.Parse(port)) : StdioAsync();

    private static async Task StdioAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        Add(builder.Services).WithStdioServerTransport();
        await builder.Build().RunAsync();
    }

    private static async Task HttpAsync(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRoutingCore();
        Add(builder.Services).WithHttpTransport(http => http.Stateless = true);
        var app = builder.Build();
        app.MapGet("/healthz", (HttpContext context) => context.Response.WriteAsync("ok"));
        app.MapMcp("/mcp");
        await app.RunAsync();
    }

    private static IMcpServerBuilder Add(IServiceCollection services)
    {
        var tool = new Tool { Name = "echo", Description = "Answers.", InputSchema = System.Text.Json.JsonElement.Parse("""{"type":"object"}""") };
        return services.AddMcpServer()
            .WithListToolsHandler((_, _) => ValueTask.FromResult(new ListToolsResult { Tools = [tool] }))
            .WithCallToolHandler((_, _) => ValueTask.FromResult(new CallToolResult { Content = [new TextContentBlock { Text = "ok" }] }));
    }
}
