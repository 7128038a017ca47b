using System.Security.Cryptography;

namespace Siit.Iam.Agent.Store;

/// <summary>
/// Makes ids: a prefix, 48 bits of milliseconds, 80 random bits, in lower-case base32. They sort by creation, strictly
/// within a process even when the clock stands or goes back, and cannot be guessed.
/// </summary>
internal sealed class Ids(TimeProvider time)
{
    // Crockford's: no i, l, o, u; in the order of the code points, so that text order is number order.
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private static readonly UInt128 RandomMask = (UInt128.One << 80) - 1;
    private readonly Lock gate = new();
    private long milliseconds;
    private UInt128 random;

    /// <summary>For instance <c>call_01jdv8c2m3x5e7kqw9r4tznbyh</c>.</summary>
    /// <param name="prefix">Says what it is an id of: lower-case letters.</param>
    public string New(string prefix) => $"{prefix}_{Text(Next())}";

    private UInt128 Next()
    {
        lock (gate)
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            if (now > milliseconds)
                (milliseconds, random) = (now, Random(80));
            else
                // Not plus one: the next id would be known to whoever has seen this one.
                random += Random(64) + 1;
            if (random > RandomMask)
                (milliseconds, random) = (milliseconds + 1, Random(80));
            return ((UInt128)(ulong)milliseconds << 80) | random;
        }
    }

    private static UInt128 Random(int bits)
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes[..(bits / 8)]);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }

    private static string Text(UInt128 value) => string.Create(26, value, static (text, rest) =>
    {
        for (var i = text.Length - 1; i >= 0; i--, rest >>= 5)
            text[i] = Alphabet[(int)(rest & 31)];
    });
}
