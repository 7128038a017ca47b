using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Okta;

/// <summary><c>/oauth2/v1/token</c> of the org: private_key_jwt and client credentials, nothing else.</summary>
internal sealed class OktaTokenEndpoint(OktaAccess access, SeededIds ids, EmulatorOptions options)
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private readonly ConcurrentDictionary<string, bool> usedAssertions = new();

    public async Task<(int Status, JsonObject Body)> IssueAsync(IFormCollection form, OktaState state, string origin, string listener)
    {
        if (form["grant_type"] != "client_credentials") return Refuse("unsupported_grant_type", "Only client_credentials is supported for service apps.");
        if (form["client_assertion_type"] != AssertionType || form["client_assertion"] is not [{ Length: > 0 } assertion])
            return Refuse("invalid_client", "Client authentication by private_key_jwt is required.", 401);

        if (!TryRead(assertion, out var jwt) || !state.ServiceApps.TryGetValue(jwt.Issuer, out var app) || jwt.Subject != app.ClientId)
            return Refuse("invalid_client", "The client_assertion names no known client.", 401);

        if (await WrongAsync(jwt, app, [$"{origin}/oauth2/v1/token", $"{listener}/oauth2/v1/token"]) is { } wrong) return Refuse("invalid_client", wrong, 401);
        var scopes = form["scope"].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (scopes.Length == 0) return Refuse("invalid_scope", "At least one scope must be asked for.");
        if (scopes.FirstOrDefault(s => !app.Scopes.Contains(s)) is { } foreign)
            return Refuse("invalid_scope", $"The scope {foreign} is not granted to this client.");

        var token = ids.New("eyJ", 64);
        access.Issue(token, new(app.ClientId, [.. scopes], options.TimeProvider.GetUtcNow().AddHours(1)));
        return (200, new JsonObject
        {
            ["token_type"] = "Bearer",
            ["expires_in"] = 3600,
            ["access_token"] = token,
            ["scope"] = string.Join(' ', scopes),
        });
    }

    private async Task<string?> WrongAsync(JsonWebToken jwt, OktaServiceApp app, string[] audiences)
    {
        using var key = RSA.Create();
        key.ImportFromPem(app.PublicKeyPem);
        var now = options.TimeProvider.GetUtcNow();
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(jwt, new TokenValidationParameters
        {
            // A cached verifier would outlive the key.
            IssuerSigningKey = new RsaSecurityKey(key) { CryptoProviderFactory = new() { CacheSignatureProviders = false } },
            ValidAlgorithms = ["RS256", "RS384", "RS512"],
            ValidIssuer = app.ClientId,
            ValidAudiences = audiences,
            // The clock is the injected one; see below.
            ValidateLifetime = false,
        });
        if (!result.IsValid) return result.Exception is SecurityTokenInvalidAudienceException ? "The audience of the client_assertion is not this token endpoint." : "The client_assertion signature is invalid.";
        if (jwt.ValidTo == DateTime.MinValue) return "The client_assertion must have an exp.";
        if (jwt.ValidTo <= now.UtcDateTime) return "The client_assertion token is expired.";
        if (jwt.ValidTo > now.UtcDateTime.AddHours(1)) return "The client_assertion must not live longer than one hour.";
        return jwt.Id is { Length: > 0 } id && !usedAssertions.TryAdd($"{app.ClientId} {id}", true) ? "The client_assertion was used already." : null;
    }

    private static bool TryRead(string assertion, out JsonWebToken jwt)
    {
        jwt = null!;
        try
        {
            jwt = new JsonWebToken(assertion);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static (int Status, JsonObject Body) Refuse(string error, string description, int status = 400) =>
        (status, new JsonObject { ["error"] = error, ["error_description"] = description });
}
