using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>
/// Proof of possession (DPoP, RFC 9449): a token is bound to a key that never leaves this process, so that a stolen token opens
/// nothing. The key is made anew at each start; Okta wants it to be another than the one that signs the app in.
/// </summary>
internal sealed class OktaDpop(TimeProvider time) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The latest that Okta's token endpoint asked for; it wants none for API calls.</summary>
    public string? Nonce { get; set; }

    /// <summary>A proof for one request, good once.</summary>
    /// <param name="accessToken">The token that the request carries; null for the request of a token, which carries the nonce instead.</param>
    public string Prove(HttpMethod method, Uri address, string? accessToken)
    {
        var claims = new JsonObject
        {
            ["htm"] = method.Method,
            // Without query and fragment.
            ["htu"] = address.GetLeftPart(UriPartial.Path),
            ["iat"] = time.GetUtcNow().ToUnixTimeSeconds(),
            ["jti"] = RandomNumberGenerator.GetHexString(32),
        };
        if (accessToken is not null) claims["ath"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)));
        else if (Nonce is { } nonce) claims["nonce"] = nonce;
        return Sign(claims);
    }

    public void Dispose() => _key.Dispose();

    private string Sign(JsonObject claims)
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        var header = new JsonObject
        {
            ["typ"] = "dpop+jwt",
            ["alg"] = "ES256",
            ["jwk"] = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(point.X), ["y"] = Base64Url.EncodeToString(point.Y) },
        };
        var signed = $"{Part(header)}.{Part(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    private static string Part(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
