using System.Security.Cryptography;
using System.Text;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Secrets;

/// <summary>
/// Seals what must lie in the store but be useless in a copy of it: AES-256-GCM under a key that lies in a file of its own in the
/// data folder and is part of no backup. What was sealed for one purpose opens for no other. A sealed text names its key, so that
/// keys can be rotated.
/// </summary>
internal sealed class Sealer(KeyRing keys)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const string WithoutKeyId = "v1.";
    private const string Version = "v2.";
    private const string MacVersion = "m1.";

    public Sealer(DataFolder folder) : this(new KeyRing(folder))
    {
    }

    /// <param name="purpose">What it is and whose, such as <c>approver:ap_…</c>.</param>
    public string Seal(string purpose, ReadOnlySpan<byte> secret)
    {
        var key = keys.InForce;
        var sealedBytes = new byte[NonceBytes + secret.Length + TagBytes];
        var nonce = sealedBytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key.Key, TagBytes);
        aes.Encrypt(nonce, secret, sealedBytes.AsSpan(NonceBytes, secret.Length), sealedBytes.AsSpan(NonceBytes + secret.Length), Encoding.UTF8.GetBytes(purpose));
        return $"{Version}{key.Id}.{Convert.ToBase64String(sealedBytes)}";
    }

    /// <summary>The secret; null when it was sealed with a key that is not here, for another purpose, or was changed.</summary>
    public byte[]? Open(string purpose, string sealedText)
    {
        var (candidates, text) = Candidates(sealedText);
        foreach (var key in candidates)
        {
            if (Open(key, purpose, text) is { } secret)
                return secret;
        }

        return null;
    }

    /// <summary>Whether it was sealed with the key that is in force now.</summary>
    public bool IsInForce(string sealedText) => sealedText.StartsWith($"{Version}{keys.InForce.Id}.", StringComparison.Ordinal);

    /// <summary>
    /// What a short secret is recognised by and cannot be guessed from without the key: for codes, which a hash alone would not protect.
    /// </summary>
    /// <param name="purpose">As for <see cref="Seal"/>; tell apart what must not stand for each other.</param>
    public string Mac(string purpose, string secret)
    {
        var key = keys.InForce;
        return $"{MacVersion}{key.Id}.{Convert.ToBase64String(MacOf(key, purpose, secret))}";
    }

    /// <summary>Takes as long for a wrong secret as for the right one.</summary>
    public bool MatchesMac(string purpose, string secret, string mac)
    {
        var parts = mac.Split('.');
        if (parts is not [var version, var id, var expected] || version + "." != MacVersion || keys.All.FirstOrDefault(key => key.Id == id) is not { } found)
            return false;
        return CryptographicOperations.FixedTimeEquals(MacOf(found, purpose, secret), Convert.FromBase64String(expected));
    }

    private (IEnumerable<SealingKey> Keys, string Text) Candidates(string sealedText)
    {
        // Those of before keys had names.
        if (sealedText.StartsWith(WithoutKeyId, StringComparison.Ordinal))
            return (keys.All, sealedText[WithoutKeyId.Length..]);
        return sealedText.StartsWith(Version, StringComparison.Ordinal) && sealedText[Version.Length..].Split('.') is [var id, var text]
            ? (keys.All.Where(key => key.Id == id), text)
            : ([], "");
    }

    private static byte[]? Open(SealingKey key, string purpose, string text)
    {
        try
        {
            var sealedBytes = Convert.FromBase64String(text);
            if (sealedBytes.Length < NonceBytes + TagBytes)
                return null;
            var secret = new byte[sealedBytes.Length - NonceBytes - TagBytes];
            using var aes = new AesGcm(key.Key, TagBytes);
            aes.Decrypt(
                sealedBytes.AsSpan(0, NonceBytes), sealedBytes.AsSpan(NonceBytes, secret.Length), sealedBytes.AsSpan(NonceBytes + secret.Length), secret,
                Encoding.UTF8.GetBytes(purpose));
            return secret;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Under a key of its own, derived: what seals never signs.</summary>
    private static byte[] MacOf(SealingKey key, string purpose, string secret)
    {
        var derived = HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Key, 32, info: "siit-iam/mac/1"u8.ToArray());
        return HMACSHA256.HashData(derived, Encoding.UTF8.GetBytes($"{purpose.Length}:{purpose}{secret}"));
    }
}
