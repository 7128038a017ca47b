using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Siit.Iam.Emulator.Common;

/// <summary>Ids that look like a vendor's and are the same for the same seed.</summary>
internal sealed class SeededIds(int seed)
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private long next;

    /// <summary>Kept with the state: ids of a restarted emulator go on where they ended.</summary>
    public long Used
    {
        get => Interlocked.Read(ref next);
        set => Interlocked.Exchange(ref next, value);
    }

    /// <summary>An id that never came before.</summary>
    public string New(string prefix, int length = 20) => Of(prefix, "#" + Interlocked.Increment(ref next), length);

    /// <summary>The id of a thing with this name, whatever else exists.</summary>
    public string Of(string prefix, string name, int length = 20)
    {
        // One large number, least significant part first, written in digits of the alphabet.
        var number = MemoryMarshal.Cast<byte, uint>(Hash(prefix, name).AsSpan());
        var id = new StringBuilder(prefix, length);
        while (id.Length < length) id.Append(Alphabet[Divide(number, Alphabet.Length)]);
        return id.ToString();
    }

    /// <summary>Divides in place and gives the rest. By hand, because a company has a million ids.</summary>
    private static int Divide(Span<uint> number, int by)
    {
        var rest = 0UL;
        for (var i = number.Length - 1; i >= 0; i--)
        {
            var part = (rest << 32) | number[i];
            number[i] = (uint)(part / (uint)by);
            rest = part % (uint)by;
        }

        return (int)rest;
    }

    /// <summary>A version 4 UUID.</summary>
    public string Uuid() => new Guid(UuidBytes(Hash("uuid", "#" + Interlocked.Increment(ref next)))).ToString();

    private byte[] Hash(string prefix, string name) => SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}|{prefix}|{name}"));

    private static byte[] UuidBytes(byte[] hash)
    {
        var bytes = hash[..16];
        bytes[7] = (byte)((bytes[7] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return bytes;
    }
}
