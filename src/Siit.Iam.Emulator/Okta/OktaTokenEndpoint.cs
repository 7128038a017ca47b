using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Okta;

/// <param name="Nonce">For the header of that name, when a proof of possession must carry one.</param>
internal sealed record OktaTokenAnswer(int Status, JsonObject Body, string? Nonce = null);

/// <summary><c>/oauth2/v1/token</c> of the org: private_key_jwt and client credentials, nothing else.</summary>
internal sealed class OktaTokenEndpoint(OktaAccess access, OktaDpop dpop, SeededIds ids, EmulatorOptions options)
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private readonly ConcurrentDictionary<string, bool> usedAssertions = new();

    public async Task<OktaTokenAnswer> IssueAsync(IFormCollection form, OktaState state, string? proof, IReadOnlyList<string> origins)
    {
        string[] addresses = [.. origins.Select(o => $"{o}/oauth2/v1/token")];
        if (form["grant_type"] != "client_credentials") return Refuse("unsupported_grant_type", "Only client_credentials is supported for service apps.");
        if (form["client_assertion_type"] != AssertionType || form["client_assertion"] is not [{ Length: > 0 } assertion])
            return Refuse("invalid_client", "Client authentication by private_key_jwt is required.", 401);

        if (!TryRead(assertion, out var jwt) || !state.ServiceApps.TryGetValue(jwt.Issuer, out var app) || jwt.Subject != app.ClientId)
            return Refuse("invalid_client", "The client_assertion names no known client.", 401);

        if (await WrongAsync(jwt, app, addresses) is { } wrong) return Refuse("invalid_client", wrong, 401);
        var scopes = form["scope"].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (scopes.Length == 0) return Refuse("invalid_scope", "At least one scope must be asked for.");
        if (scopes.FirstOrDefault(s => !app.Scopes.Contains(s)) is { } foreign)
            return Refuse("invalid_scope", $"The scope {foreign} is not granted to this client.");

        string? boundTo = null;
        if (app.RequiresDpop || !string.IsNullOrEmpty(proof))
        {
            var proven = dpop.Check(proof, "POST", addresses, accessToken: null);
            if (proven.Thumbprint is null)
                return Refuse(proven.Error!, proven.Description!) with { Nonce = proven.Error == OktaDpop.UseNonce ? dpop.Nonce : null };
            if (proven.Thumbprint == OktaDpop.ThumbprintOf(app.PublicKeyPem))
                return Refuse(OktaDpop.Invalid, "The DPoP key must not be the key that authenticates the client.");
            boundTo = proven.Thumbprint;
        }

        var token = ids.New("eyJ", 64);
        access.Issue(token, new(app.ClientId, [.. scopes], options.TimeProvider.GetUtcNow().AddHours(1), boundTo));
        return new(200, new JsonObject
        {
            ["token_type"] = boundTo is null ? "Bearer" : "DPoP",
            ["expires_in"] = 3600,
            ["access_token"] = token,
            ["scope"] = string.Join(' ', scopes),
        });
    }

    private async Task<string?> WrongAsync(JsonWebToken jwt, OktaServiceApp app, string[] audiences)
    {
        using var key = OktaDpop.PublicKey(app.PublicKeyPem);
        var now = options.TimeProvider.GetUtcNow();
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(jwt, new TokenValidationParameters
        {
            // A cached verifier would outlive the key.
            IssuerSigningKey = OktaDpop.Verifier(key),
            ValidAlgorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"],
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

    private static OktaTokenAnswer Refuse(string error, string description, int status = 400) =>
        new(status, new JsonObject { ["error"] = error, ["error_description"] = description });
}
