using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Cli;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Hris;

/// <summary>What the SCIM door answered.</summary>
internal sealed record ScimAnswer(int Status, JsonNode? Body, HttpResponseMessage Response)
{
    public string? Id => Body?["id"]?.GetValue<string>();

    public string? Type => Body?["scimType"]?.GetValue<string>();

    public override string ToString() => $"{Status} {Body}";
}

/// <summary>The whole server as it is shipped, with two HRIS that push and no IdP.</summary>
internal sealed class ScimWorld : IAsyncDisposable
{
    public const string Token = "hris-token-of-tests";
    public const string OtherToken = "other-hris-token-of-tests";
    private readonly string _parent = Directory.CreateTempSubdirectory("siit-scim-").FullName;
    private readonly Dictionary<string, string?> _settings;
    private WebApplication? _server;

    private ScimWorld(Dictionary<string, string?> settings) => _settings = settings;

    public ManualTime Time { get; } = new();

    public HttpClient Http { get; } = new();

    public Uri Address => Server.AddressOf(_server!);

    public DataFolder Data => new(Path.Combine(_parent, "d"));

    public DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    public static async Task<ScimWorld> StartAsync(params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string?> { ["listen"] = "127.0.0.1:0" };
        var world = new ScimWorld(settings);
        foreach (var (name, token) in new[] { ("workday", Token), ("hibob", OtherToken) })
        {
            var file = Path.Combine(world._parent, name);
            await File.WriteAllTextAsync(file, token + "\n");
            settings[$"hris:sources:{name}:token:file"] = file;
        }

        foreach (var (key, value) in more)
            settings[key] = value;
        await world.StartServerAsync();
        return world;
    }

    public T Get<T>() where T : notnull => _server!.Services.GetRequiredService<T>();

    public async Task StartServerAsync()
    {
        _server = Server.Build(CliWorld.Settings(Data, _settings), services => services.AddSingleton<TimeProvider>(Time));
        await _server.StartAsync();
    }

    public async Task StopServerAsync()
    {
        await _server!.StopAsync();
        await _server.DisposeAsync();
    }

    /// <param name="path">After <c>/scim/v2/</c>.</param>
    public async Task<ScimAnswer> SendAsync(string method, string path, string? body = null, string? token = Token, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Address, $"scim/v2/{path}"));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/scim+json");
        change?.Invoke(request);
        var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new ScimAnswer((int)response.StatusCode, text.Length > 0 && text[0] == '{' ? JsonNode.Parse(text) : null, response);
    }

    /// <summary>Somebody who works here.</summary>
    public async Task<ScimAnswer> CreateAsync(string userName, string? externalId = null, string extra = "")
    {
        var answer = await SendAsync("POST", "Users", $$"""{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{{userName}}"{{(externalId is null ? "" : $",\"externalId\":\"{externalId}\"")}}{{extra}}}""");
        Assert.True(answer.Status == 201, answer.ToString());
        return answer;
    }

    public Task<ScimAnswer> PatchAsync(string? id, string operations) =>
        SendAsync("PATCH", $"Users/{id}", $$"""{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":{{operations}}}""");

    public async Task<HrisPerson> PersonAsync(string? id) => (await Get<HrisDesk>().FindAsync($"workday:{id}", CancellationToken.None))!;

    public async Task<IReadOnlyList<string>> EventsAsync() =>
        [.. (await Get<HrisDesk>().EventsAfterAsync(null, 1000, CancellationToken.None)).Select(told => $"{told.Kind} {told.WorkEmail}")];

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await StopServerAsync();
        Directory.Delete(_parent, recursive: true);
    }
}
