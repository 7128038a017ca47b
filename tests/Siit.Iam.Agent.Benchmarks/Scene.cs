using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>An emulated Okta in this process and a data folder with a caller and an approver, for a server in another one.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private const string TokenVariable = "SIIT_BENCHMARK_OKTA_TOKEN";
    private readonly string _parent = Directory.CreateTempSubdirectory("siit-bench-").FullName;

    private Scene(EmulatedOkta okta) => Okta = okta;

    public EmulatedOkta Okta { get; }

    public int Port { get; } = Child.FreePort();

    /// <summary>The caller's.</summary>
    public string Token { get; private set; } = "";

    public string Data => Path.Combine(_parent, "data");

    public Dictionary<string, string> Environment => new() { [TokenVariable] = EmulatedOkta.SswsToken, ["SIIT_IAM_TOKEN"] = Token };

    public static async Task<Scene> StartAsync()
    {
        System.Environment.SetEnvironmentVariable(TokenVariable, EmulatedOkta.SswsToken);
        var scene = new Scene(await EmulatedOkta.StartAsync(new EmulatorOptions { People = 200, RequestsPerMinute = 100_000_000 }));
        var folder = new DataFolder(scene.Data).Create();
        var settings = scene.Settings().ToJsonString();
        await File.WriteAllTextAsync(Path.Combine(scene.Data, ServerSettings.FileName), settings);
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(settings))).Build();
        await using var server = Server.Build(ServerSettings.Read(folder, configuration) with { LogToStandardError = false });
        await server.StartAsync();
        var approvers = server.Services.GetRequiredService<ApproverRegistry>();
        var code = (await approvers.MakeBootstrapCodeAsync(CancellationToken.None))!;
        var approver = (await approvers.EnrolFirstAsync(new NewApprover("rita@desk.example", "Rita", ["security"], []), code, CancellationToken.None)).Approver!;
        var added = await server.Services.GetRequiredService<CallerRegistry>().AddAsync(
            new NewCaller("bench", "olga@desk.example", null, ["*"], ["*"], ["*"]), approver, CancellationToken.None);
        scene.Token = added.Token!;
        await server.StopAsync();
        return scene;
    }

    public Child Serve() => Child.Agent(Environment, "serve", "--data", Data);

    /// <summary>An HTTP client as the caller, or as the connector at the IdP.</summary>
    public HttpClient Client(bool atIdp)
    {
        var http = new HttpClient { BaseAddress = atIdp ? Okta.BaseAddress : new Uri($"http://127.0.0.1:{Port}") };
        http.DefaultRequestHeaders.Authorization = atIdp ? new AuthenticationHeaderValue("SSWS", EmulatedOkta.SswsToken) : new AuthenticationHeaderValue("Bearer", Token);
        http.DefaultRequestHeaders.Accept.ParseAdd(atIdp ? "application/json" : "application/json, text/event-stream");
        return http;
    }

    /// <summary>One tools/call; anything but success stops the measurement.</summary>
    public static async Task CallAsync(HttpClient agent, string tool, JsonObject arguments)
    {
        var message = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "tools/call", ["params"] = new JsonObject { ["name"] = tool, ["arguments"] = arguments } };
        using var content = new StringContent(message.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await agent.PostAsync(new Uri("/mcp", UriKind.Relative), content);
        var body = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode || body.Contains("\"isError\":true", StringComparison.Ordinal) || body.Contains("already_so", StringComparison.Ordinal))
            throw new InvalidOperationException($"{tool} {arguments.ToJsonString()} was answered with {body}");
    }

    public async ValueTask DisposeAsync()
    {
        await Okta.DisposeAsync();
        Directory.Delete(_parent, recursive: true);
    }

    private JsonObject Settings() => new()
    {
        ["listen"] = $"127.0.0.1:{Port}",
        ["connections"] = new JsonObject
        {
            ["okta"] = new JsonObject { ["idp"] = "okta", ["url"] = Okta.BaseAddress.ToString(), ["token"] = new JsonObject { ["env"] = TokenVariable } },
        },
        ["gate"] = new JsonObject
        {
            ["callsPerMinute"] = 1_000_000,
            // The same call again is a new one, and no budget ends the measurement.
            ["repeatWindow"] = "0s",
            ["budgets"] = new JsonArray(new JsonObject { ["actions"] = "*", ["per"] = "tenant", ["max"] = 1_000_000, ["window"] = "1s" }),
        },
    };
}
