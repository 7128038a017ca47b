using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Siit.Iam.Agent.Audit.Tlog;

/// <summary>A public key of c2sp.org/signed-note, written as a vkey: <c>name+key id+base64(type || key)</c>.</summary>
/// <param name="Type">1: Ed25519 over the text. 4: Ed25519 cosignature with a time (c2sp.org/tlog-cosignature).</param>
internal sealed record NoteVerifier(string Name, byte Type, byte[] PublicKey)
{
    public const byte Ed25519Type = 1;
    public const byte CosignatureType = 4;

    /// <summary>Which key it is, not proof of anything: four bytes can be met by chance or on purpose.</summary>
    public uint KeyId { get; } = BinaryPrimitives.ReadUInt32BigEndian(
        SHA256.HashData([.. Encoding.UTF8.GetBytes(Name), (byte)'\n', Type, .. PublicKey]));

    /// <exception cref="TlogException">It is not a vkey of a type that is known here.</exception>
    public static NoteVerifier Parse(string vkey)
    {
        var parts = vkey.Split('+', 3);
        if (parts is not [var name, var id, var key] || !IsName(name) || TryBase64(key) is not { } bytes)
            throw new TlogException("it is not a vkey (name+id+key)");
        if (bytes is not [Ed25519Type or CosignatureType, ..] || bytes.Length != 33)
            throw new TlogException("its key is not an Ed25519 key of type 1 or 4");
        var verifier = new NoteVerifier(name, bytes[0], bytes[1..]);
        return id == verifier.KeyId.ToString("x8")
            ? verifier
            : throw new TlogException("its key id does not belong to its key");
    }

    public bool Verify(string text, ReadOnlySpan<byte> signature)
    {
        var message = text;
        if (Type == CosignatureType)
        {
            if (signature.Length != 8 + Ed25519.SignatureSize)
                return false;
            message = CosignatureText(BinaryPrimitives.ReadUInt64BigEndian(signature), text);
            signature = signature[8..];
        }

        var bytes = Encoding.UTF8.GetBytes(message);
        return signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature.ToArray(), 0, PublicKey, 0, bytes, 0, bytes.Length);
    }

    public bool Equals(NoteVerifier? other) => other is not null && other.ToString() == ToString();

    public override int GetHashCode() => (int)KeyId;

    /// <summary>The vkey.</summary>
    public override string ToString() => $"{Name}+{KeyId:x8}+{Convert.ToBase64String([Type, .. PublicKey])}";

    internal static string CosignatureText(ulong time, string text) => $"cosignature/v1\ntime {time}\n{text}";

    /// <summary>Not empty, without white space, control characters and plus.</summary>
    internal static bool IsName(string name) => name.Length > 0 && !name.Any(c => c == '+' || char.IsWhiteSpace(c) || char.IsControl(c));

    /// <summary>Strict: no white space, no missing padding.</summary>
    internal static byte[]? TryBase64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) && Convert.ToBase64String(bytes, 0, length) == text ? bytes[..length] : null;
    }
}

/// <summary>A private key of c2sp.org/signed-note, written as Go's tools write it: <c>PRIVATE+KEY+name+key id+base64(type || seed)</c>.</summary>
internal sealed class NoteSigner
{
    private const string Prefix = "PRIVATE+KEY+";
    private readonly byte[] _seed;

    private NoteSigner(string name, byte type, byte[] seed)
    {
        _seed = seed;
        var key = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(seed, 0, key, 0);
        Verifier = new NoteVerifier(name, type, key);
    }

    public NoteVerifier Verifier { get; }

    public static NoteSigner Create(string name, byte type = NoteVerifier.Ed25519Type) => NoteVerifier.IsName(name)
        ? new NoteSigner(name, type, RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize))
        : throw new ArgumentException($"'{name}' cannot be a key's name: no spaces, no plus.", nameof(name));

    /// <exception cref="TlogException">It is not such a key.</exception>
    public static NoteSigner Parse(string text)
    {
        var parts = text.Trim();
        if (!parts.StartsWith(Prefix, StringComparison.Ordinal) || parts[Prefix.Length..].Split('+', 3) is not [var name, var id, var key]
            || !NoteVerifier.IsName(name) || NoteVerifier.TryBase64(key) is not [NoteVerifier.Ed25519Type or NoteVerifier.CosignatureType, ..] bytes || bytes.Length != 33)
            throw new TlogException("it is not a signing key (PRIVATE+KEY+name+id+key)");
        var signer = new NoteSigner(name, bytes[0], bytes[1..]);
        return id == signer.Verifier.KeyId.ToString("x8") ? signer : throw new TlogException("its key id does not belong to its key");
    }

    /// <summary>A signature line with its newline.</summary>
    public string Sign(string text) => Line(Signature(text));

    /// <summary>A cosignature line of a checkpoint.</summary>
    public string Cosign(string text, DateTimeOffset time)
    {
        var signature = new byte[8 + Ed25519.SignatureSize];
        var seconds = (ulong)time.ToUnixTimeSeconds();
        BinaryPrimitives.WriteUInt64BigEndian(signature, seconds);
        Signature(NoteVerifier.CosignatureText(seconds, text)).CopyTo(signature, 8);
        return Line(signature);
    }

    /// <summary>The private key as text: for its file only.</summary>
    public string Export() => $"{Prefix}{Verifier.Name}+{Verifier.KeyId:x8}+{Convert.ToBase64String([Verifier.Type, .. _seed])}";

    public override string ToString() => "***";

    private byte[] Signature(string text)
    {
        var (bytes, signature) = (Encoding.UTF8.GetBytes(text), new byte[Ed25519.SignatureSize]);
        Ed25519.Sign(_seed, 0, Verifier.PublicKey, 0, bytes, 0, bytes.Length, signature, 0);
        return signature;
    }

    private string Line(byte[] signature)
    {
        var blob = new byte[4 + signature.Length];
        BinaryPrimitives.WriteUInt32BigEndian(blob, Verifier.KeyId);
        signature.CopyTo(blob, 4);
        return $"— {Verifier.Name} {Convert.ToBase64String(blob)}\n";
    }
}
