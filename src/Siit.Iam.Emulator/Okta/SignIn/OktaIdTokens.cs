using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Okta;

/// <summary>What a code is worth: an id token, which like Okta's names no email, and an access token for the claims about a person.</summary>
internal sealed class OktaIdTokens(EmulatorOptions options, SeededIds ids, OktaSignIn signIn, Func<OktaState> state)
{
    private static readonly Lazy<RsaSecurityKey> Key = new(() => NewKey("emulated-okta-1"));
    private static readonly Lazy<RsaSecurityKey> Unpublished = new(() => NewKey("emulated-okta-1"));

    private readonly ConcurrentDictionary<string, (string UserId, DateTimeOffset Expires)> issued = new(StringComparer.Ordinal);

    public static JsonObject Keys()
    {
        var key = Key.Value.Rsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(new JsonObject
            {
                ["kty"] = "RSA",
                ["alg"] = "RS256",
                ["use"] = "sig",
                ["kid"] = Key.Value.KeyId,
                ["n"] = Base64UrlEncoder.Encode(key.Modulus),
                ["e"] = Base64UrlEncoder.Encode(key.Exponent),
            }),
        };
    }

    public OktaTokenAnswer Redeem(IFormCollection form, string? authorization, string issuer)
    {
        var (client, secret) = Credentials(form, authorization);
        if (client != OktaWebApp.ClientId || secret != OktaWebApp.ClientSecret) return Refuse("invalid_client", "The client secret supplied for a confidential client is invalid.", 401);
        if (signIn.Redeem(form["code"].ToString()) is not { } code) return Refuse("invalid_grant", "The authorization code is invalid or has expired.");
        if (code.RedirectUri != form["redirect_uri"]) return Refuse("invalid_grant", "The 'redirect_uri' does not match the redirection URI used in the authorization request.");
        var verifier = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        if (verifier != code.Challenge) return Refuse("invalid_grant", "PKCE verification failed.");

        var access = ids.New("eyJ", 64);
        issued[access] = (code.UserId, options.TimeProvider.GetUtcNow().AddHours(1));
        return new(200, new JsonObject
        {
            ["token_type"] = "Bearer",
            ["expires_in"] = 3600,
            ["access_token"] = access,
            ["scope"] = "openid profile email",
            ["id_token"] = IdToken(code, access, issuer),
        });
    }

    public Task UserInfoAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal) || !issued.TryGetValue(header["Bearer ".Length..], out var token)
            || token.Expires <= options.TimeProvider.GetUtcNow() || state().FindUser(token.UserId) is not { } user)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
            return JsonExchange.WriteAsync(context, 401, null);
        }

        var claims = new JsonObject
        {
            ["sub"] = user.Id,
            ["name"] = user.DisplayName,
            ["preferred_username"] = user.Login,
            ["email"] = user.Text("email"),
            ["email_verified"] = signIn.Trouble.EmailVerified,
        };
        if (signIn.Trouble.NoEmail) claims.Remove("email");
        return JsonExchange.WriteAsync(context, 200, claims);
    }

    private string IdToken(OktaCode code, string access, string issuer)
    {
        var (trouble, now) = (signIn.Trouble, options.TimeProvider.GetUtcNow());
        var claims = new Dictionary<string, object>
        {
            ["sub"] = code.UserId,
            ["ver"] = 1,
            ["jti"] = ids.New("ID.", 40),
            ["idp"] = state().OrgId,
            ["amr"] = new[] { "pwd" },
            ["at_hash"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(access)).AsSpan(0, 16).ToArray()),
        };
        if (!trouble.NoAuthTime) claims["auth_time"] = code.SignedInAt.ToUnixTimeSeconds();
        if (code.Nonce is { } nonce) claims["nonce"] = trouble.ForeignNonce ? "another" : nonce;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = trouble.ForeignAudience ? "0oaAnotherClient0001" : OktaWebApp.ClientId,
            IssuedAt = now.UtcDateTime,
            Expires = now.UtcDateTime.AddHours(1),
            Claims = claims,
            SigningCredentials = new SigningCredentials((trouble.ForeignKey ? Unpublished : Key).Value, SecurityAlgorithms.RsaSha256),
        });
    }

    private static (string Client, string Secret) Credentials(IFormCollection form, string? authorization)
    {
        if (authorization?.StartsWith("Basic ", StringComparison.Ordinal) is true
            && Encoding.UTF8.GetString(Convert.FromBase64String(authorization["Basic ".Length..])).Split(':', 2) is [var client, var secret])
            return (Uri.UnescapeDataString(client), Uri.UnescapeDataString(secret));
        return (form["client_id"].ToString(), form["client_secret"].ToString());
    }

    private static RsaSecurityKey NewKey(string id) => new(RSA.Create(2048)) { KeyId = id };

    private static OktaTokenAnswer Refuse(string error, string description, int status = 400) =>
        new(status, new JsonObject { ["error"] = error, ["error_description"] = description });
}
