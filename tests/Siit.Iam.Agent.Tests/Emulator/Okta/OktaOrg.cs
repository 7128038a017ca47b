using System.Net;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Emulator.Okta;

/// <summary>The emulated Okta as any client sees it: plain HTTP with an API token.</summary>
internal sealed class OktaOrg : IAsyncDisposable
{
    private readonly HttpClient _http;

    private OktaOrg(EmulatedOkta okta)
    {
        Okta = okta;
        _http = new HttpClient { BaseAddress = okta.BaseAddress };
        _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"SSWS {EmulatedOkta.SswsToken}");
    }

    public EmulatedOkta Okta { get; }

    public static async Task<OktaOrg> StartAsync(EmulatorOptions? options = null, bool super = true)
    {
        var org = new OktaOrg(await EmulatedOkta.StartAsync(options));
        if (super) Assert.Null(org.Okta.Arrange(new JsonObject { ["user"] = "svc-siit@acme.example", ["role"] = "SUPER_ADMIN" }));
        return org;
    }

    public string Id(string login) => Okta.User($"{login}@acme.example").Id;

    public string Status(string login) => Okta.User($"{login}@acme.example").Status;

    public async Task<Answer> SendAsync(string method, string path, JsonNode? body = null, string? token = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        if (token is not null) request.Headers.TryAddWithoutValidation("Authorization", token);
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer(response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text), response.Headers.ToDictionary(h => h.Key, h => h.Value.ToArray(), StringComparer.OrdinalIgnoreCase));
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        var answer = await SendAsync("GET", path);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return answer.Body!;
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return Okta.DisposeAsync();
    }
}

internal sealed record Answer(HttpStatusCode Status, JsonNode? Body, IReadOnlyDictionary<string, string[]> Headers)
{
    public string? Code => (string?)Body?["errorCode"];

    /// <summary>The address of a link, null when there is none.</summary>
    public string? Link(string relation) => Headers.GetValueOrDefault("Link", [])
        .Where(link => link.EndsWith($"; rel=\"{relation}\"", StringComparison.Ordinal))
        .Select(link => link[1..link.IndexOf('>', StringComparison.Ordinal)]).SingleOrDefault();
}
