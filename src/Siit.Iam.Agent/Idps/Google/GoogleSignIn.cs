using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Apis.Http;
using Google.Apis.Util;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.Google;

/// <summary>Puts the credential on each request; after a 401 it is renewed once. A 401 means that nothing was carried out, so that is safe for changes.</summary>
internal sealed class GoogleSignIn(Credentials<GoogleServiceAccount> credentials, Uri api) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!NextLink.IsSameOrigin(request.RequestUri!, api)) throw new InvalidOperationException("A request to a foreign address.");
        var credential = credentials.For(request);
        request.Headers.Authorization = await credential.GetAsync(refused: null, cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized) return response;
        response.Dispose();
        request.Headers.Authorization = await credential.GetAsync(request.Headers.Authorization, cancellationToken);
        return await base.SendAsync(request, cancellationToken);
    }
}

/// <summary>
/// A service account: Google's library signs an assertion with its key, as itself or for the administrator it acts as, and the
/// token is kept until shortly before its end. Many callers at once cause one sign-in.
/// </summary>
internal sealed class GoogleServiceAccount(GoogleOptions options, HttpClient http, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan EarlyBy = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private Token? _token;

    /// <summary>The credential; another one in place of that which Google refused.</summary>
    public async Task<AuthenticationHeaderValue> GetAsync(AuthenticationHeaderValue? refused, CancellationToken cancellationToken)
    {
        if (Current() is { } known && !known.Equals(refused)) return known;
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

    /// <summary>
    /// The scopes that Google gives, asked for anew. Of delegated ones it refuses all when one is missing, and never says which: then
    /// each is asked for alone.
    /// </summary>
    public async Task<IReadOnlyList<string>> GrantedScopesAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RequestTokenAsync(options.Scopes, cancellationToken);
            return options.Scopes;
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotAllowed && options.Scopes.Count > 1)
        {
            var granted = new List<string>();
            foreach (var scope in options.Scopes)
                if (await IsGrantedAsync(scope, cancellationToken)) granted.Add(scope);
            return granted;
        }
    }

    /// <summary>The service account's address and number, from its key.</summary>
    public (string Email, string? Id) WhoIs()
    {
        var key = Key();
        return (key.ClientEmail!, key.ClientId);
    }

    public void Dispose()
    {
        _one.Dispose();
        http.Dispose();
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

    private AuthenticationHeaderValue? Current() => _token is { } token && time.GetUtcNow() < token.Until ? token.Header : null;

    private async Task<Token> RequestTokenAsync(IReadOnlyList<string> scopes, CancellationToken cancellationToken)
    {
        var account = Account(scopes);
        try
        {
            if (!await account.RequestAccessTokenAsync(cancellationToken) || string.IsNullOrEmpty(account.Token.AccessToken))
                throw GoogleErrors.SignIn(null, null, options);
            var lifetime = TimeSpan.FromSeconds(Math.Clamp(account.Token.ExpiresInSeconds ?? 3600, 0, 3600));
            return new Token(new AuthenticationHeaderValue("Bearer", account.Token.AccessToken), time.GetUtcNow() + lifetime - EarlyBy);
        }
        catch (TokenResponseException refused)
        {
            throw GoogleErrors.SignIn(refused.StatusCode, refused.Error?.Error, options);
        }
        catch (Exception e) when (e is DeliveryException or ThrottledException)
        {
            throw GoogleErrors.From(new GoogleRequest("sign this connection in", ""), e);
        }
    }

    private GoogleKey Key()
    {
        var secret = options.Key.Read() ?? throw GoogleErrors.NoSecret(options.Key);
        try
        {
            var key = JsonSerializer.Deserialize(secret.Reveal(), GoogleJson.Default.GoogleKey);
            return string.IsNullOrEmpty(key?.ClientEmail) || string.IsNullOrEmpty(key.PrivateKey) ? throw GoogleErrors.BadKey(options.Key) : key;
        }
        catch (JsonException e)
        {
            throw GoogleErrors.BadKey(options.Key, e);
        }
    }

    private ServiceAccountCredential Account(IReadOnlyList<string> scopes)
    {
        var key = Key();
        try
        {
            return new ServiceAccountCredential(new ServiceAccountCredential.Initializer(key.ClientEmail, options.TokenUrl.AbsoluteUri)
            {
                User = options.Subject,
                Scopes = scopes,
                KeyId = key.PrivateKeyId,
                Clock = new Clock(time),
                // Our own road repeats, waits and limits.
                DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
                HttpClientFactory = new HttpClientFromMessageHandlerFactory(_ =>
                    new HttpClientFromMessageHandlerFactory.ConfiguredHttpMessageHandler(
                        new OnOurRoad(http, options.TokenUrl), performsAutomaticDecompression: false, handlesRedirect: false)),
            }.FromPrivateKey(key.PrivateKey));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException or InvalidCastException)
        {
            throw GoogleErrors.BadKey(options.Key, e);
        }
    }

    /// <summary>Takes the library's request to the road that all requests to an IdP take. A client sends a message only once, so it is copied.</summary>
    private sealed class OnOurRoad(HttpClient http, Uri tokenUrl) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri != tokenUrl) throw new InvalidOperationException("A sign-in at a foreign address.");
            using var copy = new HttpRequestMessage(request.Method, request.RequestUri);
            if (request.Content is { } content)
            {
                copy.Content = new ByteArrayContent(await content.ReadAsByteArrayAsync(cancellationToken));
                copy.Content.Headers.ContentType = content.Headers.ContentType;
            }
            Delivery.MarkRepeatable(copy);
            return await http.SendAsync(copy, cancellationToken);
        }
    }

    private sealed class Clock(TimeProvider time) : IClock
    {
        public DateTime Now => time.GetLocalNow().DateTime;

        public DateTime UtcNow => time.GetUtcNow().UtcDateTime;
    }

    private sealed record Token(AuthenticationHeaderValue Header, DateTimeOffset Until);
}
