using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Client;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Mcp;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Mcp;

/// <summary>The agents' door on Kestrel, over TCP and over the callers' socket, in front of a <see cref="GateWorld"/>.</summary>
internal sealed class McpHost : IAsyncDisposable
{
    private readonly McpOptions _options;
    private WebApplication? _app;

    private McpHost(GateWorld world, McpOptions options) => (World, _options) = (world, options);

    public GateWorld World { get; }

    public Uri Endpoint { get; private set; } = null!;

    public string Socket => World.Get<DataFolder>().CallersSocket;

    public ConcurrentQueue<string> Logged { get; } = [];

    public IReadOnlyList<IMcpTool> Tools => [.. _app!.Services.GetServices<IMcpTool>()];

    public static async Task<McpHost> StartAsync(McpOptions? options = null, GateOptions? gate = null, Action<IServiceCollection>? more = null)
    {
        var host = new McpHost(await GateWorld.StartAsync(gate, more: AddPlaybooks + more), options ?? new McpOptions());
        await host.StartServerAsync();
        return host;
    }

    /// <summary>In front of these IdPs, on their clock.</summary>
    public static async Task<McpHost> StartBeforeAsync(EmulatedCompany company, GateOptions gate)
    {
        var host = new McpHost(await GateWorld.StartBeforeAsync(company, gate, more: AddPlaybooks), new McpOptions());
        await host.StartServerAsync();
        return host;
    }

    public async Task StartServerAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(new Recording(Logged));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.ListenUnixSocket(World.Get<DataFolder>().CallersSocket);
            kestrel.ListenUnixSocket(World.Get<DataFolder>().OperatorsSocket);
        });
        builder.Services.AddSingleton<TimeProvider>(World.Time);
        builder.Services.AddSingleton(_ => World.Get<DataFolder>());
        builder.Services.AddSingleton(_ => World.Get<GateOptions>());
        builder.Services.AddSingleton(_ => World.Get<CallerPace>());
        builder.Services.AddSingleton(_ => World.Get<ActionExecutor>());
        builder.Services.AddSingleton(_ => World.Get<CallDesk>());
        builder.Services.AddSingleton(_ => World.Get<CallerRegistry>());
        builder.Services.AddSingleton(_ => World.Get<PlaybookDesk>());
        builder.Services.AddSingleton(_ => World.Get<Siit.Iam.Agent.Playbooks.Rehearsals.RehearsalDesk>());
        builder.Services.AddSingleton(_ => World.Get<SyncDesk>());
        builder.Services.AddSingleton(_ => World.Get<ProofDesk>());
        builder.Services.AddSingleton(_ => World.Get<RequestIntake>());
        builder.Services.AddSingleton(_ => World.Get<RequestStarts>());
        builder.Services.AddIdps();
        builder.Services.AddMcpDoor(_options);
        _app = builder.Build();
        _app.UseHostGuard();
        _app.MapMcpDoor();
        _app.MapGet("/other", () => "other");
        await _app.StartAsync();
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(at => at.StartsWith("http://127", StringComparison.Ordinal));
        Endpoint = new Uri($"{address}/mcp");
    }

    public async Task StopServerAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Registers a caller whose token follows from its id.</summary>
    public async Task<CallerRecord> CallerAsync(string id = "agent", string[]? actions = null, bool removed = false, string[]? connections = null, string[]? actsFor = null, string? person = null)
    {
        var caller = new CallerRecord
        {
            Id = id,
            Operator = "olga@acme.example",
            Actions = actions ?? ["*"],
            Connections = connections ?? ["*"],
            ActsFor = actsFor ?? ["*"],
            Person = person,
            TokenHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Token(id)))),
            AddedAt = World.Time.GetUtcNow(),
            RemovedAt = removed ? World.Time.GetUtcNow() : null,
        };
        Assert.True((await World.Store.CommitAsync([Change.Create(caller)])).Done);
        return caller;
    }

    public static string Token(string caller) => $"siit_{caller}-token";

    public Task<McpClient> ConnectAsync(string caller = "agent", string? revision = null) => McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = Endpoint,
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {Token(caller)}" },
        }),
        new McpClientOptions { ProtocolVersion = revision });

    public BridgeSettings Bridge(string caller = "agent") => new(null, Socket, Token(caller));

    /// <summary>Sends one message as it stands.</summary>
    public async Task<HttpResponseMessage> PostAsync(string body, Action<HttpRequestMessage>? change = null, string? caller = "agent")
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Endpoint) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        if (caller is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token(caller));
        change?.Invoke(request);
        return await client.SendAsync(request);
    }

    /// <summary>The JSON-RPC message in an answer, whether it came as a stream or not.</summary>
    public static async Task<JsonObject> MessageAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        var json = response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? body.Split('\n').Last(line => line.StartsWith("data:", StringComparison.Ordinal))[5..]
            : body;
        return JsonNode.Parse(json)!.AsObject();
    }

    /// <summary>The result of tools/call with arguments given as JSON text.</summary>
    public async Task<JsonObject> CallRawAsync(string tool, string arguments, string caller = "agent")
    {
        using var response = await PostAsync($$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}""", caller: caller);
        return await MessageAsync(response);
    }

    /// <summary>The product's own, as they lie in the repository; without a language model.</summary>
    private static readonly Action<IServiceCollection> AddPlaybooks = services => services
        .AddPlaybooks(new PlaybookOptions { Folder = Repository.In("playbooks") }, model: null);

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        await World.DisposeAsync();
    }

    private sealed class Recording(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
