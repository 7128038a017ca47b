using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>A service app's private key, in memory only for as long as one signature takes.</summary>
internal sealed class OktaSigningKey : IDisposable
{
    private readonly IDisposable? _key;

    private OktaSigningKey(SecurityKey security, string algorithm, string? keyId, IDisposable? key)
    {
        if (keyId is not null) security.KeyId = keyId;
        // The library would keep the signer, and with it the key, after we let go of it.
        security.CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false };
        Credentials = new SigningCredentials(security, algorithm);
        _key = key;
    }

    public SigningCredentials Credentials { get; }

    /// <summary>PEM (PKCS#8, PKCS#1, SEC1) or JWK; throws what the cryptography library throws.</summary>
    public static OktaSigningKey Read(SecretText secret, string? keyId)
    {
        var text = secret.Reveal();
        if (text.StartsWith('{'))
        {
            var jwk = new JsonWebKey(text);
            if (!jwk.HasPrivateKey) throw new CryptographicException("A public key.");
            return new OktaSigningKey(jwk, jwk.Kty == "EC" ? Ecdsa(jwk.Crv) : SecurityAlgorithms.RsaSha256, keyId ?? jwk.Kid, null);
        }
        return TryRsa(text) is { } rsa
            ? new OktaSigningKey(new RsaSecurityKey(rsa), SecurityAlgorithms.RsaSha256, keyId, rsa)
            : FromEc(text, keyId);
    }

    public void Dispose() => _key?.Dispose();

    private static RSA? TryRsa(string pem)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            return rsa;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            rsa.Dispose();
            return null;
        }
    }

    private static OktaSigningKey FromEc(string pem, string? keyId)
    {
        var ec = ECDsa.Create();
        ec.ImportFromPem(pem);
        return new OktaSigningKey(new ECDsaSecurityKey(ec), Ecdsa($"P-{ec.KeySize}"), keyId, ec);
    }

    private static string Ecdsa(string curve) => curve switch
    {
        "P-256" => SecurityAlgorithms.EcdsaSha256,
        "P-384" => SecurityAlgorithms.EcdsaSha384,
        "P-521" => SecurityAlgorithms.EcdsaSha512,
        _ => throw new NotSupportedException("Curve."),
    };
}
