using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Server;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.ToolServers;
using Siit.Iam.Emulator.Tools;

namespace Siit.Iam.Agent.Tests.ToolServers;

/// <summary>The emulated chat on HTTP, in front of which it can be asked for a token.</summary>
internal sealed class ToolServerHost : IAsyncDisposable
{
    public const string TokenVariable = "SIIT_TEST_CHAT_TOKEN";
    public const string Token = "chat-token-0123456789";

    private WebApplication _app;

    private ToolServerHost(WebApplication app, EmulatedChat chat, Uri endpoint) => (_app, Chat, Endpoint) = (app, chat, endpoint);

    public EmulatedChat Chat { get; }

    public Uri Endpoint { get; }

    public static async Task<ToolServerHost> StartAsync()
    {
        Environment.SetEnvironmentVariable(TokenVariable, Token);
        var chat = new EmulatedChat();
        var app = Build(chat, 0);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new ToolServerHost(app, chat, new Uri($"{address}/mcp"));
    }

    public async Task StopAsync()
    {
        await _app.StopAsync(new CancellationToken(true));
        await _app.DisposeAsync();
    }

    public async Task StartAgainAsync()
    {
        _app = Build(Chat, Endpoint.Port);
        await _app.StartAsync();
    }

    /// <param name="risk">Of posting.</param>
    public ToolServerSet Settings(Risk risk = Risk.Low, TimeSpan? timeout = null, int maxAnswer = 20_000) => new(
    [
        new ToolServerOptions
        {
            Name = "chat",
            Url = Endpoint,
            Token = SecretSource.FromEnvironment(TokenVariable),
            Tools = [new ToolRule("post_message", false, risk), new ToolRule("search", true, Risk.None)],
            Timeout = timeout ?? TimeSpan.FromSeconds(30),
            MaxAnswer = maxAnswer,
        },
    ]);

    /// <summary>What is there now, as somebody would lock it.</summary>
    public static async Task<ToolLock> LockAsync(ToolServerSet settings)
    {
        await using var servers = new McpToolServers(settings);
        var now = await new ToolLooks(settings, new ToolLockFile(null), servers).NowAsync(CancellationToken.None);
        Assert.Empty(now.Problems);
        return now;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static WebApplication Build(EmulatedChat chat, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddMcpServer().WithHttpTransport(http => http.Stateless = true);
        builder.Services.AddOptions<McpServerOptions>().Configure(chat.Serve);
        var app = builder.Build();
        app.Use(async (context, next) =>
        {
            if (context.Request.Headers.Authorization == $"Bearer {Token}")
                await next(context);
            else
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        });
        app.MapMcp("/mcp");
        return app;
    }
}
