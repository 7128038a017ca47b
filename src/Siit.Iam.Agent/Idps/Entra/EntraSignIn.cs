using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Microsoft.IdentityModel.JsonWebTokens;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>
/// Puts the token on each request; after a 401 it is renewed once. A 401 means that nothing was carried out, so that is safe for
/// changes. And the last look at what leaves: a DELETE that we do not make never does.
/// </summary>
internal sealed class EntraSignIn(Credentials<EntraCredential> credentials, Uri graph) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!NextLink.IsSameOrigin(request.RequestUri!, graph)) throw new InvalidOperationException("A request to a foreign address.");
        EntraDeletes.Check(request, graph);
        var credential = credentials.For(request);
        var token = await credential.GetAsync(cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized && await credential.RenewAsync(token, cancellationToken) is { } renewed)
        {
            response.Dispose();
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", renewed);
            response = await base.SendAsync(request, cancellationToken);
        }
        EntraReceipt.Note(request, response);
        return response;
    }
}

/// <summary>
/// The application's credential. Its secret is read again whenever a token was refused or the secret has changed, so that a
/// rotated one is found without a restart; tokens are kept by Azure.Identity.
/// </summary>
internal sealed class EntraCredential(EntraOptions options, HttpClient http) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly TokenRequestContext _what = new([$"{options.ReferenceUrl[..options.ReferenceUrl.LastIndexOf('/')]}/.default"]);
    private (SecretText? Secret, TokenCredential Credential)? _current;

    public async Task<string> GetAsync(CancellationToken cancellationToken) => await TokenAsync(refused: null, anew: false, cancellationToken);

    /// <summary>What a new token says: permissions that were granted or taken meanwhile do not show in one that is kept.</summary>
    public async Task<EntraClaims> GrantAsync(CancellationToken cancellationToken) => EntraClaims.Of(await TokenAsync(refused: null, anew: true, cancellationToken));

    /// <summary>Another token in place of the one that Graph refused; null when there is none.</summary>
    public async Task<string?> RenewAsync(string refused, CancellationToken cancellationToken)
    {
        var token = await TokenAsync(refused, anew: false, cancellationToken);
        return token == refused ? null : token;
    }

    public void Dispose()
    {
        _one.Dispose();
        http.Dispose();
    }

    private async Task<string> TokenAsync(string? refused, bool anew, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var secret = options.Secret is { } source ? source.Read() ?? throw EntraErrors.NoSecret(source) : null;
            // A new credential has an empty cache.
            if (anew || _current is not { } current || !Same(current.Secret, secret)) _current = current = (secret, Make(secret));
            var token = (await current.Credential.GetTokenAsync(_what, cancellationToken)).Token;
            if (token != refused) return token;
            _current = current = (secret, Make(secret));
            return (await current.Credential.GetTokenAsync(_what, cancellationToken)).Token;
        }
        catch (AuthenticationFailedException e)
        {
            // A secret that was refused is read and tried anew next time.
            _current = null;
            throw EntraErrors.SignIn(e);
        }
        finally
        {
            _one.Release();
        }
    }

    private TokenCredential Make(SecretText? secret)
    {
        switch (options.Credential)
        {
            case EntraCredentialKind.ClientSecret:
                return new ClientSecretCredential(options.TenantId, options.ClientId, secret!.Reveal(), Settled(new ClientSecretCredentialOptions { DisableInstanceDiscovery = true }));
            case EntraCredentialKind.FederatedToken:
                return new ClientAssertionCredential(options.TenantId, options.ClientId, secret!.Reveal, Settled(new ClientAssertionCredentialOptions { DisableInstanceDiscovery = true }));
            case EntraCredentialKind.Certificate:
                return new ClientCertificateCredential(options.TenantId, options.ClientId, Certificate(secret!), Settled(new ClientCertificateCredentialOptions { DisableInstanceDiscovery = true }));
            default:
                return new ManagedIdentityCredential(options.ClientId is { } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned);
        }
    }

    /// <summary>Sent on our road, which does the repeating.</summary>
    private T Settled<T>(T settings) where T : TokenCredentialOptions
    {
        settings.AuthorityHost = options.Authority;
        settings.Transport = new HttpClientTransport(http);
        settings.Retry.MaxRetries = 0;
        settings.Diagnostics.IsLoggingEnabled = false;
        settings.Diagnostics.IsTelemetryEnabled = false;
        settings.Diagnostics.IsDistributedTracingEnabled = false;
        return settings;
    }

    private X509Certificate2 Certificate(SecretText pem)
    {
        try
        {
            return X509Certificate2.CreateFromPem(pem.Reveal(), pem.Reveal());
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw EntraErrors.BadCertificate(options.Secret!, e);
        }
    }

    private static bool Same(SecretText? one, SecretText? other) => one is null ? other is null : one.SameAs(other);
}

/// <summary>What a token says of the application that it was given to.</summary>
/// <param name="Permissions">Application permissions with admin consent; null when the token cannot be read.</param>
/// <param name="PrincipalId">Object id of the application's service principal.</param>
internal sealed record EntraClaims(IReadOnlyList<string>? Permissions, string? PrincipalId)
{
    /// <summary>Microsoft promises nobody but Graph that its tokens can be read; so far they can. Nothing but <c>connections check</c> reads them.</summary>
    public static EntraClaims Of(string token)
    {
        var reader = new JsonWebTokenHandler();
        if (!reader.CanReadToken(token)) return new EntraClaims(null, null);
        try
        {
            var claims = reader.ReadJsonWebToken(token);
            return new EntraClaims(
                claims.TryGetPayloadValue<string[]>("roles", out var roles) ? [.. roles.Order(StringComparer.Ordinal)] : [],
                claims.TryGetPayloadValue<string>("oid", out var oid) ? oid : null);
        }
        catch (ArgumentException)
        {
            return new EntraClaims(null, null);
        }
    }
}

/// <summary>
/// The way to the token endpoint. Asking for a token changes nothing, so it may be repeated; and Azure.Identity insists on an
/// https authority, so that an emulator's address on loopback is put in here.
/// </summary>
internal sealed class EntraTokenDoor(Uri authority, Uri? loopback) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!NextLink.IsSameOrigin(request.RequestUri!, authority)) throw new InvalidOperationException("A sign-in at a foreign address.");
        if (loopback is not null) request.RequestUri = new Uri(loopback, request.RequestUri!.PathAndQuery);
        Delivery.MarkRepeatable(request);
        return base.SendAsync(request, cancellationToken);
    }
}
