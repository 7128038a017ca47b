using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>A credential for Okta's API.</summary>
internal interface IOktaCredential
{
    Task<AuthenticationHeaderValue> GetAsync(CancellationToken cancellationToken);

    /// <summary>Another one in place of the one that Okta refused; null when there is none.</summary>
    Task<AuthenticationHeaderValue?> RenewAsync(AuthenticationHeaderValue refused, CancellationToken cancellationToken);

    /// <summary>Proves for one try of a request that the credential is ours; null where that needs no proof.</summary>
    string? Prove(HttpRequestMessage request, AuthenticationHeaderValue credential);

    /// <summary>The scopes that Okta grants, asked for anew; null when the credential is not limited by scopes.</summary>
    Task<IReadOnlyList<string>?> GrantedScopesAsync(CancellationToken cancellationToken);
}

/// <summary>Puts the credential on each request; after a 401 it is renewed once. A 401 means that nothing was carried out, so that is safe for changes.</summary>
internal sealed class OktaSignIn(Credentials<IOktaCredential> credentials, Uri tenant) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!NextLink.IsSameOrigin(request.RequestUri!, tenant)) throw new InvalidOperationException("A request to a foreign address.");
        var credential = credentials.For(request);
        request.Headers.Authorization = await credential.GetAsync(cancellationToken);
        Delivery.BeforeEachTry(request, attempt =>
        {
            if (credential.Prove(attempt, attempt.Headers.Authorization!) is { } proof) OktaServiceApp.SetProof(attempt, proof);
        });
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized) return response;
        if (await credential.RenewAsync(request.Headers.Authorization, cancellationToken) is not { } renewed) return response;
        response.Dispose();
        request.Headers.Authorization = renewed;
        return await base.SendAsync(request, cancellationToken);
    }
}

/// <summary>An API token. Renewing means reading its source again: it may have been rotated.</summary>
internal sealed class OktaApiToken(SecretSource source) : IOktaCredential
{
    public Task<AuthenticationHeaderValue> GetAsync(CancellationToken cancellationToken)
    {
        var token = source.Read();
        if (token is null || token.Reveal().Any(c => c is <= ' ' or > '~')) throw OktaErrors.NoSecret(source);
        return Task.FromResult(new AuthenticationHeaderValue("SSWS", token.Reveal()));
    }

    public async Task<AuthenticationHeaderValue?> RenewAsync(AuthenticationHeaderValue refused, CancellationToken cancellationToken)
    {
        var now = await GetAsync(cancellationToken);
        return now.Equals(refused) ? null : now;
    }

    public string? Prove(HttpRequestMessage request, AuthenticationHeaderValue credential) => null;

    public Task<IReadOnlyList<string>?> GrantedScopesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>?>(null);
}

/// <summary>
/// A service app: signs a short-lived assertion with its private key (<c>private_key_jwt</c>, the only way Okta gives its own
/// scopes to) and keeps the token until shortly before its end. Many callers at once cause one sign-in.
/// </summary>
internal sealed class OktaServiceApp(OktaOptions options, HttpClient http, TimeProvider time) : IOktaCredential, IDisposable
{
    private static readonly TimeSpan AssertionLifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan EarlyBy = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly OktaDpop _dpop = new(time);
    private bool _proves = options.Dpop;
    private Token? _token;

    public async Task<AuthenticationHeaderValue> GetAsync(CancellationToken cancellationToken) =>
        Current() ?? await SignInAsync(refused: null, cancellationToken);

    public async Task<AuthenticationHeaderValue?> RenewAsync(AuthenticationHeaderValue refused, CancellationToken cancellationToken) =>
        await SignInAsync(refused, cancellationToken);

    public string? Prove(HttpRequestMessage request, AuthenticationHeaderValue credential) =>
        credential.Scheme == "DPoP" ? _dpop.Prove(request.Method, request.RequestUri!, credential.Parameter) : null;

