using System.Reflection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Wires the agents' door.</summary>
internal static class McpSetup
{
    public const string Path = "/mcp";

    public static IServiceCollection AddMcpDoor(this IServiceCollection services, McpOptions? options = null)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options ?? new McpOptions());
        services.AddSingleton<ActionSupport>();
        services.AddScoped<McpExchange>();
        foreach (var action in ActionCatalog.All)
            services.AddSingleton<IMcpTool>(provider => ActivatorUtilities.CreateInstance<ActionTool>(provider, action));
        services.AddSingleton<IMcpTool, GetCallTool>();
        services.AddSingleton<IMcpTool, CancelCallTool>();
        services.AddSingleton<IMcpTool, ListPlaybooksTool>();
        services.AddSingleton<IMcpTool, RunPlaybookTool>();
        services.AddSingleton<IMcpTool, GetRunTool>();
        services.AddSingleton<IMcpTool, SyncStatusTool>();
        services.AddSingleton<IMcpTool, StartProofTool>();
        services.AddSingleton<IMcpTool, SubmitRequestTool>();
        services.AddSingleton<IMcpTool, RehearsePlaybookTool>();
        services.AddSingleton<ToolList>();
        // Mapping the door asks for its options; the tools hold the gate, which opens store and log when it is made.
        services.AddSingleton(provider => new Lazy<ToolList>(provider.GetRequiredService<ToolList>));
        services.AddSingleton<PromptList>();
        services.AddSingleton(provider => new Lazy<PromptList>(provider.GetRequiredService<PromptList>));
        services.AddHostedService<ToolCheck>();
        services.AddMcpServer().WithHttpTransport(http => http.Stateless = true);
        services.AddOptions<McpServerOptions>().Configure<Lazy<ToolList>, Lazy<PromptList>>(Configure);
        return services;
    }

    /// <summary>Refuses requests under foreign host names, for every endpoint of the server: the first middleware there is.</summary>
    public static IApplicationBuilder UseHostGuard(this IApplicationBuilder app) => app.UseMiddleware<HostGuard>();

    public static void MapMcpDoor(this WebApplication app)
    {
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments(Path),
            door => door.UseMiddleware<CallerSignIn>().UseMiddleware<McpMessages>());
        app.MapMcp(Path);
    }

    private static void Configure(McpServerOptions server, Lazy<ToolList> tools, Lazy<PromptList> prompts)
    {
        server.ServerInfo = new Implementation
        {
            Name = "siit-iam",
            Title = "Siit IAM Agent",
            Version = typeof(McpSetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0",
        };
        server.ServerInstructions = ServerInstructions.Text;
        server.Handlers.ListToolsHandler = (_, _) => ValueTask.FromResult(tools.Value.List());
        server.Handlers.ListPromptsHandler = (_, _) => ValueTask.FromResult(prompts.Value.List());
        server.Handlers.GetPromptHandler = (request, _) => ValueTask.FromResult(prompts.Value.Get(request));
        server.Handlers.CallToolHandler = (request, cancellationToken) => tools.Value.CallAsync(request, cancellationToken);
    }
}
