using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Google;

/// <summary><c>/token</c>: a service account's signed assertion, for itself or for the user it acts as, and nothing else.</summary>
internal sealed class GoogleTokenEndpoint(GoogleAccess access, SeededIds ids, EmulatorOptions options)
{
    /// <summary>The audience is Google's own address whatever address was asked.</summary>
    private const string Audience = "https://oauth2.googleapis.com/token";

    public async Task<(int Status, JsonObject Body)> IssueAsync(IFormCollection form, GoogleState state)
    {
        if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer") return Refuse("unsupported_grant_type", "Invalid grant_type");
        if (form["assertion"] is not [{ Length: > 0 } assertion] || !TryRead(assertion, out var jwt)) return Refuse("invalid_request", "Bad Request");
        if (!state.ServiceAccounts.TryGetValue(jwt.Issuer, out var account)) return Refuse("invalid_grant", "Invalid grant: account not found");
        if (await WrongAsync(jwt, account) is { } wrong) return Refuse("invalid_grant", wrong);

        var scopes = (jwt.TryGetPayloadValue<string>("scope", out var text) ? text : "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (scopes.Length == 0) return Refuse("invalid_scope", "Empty or missing scope not allowed.");
        string? subject = null;
        if (!string.IsNullOrEmpty(jwt.Subject))
        {
            if (state.FindUser(jwt.Subject) is not { } user) return Refuse("invalid_grant", "Invalid email or User ID");
            if (user.Suspended || user.Archived) return Refuse("invalid_grant", "Account has been disabled");
            // One scope that is not listed refuses all.
            if (scopes.Any(scope => !account.DelegatedScopes.Contains(scope)))
                return Refuse("unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.", 401);
            subject = user.Id;
        }

        var token = ids.New("ya29.", 64);
        access.Issue(token, new(account.Email, subject, [.. scopes], options.TimeProvider.GetUtcNow().AddHours(1)));
        return (200, new JsonObject { ["access_token"] = token, ["expires_in"] = 3599, ["token_type"] = "Bearer" });
    }

    private async Task<string?> WrongAsync(JsonWebToken jwt, GoogleServiceAccount account)
    {
        using var key = RSA.Create();
        key.ImportFromPem(account.PublicKeyPem);
        var now = options.TimeProvider.GetUtcNow().UtcDateTime;
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(jwt, new TokenValidationParameters
        {
            // A cached verifier would outlive the key.
            IssuerSigningKey = new RsaSecurityKey(key) { CryptoProviderFactory = new() { CacheSignatureProviders = false } },
            ValidAlgorithms = ["RS256"],
            ValidIssuer = account.Email,
            ValidAudience = Audience,
            // The clock is the injected one; see below.
            ValidateLifetime = false,
        });
        if (!result.IsValid) return result.Exception is SecurityTokenInvalidAudienceException ? "Invalid JWT: Failed audience check." : "Invalid JWT Signature.";
        const string Short = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.";
        if (jwt.ValidTo == DateTime.MinValue || jwt.IssuedAt == DateTime.MinValue) return Short;
        return jwt.ValidTo <= now || jwt.IssuedAt > now.AddMinutes(5) || jwt.ValidTo - jwt.IssuedAt > TimeSpan.FromHours(1) ? Short : null;
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
