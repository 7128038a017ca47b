using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Entra;

/// <summary><c>/{tenant}/oauth2/v2.0/token</c>: client credentials with a secret, a certificate's assertion or a federated token.</summary>
internal sealed class EntraTokenEndpoint(EntraAccess access, SeededIds ids, EmulatorOptions options)
{
    /// <summary>Whose tokens the application trusts beside its own certificate, and for whom.</summary>
    public const string FederatedIssuer = "https://workloads.acme.example";
    public const string FederatedSubject = "system:serviceaccount:it:siit-iam";

    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    public async Task<(int Status, JsonObject Body)> IssueAsync(string tenant, IFormCollection form, EntraState state, string origin)
    {
        if (tenant != state.TenantId && !tenant.Equals("acme.onmicrosoft.com", StringComparison.OrdinalIgnoreCase))
            return Refuse(400, "invalid_request", 90002, $"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.");
        if (form["grant_type"] != "client_credentials")
            return Refuse(400, "unsupported_grant_type", 70003, $"The app requested an unsupported grant type '{form["grant_type"]}'.");
        if (form["client_id"] is not [{ Length: > 0 } clientId] || !state.Clients.TryGetValue(clientId, out var client))
            return Refuse(400, "unauthorized_client", 700016, $"Application with identifier '{form["client_id"]}' was not found in the directory 'Acme'.");
        if (await WrongAsync(form, client, tenant, origin) is { } wrong) return wrong;
        if (form["scope"] != "https://graph.microsoft.com/.default")
            return Refuse(400, "invalid_scope", 1002012, $"The provided value for scope {form["scope"]} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).");

        var now = options.TimeProvider.GetUtcNow();
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = $"https://sts.windows.net/{state.TenantId}/",
            Audience = "https://graph.microsoft.com",
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = now.AddHours(1).UtcDateTime,
            Claims = new Dictionary<string, object>
            {
                ["appid"] = client.ClientId,
                ["tid"] = state.TenantId,
                ["app_displayname"] = client.Name,
                ["oid"] = EntraSeed.PrincipalId,
                ["roles"] = client.Permissions.ToArray(),
                ["uti"] = ids.New("", 22),
            },
        });
        access.Issue(token, new(client.ClientId, client.Permissions, now.AddHours(1)));
        return (200, new JsonObject { ["token_type"] = "Bearer", ["expires_in"] = 3599, ["ext_expires_in"] = 3599, ["access_token"] = token });
    }

    private async Task<(int, JsonObject)?> WrongAsync(IFormCollection form, EntraClient client, string tenant, string origin)
    {
        if (form["client_secret"] is [{ Length: > 0 } secret])
        {
            return secret == client.Secret
                ? null
                : Refuse(401, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.");
        }

        if (form["client_assertion_type"] != AssertionType || form["client_assertion"] is not [{ Length: > 0 } assertion])
            return Refuse(401, "invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.");
        return await IsValidAsync(assertion, client, tenant, origin)
            ? null
            : Refuse(401, "invalid_client", 700027, "The certificate with identifier used to sign the client assertion is not registered on application, or the assertion failed validation.");
    }

    private async Task<bool> IsValidAsync(string assertion, EntraClient client, string tenant, string origin)
    {
        using var key = RSA.Create();
        key.ImportFromPem(client.PublicKeyPem);
        var handler = new JsonWebTokenHandler();
        if (!handler.CanReadToken(assertion)) return false;
        var federated = handler.ReadJsonWebToken(assertion).Issuer == FederatedIssuer;
        var now = options.TimeProvider.GetUtcNow();
        var result = await handler.ValidateTokenAsync(assertion, new TokenValidationParameters
        {
            // A cached verifier would outlive the key.
            IssuerSigningKey = new RsaSecurityKey(key) { CryptoProviderFactory = new() { CacheSignatureProviders = false } },
            TryAllIssuerSigningKeys = true,
            ValidIssuer = federated ? FederatedIssuer : client.ClientId,
            ValidAudiences = federated
                ? ["api://AzureADTokenExchange"]
                : [.. new[] { origin, "https://login.microsoftonline.com" }.SelectMany(host => new[] { $"{host}/{tenant}/oauth2/v2.0/token", $"{host}/{tenant}/v2.0" })],
            ValidAlgorithms = ["RS256", "PS256"],
            LifetimeValidator = (from, until, _, _) => until is { } end && end > now.AddMinutes(-5).UtcDateTime && !(from > now.AddMinutes(5).UtcDateTime),
        });
        return result.IsValid && ((JsonWebToken)result.SecurityToken).Subject == (federated ? FederatedSubject : client.ClientId);
    }

    private (int, JsonObject) Refuse(int status, string error, int code, string description)
    {
        var trace = ids.Uuid();
        var now = options.TimeProvider.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return (status, new JsonObject
        {
            ["error"] = error,
            ["error_description"] = $"AADSTS{code}: {description} Trace ID: {trace} Correlation ID: {trace} Timestamp: {now}",
            ["error_codes"] = new JsonArray(code),
            ["timestamp"] = now,
            ["trace_id"] = trace,
            ["correlation_id"] = trace,
        });
    }
}
