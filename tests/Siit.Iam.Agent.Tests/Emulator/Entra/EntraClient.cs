using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;

namespace Siit.Iam.Agent.Tests.Emulator.Entra;

/// <summary>A client of Graph that is not ours: plain HTTP, as anybody's.</summary>
internal sealed class EntraClient : IAsyncDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private EntraClient(EmulatedEntra entra) => Entra = entra;

    public EmulatedEntra Entra { get; }

    public static async Task<EntraClient> StartAsync(EmulatorOptions? options = null)
    {
        var client = new EntraClient(await EmulatedEntra.StartAsync(options));
        var (status, body) = await client.TokenAsync();
        Assert.Equal(200, status);
        client.Use(body["access_token"]!.GetValue<string>());
        return client;
    }

    public void Use(string token) => _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

    public async Task<(int Status, JsonObject Body)> TokenAsync(
        string tenant = EmulatedEntra.TenantId, string client = EmulatedEntra.ClientId, string secret = EmulatedEntra.ClientSecret,
        string scope = "https://graph.microsoft.com/.default", string grant = "client_credentials")
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = grant,
            ["client_id"] = client,
            ["client_secret"] = secret,
            ["scope"] = scope,
        });
        using var response = await _http.PostAsync(new Uri(Entra.BaseAddress, $"/{tenant}/oauth2/v2.0/token"), form, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject());
    }

    public async Task<(int Status, JsonObject Body, HttpResponseMessage Response)> SendAsync(string method, string path, string? body = null, bool eventual = false)
    {
        var address = path.StartsWith("http", StringComparison.Ordinal) ? new Uri(path) : new Uri($"{Entra.GraphAddress}{path}");
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (eventual) request.Headers.Add("ConsistencyLevel", "eventual");
        var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject(), response);
    }

    public async Task<JsonObject> GetAsync(string path, bool eventual = false)
    {
        var (status, body, _) = await SendAsync("GET", path, eventual: eventual);
        Assert.True(status == 200, body.ToJsonString());
        return body;
    }

    /// <summary>Status and code of what was refused.</summary>
    public async Task<(int Status, string? Code)> RefusalAsync(string method, string path, string? body = null)
    {
        var (status, answer, _) = await SendAsync(method, path, body);
        return (status, answer["error"]?["code"]?.GetValue<string>());
    }

    public string User(string login) => $"/users/{Entra.User($"{login}@acme.example").Id}";

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return Entra.DisposeAsync();
    }
}
