using System.Security.Cryptography;
using System.Text;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Secrets;

/// <summary>
/// Seals what must lie in the store but be useless in a copy of it: AES-256-GCM under a key that lies in a file of its own in the
/// data folder and is part of no backup. What was sealed for one purpose opens for no other.
/// </summary>
internal sealed class Sealer
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const string Version = "v1.";

    private readonly string _path;
    private readonly Lazy<byte[]> _key;

    public Sealer(DataFolder folder) => (_path, _key) = (folder.Key, new Lazy<byte[]>(() => ReadOrCreate(folder.Key)));

    /// <param name="purpose">What it is and whose, such as <c>approver:ap_…</c>.</param>
    public string Seal(string purpose, ReadOnlySpan<byte> secret)
    {
        var sealedBytes = new byte[NonceBytes + secret.Length + TagBytes];
        var nonce = sealedBytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key.Value, TagBytes);
        aes.Encrypt(nonce, secret, sealedBytes.AsSpan(NonceBytes, secret.Length), sealedBytes.AsSpan(NonceBytes + secret.Length), Encoding.UTF8.GetBytes(purpose));
        return Version + Convert.ToBase64String(sealedBytes);
    }

    /// <summary>The secret; null when it was sealed with another key, for another purpose, or was changed.</summary>
    public byte[]? Open(string purpose, string sealedText)
    {
        // No key is made to open with: it would hide that the right one is missing.
        if (!sealedText.StartsWith(Version, StringComparison.Ordinal) || (!_key.IsValueCreated && !File.Exists(_path)))
            return null;
        try
        {
            var sealedBytes = Convert.FromBase64String(sealedText[Version.Length..]);
            if (sealedBytes.Length < NonceBytes + TagBytes)
                return null;
            var secret = new byte[sealedBytes.Length - NonceBytes - TagBytes];
            using var aes = new AesGcm(_key.Value, TagBytes);
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

    private static byte[] ReadOrCreate(string path)
    {
        if (File.Exists(path))
        {
            var key = File.ReadAllBytes(path);
            return key.Length == 32 ? key : throw new StoreUnavailableException($"{path} is not the key that siit-iam wrote there. Put the right one back; without it approvers have to be enrolled anew.");
        }

        var made = RandomNumberGenerator.GetBytes(32);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(made);
        file.Flush(flushToDisk: true);
        return made;
    }
}
