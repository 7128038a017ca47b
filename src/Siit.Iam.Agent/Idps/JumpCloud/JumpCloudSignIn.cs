using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>A header that carries the credential. It prints its name only.</summary>
internal sealed record CredentialHeader(string Name, string Value)
{
    public override string ToString() => $"{Name}: ***";
}

/// <summary>A credential for JumpCloud's APIs.</summary>
internal interface IJumpCloudCredential
{
    Task<CredentialHeader> GetAsync(CancellationToken cancellationToken);

    /// <summary>Another one in place of the one that JumpCloud refused; null when there is none.</summary>
    Task<CredentialHeader?> RenewAsync(CredentialHeader refused, CancellationToken cancellationToken);
}

/// <summary>
/// Puts the credential and the organization on each request; after a 401 the credential is renewed once. A 401 means that nothing was
/// carried out, so that is safe for changes.
/// </summary>
/// <param name="onlyReads">The API behind it changes nothing, whatever the verb.</param>
internal sealed class JumpCloudSignIn(Credentials<IJumpCloudCredential> credentials, Uri api, string? organization, bool onlyReads) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!NextLink.IsSameOrigin(request.RequestUri!, api)) throw new InvalidOperationException("A request to a foreign address.");
        if (onlyReads) Delivery.MarkRepeatable(request);
        if (organization is not null) request.Headers.Add("x-org-id", organization);
        var credential = credentials.For(request);
        var header = await credential.GetAsync(cancellationToken);
        Put(request, header);
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized) return response;
        if (await credential.RenewAsync(header, cancellationToken) is not { } renewed) return response;
        response.Dispose();
        Put(request, renewed);
        return await base.SendAsync(request, cancellationToken);
    }

    private static void Put(HttpRequestMessage request, CredentialHeader header)
    {
        request.Headers.Remove(header.Name);
        request.Headers.Add(header.Name, header.Value);
    }
}

/// <summary>An administrator's API key. Renewing means reading its source again: it may have been rotated.</summary>
internal sealed class JumpCloudApiKey(SecretSource source) : IJumpCloudCredential
{
    public Task<CredentialHeader> GetAsync(CancellationToken cancellationToken)
    {
        var key = source.Read();
        if (key is null || key.Reveal().Any(c => c is <= ' ' or > '~')) throw JumpCloudErrors.NoSecret(source);
        return Task.FromResult(new CredentialHeader("x-api-key", key.Reveal()));
    }

    public async Task<CredentialHeader?> RenewAsync(CredentialHeader refused, CancellationToken cancellationToken)
    {
        var now = await GetAsync(cancellationToken);
        return now == refused ? null : now;
    }
}

/// <summary>A service account: keeps its token until shortly before its end. Many callers at once cause one sign-in.</summary>
internal sealed class JumpCloudServiceAccount(JumpCloudOptions options, HttpClient http, TimeProvider time) : IJumpCloudCredential, IDisposable
{
    private static readonly TimeSpan EarlyBy = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private Issued? _token;

    public async Task<CredentialHeader> GetAsync(CancellationToken cancellationToken) =>
        Current() ?? await SignInAsync(refused: null, cancellationToken);

    public async Task<CredentialHeader?> RenewAsync(CredentialHeader refused, CancellationToken cancellationToken) =>
        await SignInAsync(refused, cancellationToken);

    public void Dispose()
    {
        _one.Dispose();
        http.Dispose();
    }

    private CredentialHeader? Current() => _token is { } token && time.GetUtcNow() < token.Until ? token.Header : null;

    private async Task<CredentialHeader> SignInAsync(CredentialHeader? refused, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (Current() is { } current && current != refused) return current;
            _token = await RequestTokenAsync(cancellationToken);
            return _token.Header;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<Issued> RequestTokenAsync(CancellationToken cancellationToken)
    {
        var source = options.ClientSecret!;
        var secret = source.Read() ?? throw JumpCloudErrors.NoSecret(source);
        using var request = new HttpRequestMessage(HttpMethod.Post, options.Token)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["scope"] = "api" }),
        };
        Delivery.MarkRepeatable(request);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.ClientId}:{secret.Reveal()}")));
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            var answer = await ReadAsync(response, cancellationToken);
            if (!response.IsSuccessStatusCode || string.IsNullOrEmpty(answer?.AccessToken)
                || !string.Equals(answer.TokenType, "Bearer", StringComparison.OrdinalIgnoreCase))
                throw JumpCloudErrors.SignIn(response.StatusCode, answer?.Error);
            var lifetime = TimeSpan.FromSeconds(Math.Clamp(answer.ExpiresIn ?? 3600, 0, 3600));
            return new Issued(new CredentialHeader("Authorization", $"Bearer {answer.AccessToken}"), time.GetUtcNow() + lifetime - EarlyBy);
        }
        catch (Exception e) when (e is DeliveryException or ThrottledException)
        {
            throw JumpCloudErrors.From(new JumpCloudRequest("sign this connection in", ""), e);
        }
    }

    private static async Task<JumpCloudToken?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(JumpCloudJson.Default.JumpCloudToken, cancellationToken);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private sealed record Issued(CredentialHeader Header, DateTimeOffset Until);
}
