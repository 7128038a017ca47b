using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Okta;

/// <summary>What a proof of possession proves: the key it was made with, or why it proves nothing.</summary>
internal readonly record struct DpopProof(string? Thumbprint, string? Error = null, string? Description = null);

/// <summary>Proofs of possession (RFC 9449) as Okta asks for them: with a nonce for a token, with the token's hash for everything else, each once.</summary>
internal sealed class OktaDpop(EmulatorOptions options)
{
    public const string Invalid = "invalid_dpop_proof";
    public const string UseNonce = "use_dpop_nonce";

    private static readonly TimeSpan NonceLife = TimeSpan.FromDays(1);
    private readonly ConcurrentDictionary<string, bool> used = new();

    /// <summary>Changes once a day; those of the last three days are taken.</summary>
    public string Nonce => NonceOf(0);

    /// <param name="accessToken">Null at the token endpoint.</param>
    public DpopProof Check(string? proof, string method, IReadOnlyList<string> addresses, string? accessToken)
    {
        if (string.IsNullOrEmpty(proof)) return Wrong("The DPoP proof JWT header is missing.");
        if (Parts(proof) is not { } parts) return Wrong("The DPoP proof is no JWT.");
        var (header, claims, signature) = parts;
        if ((string?)header["typ"] != "dpop+jwt" || (string?)header["alg"] is not ("ES256" or "RS256")) return Wrong("typ or alg of the DPoP proof is wrong.");
        var jwk = new JsonWebKey(header["jwk"]?.ToJsonString() ?? "{}");
        if (jwk.HasPrivateKey || !IsSigned(jwk, proof, signature)) return Wrong("The DPoP proof is not signed with its jwk.");
        if ((string?)claims["htm"] != method || !addresses.Contains((string?)claims["htu"])) return Wrong("htm or htu is of another request.");
        var made = DateTimeOffset.FromUnixTimeSeconds((long?)claims["iat"] ?? 0);
        if ((made - options.TimeProvider.GetUtcNow()).Duration() > TimeSpan.FromMinutes(5)) return Wrong("The DPoP proof is not of now.");
        if (accessToken is null && (string?)claims["nonce"] is var nonce && !Enumerable.Range(0, 3).Any(age => NonceOf(age) == nonce))
            return new(null, UseNonce, "Authorization server requires nonce in DPoP proof.");
        if (accessToken is not null && (string?)claims["ath"] != Hash(accessToken)) return Wrong("ath is not of this token.");
        if ((string?)claims["jti"] is not { Length: > 0 } id || !used.TryAdd(id, true)) return Wrong("The DPoP proof was used already.");
        return new(Base64Url.EncodeToString(jwk.ComputeJwkThumbprint()));
    }

    public static AsymmetricAlgorithm PublicKey(string pem)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            return rsa;
        }
        catch (CryptographicException)
        {
            rsa.Dispose();
            var ec = ECDsa.Create();
            ec.ImportFromPem(pem);
            return ec;
        }
    }

    // A cached verifier would outlive the key.
    public static SecurityKey Verifier(AsymmetricAlgorithm key)
    {
        SecurityKey verifier = key is RSA rsa ? new RsaSecurityKey(rsa) : new ECDsaSecurityKey((ECDsa)key);
        verifier.CryptoProviderFactory = new() { CacheSignatureProviders = false };
        return verifier;
    }

    public static string ThumbprintOf(string pem)
    {
        using var key = PublicKey(pem);
        return Base64Url.EncodeToString(Verifier(key).ComputeJwkThumbprint());
    }

    private static (JsonObject Header, JsonObject Claims, byte[] Signature)? Parts(string proof)
    {
        try
        {
            return proof.Split('.') is [var header, var claims, var signature]
                && JsonNode.Parse(Base64Url.DecodeFromChars(header)) is JsonObject one
                && JsonNode.Parse(Base64Url.DecodeFromChars(claims)) is JsonObject two
                ? (one, two, Base64Url.DecodeFromChars(signature))
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    private static bool IsSigned(JsonWebKey jwk, string proof, byte[] signature)
    {
        var signed = Encoding.ASCII.GetBytes(proof[..proof.LastIndexOf('.')]);
        try
        {
            if (jwk.Kty == "EC")
            {
                using var ec = ECDsa.Create(new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new() { X = Base64Url.DecodeFromChars(jwk.X), Y = Base64Url.DecodeFromChars(jwk.Y) },
                });
                return ec.VerifyData(signed, signature, HashAlgorithmName.SHA256);
            }

            using var rsa = RSA.Create(new RSAParameters { Modulus = Base64Url.DecodeFromChars(jwk.N), Exponent = Base64Url.DecodeFromChars(jwk.E) });
            return rsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
        {
            return false;
        }
    }

    private string NonceOf(int daysAgo)
    {
        var day = options.TimeProvider.GetUtcNow().UtcTicks / NonceLife.Ticks - daysAgo;
        return Hash(string.Create(CultureInfo.InvariantCulture, $"{options.Seed}|{day}"))[..22];
    }

    private static string Hash(string text) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(text)));

    private static DpopProof Wrong(string why) => new(null, Invalid, why);
}