    /// <summary>Okta refuses all when one is not granted; then each is asked for alone.</summary>
    public async Task<IReadOnlyList<string>?> GrantedScopesAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await RequestTokenAsync(options.Scopes, cancellationToken)).Scopes;
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotAllowed && options.Scopes.Count > 1)
        {
            var granted = new List<string>();
            foreach (var scope in options.Scopes)
                if (await IsGrantedAsync(scope, cancellationToken)) granted.Add(scope);
            return granted;
        }
    }

    public void Dispose()
    {
        _one.Dispose();
        _dpop.Dispose();
        http.Dispose();
    }

    private AuthenticationHeaderValue? Current() => _token is { } token && time.GetUtcNow() < token.Until ? token.Header : null;

    private async Task<AuthenticationHeaderValue> SignInAsync(AuthenticationHeaderValue? refused, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (Current() is { } current && !current.Equals(refused)) return current;
            _token = await RequestTokenAsync(options.Scopes, cancellationToken);
            return _token.Header;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<bool> IsGrantedAsync(string scope, CancellationToken cancellationToken)
    {
        try
        {
            await RequestTokenAsync([scope], cancellationToken);
            return true;
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotAllowed)
        {
            return false;
        }
    }

    private async Task<Token> RequestTokenAsync(IReadOnlyList<string> scopes, CancellationToken cancellationToken)
    {
        try
        {
            // Twice more at most: Okta demands a proof, then a nonce in it.
            for (var more = 2; ; more--)
            {
                using var request = TokenRequest(scopes);
                using var response = await http.SendAsync(request, cancellationToken);
                var answer = await ReadAsync(response, cancellationToken);
                if (response.IsSuccessStatusCode && !string.IsNullOrEmpty(answer?.AccessToken)) return Accept(response, answer, scopes);
                if (more == 0 || !DemandsProof(response, answer?.Error)) throw OktaErrors.SignIn(response.StatusCode, answer?.Error, scopes);
            }
        }
        catch (Exception e) when (e is DeliveryException or ThrottledException)
        {
            throw OktaErrors.From(new OktaRequest("sign this connection in", ""), e);
        }
    }

    private HttpRequestMessage TokenRequest(IReadOnlyList<string> scopes)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(options.Url, "/oauth2/v1/token"));
        Delivery.MarkRepeatable(request);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        // Assertion and proof are good once: a try that was answered too late has used them up.
        Delivery.BeforeEachTry(request, attempt =>
        {
            attempt.Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["scope"] = string.Join(' ', scopes),
                ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ["client_assertion"] = Assertion(),
            });
            if (_proves) SetProof(attempt, _dpop.Prove(attempt.Method, attempt.RequestUri!, accessToken: null));
        });
        return request;
    }

    /// <summary>The application at Okta wants a proof of possession, or a fresh nonce in it.</summary>
    private bool DemandsProof(HttpResponseMessage response, string? error)
    {
        if (error == "use_dpop_nonce" && response.Headers.TryGetValues("DPoP-Nonce", out var nonces))
        {
            _dpop.Nonce = nonces.First();
            return _proves = true;
        }
        return error == "invalid_dpop_proof" && !_proves && (_proves = true);
    }

    private Token Accept(HttpResponseMessage response, OktaToken answer, IReadOnlyList<string> scopes)
    {
        var scheme = (answer.TokenType?.ToUpperInvariant(), _proves) switch
        {
            ("BEARER", false) => "Bearer",
            ("DPOP", true) => "DPoP",
            _ => throw OktaErrors.SignIn(response.StatusCode, OktaErrors.NotBound, scopes),
        };
        var lifetime = TimeSpan.FromSeconds(Math.Clamp(answer.ExpiresIn ?? 3600, 0, 3600));
        return new Token(
            new AuthenticationHeaderValue(scheme, answer.AccessToken), time.GetUtcNow() + lifetime - EarlyBy, answer.Scope?.Split(' ') ?? [.. scopes]);
    }

    public static void SetProof(HttpRequestMessage request, string proof)
    {
        request.Headers.Remove("DPoP");
        request.Headers.Add("DPoP", proof);
    }

    private static async Task<OktaToken?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(OktaJson.Default.OktaToken, cancellationToken);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private string Assertion()
    {
        var source = options.PrivateKey!;
        var secret = source.Read() ?? throw OktaErrors.NoSecret(source);
        var now = time.GetUtcNow().UtcDateTime;
        try
        {
            using var key = OktaSigningKey.Read(secret, options.KeyId);
            return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
            {
                Issuer = options.ClientId,
                Audience = new Uri(options.Url, "/oauth2/v1/token").AbsoluteUri,
                Claims = new Dictionary<string, object> { ["sub"] = options.ClientId!, ["jti"] = RandomNumberGenerator.GetHexString(32) },
                IssuedAt = now,
                Expires = now + AssertionLifetime,
                SigningCredentials = key.Credentials,
            });
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException or InvalidOperationException)
        {
            throw OktaErrors.BadKey(source, e);
        }
    }

    private sealed record Token(AuthenticationHeaderValue Header, DateTimeOffset Until, IReadOnlyList<string> Scopes);
}
