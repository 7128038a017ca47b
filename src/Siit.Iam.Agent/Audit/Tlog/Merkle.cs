using System.Numerics;
using System.Security.Cryptography;

namespace Siit.Iam.Agent.Audit.Tlog;

/// <summary>The hashes of RFC 6962 §2.1 (RFC 9162 §2.1) over SHA-256.</summary>
internal static class Merkle
{
    public const int HashBytes = 32;

    /// <summary>The root of a tree without leaves.</summary>
    public static byte[] EmptyRoot => SHA256.HashData([]);

    public static byte[] Leaf(ReadOnlySpan<byte> entry)
    {
        Span<byte> prefixed = entry.Length < 2048 ? stackalloc byte[entry.Length + 1] : new byte[entry.Length + 1];
        prefixed[0] = 0;
        entry.CopyTo(prefixed[1..]);
        return SHA256.HashData(prefixed);
    }

    public static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> prefixed = stackalloc byte[1 + (2 * HashBytes)];
        prefixed[0] = 1;
        left.CopyTo(prefixed[1..]);
        right.CopyTo(prefixed[(1 + HashBytes)..]);
        return SHA256.HashData(prefixed);
    }

    /// <summary>The root over the hashes of leaves or of complete subtrees of one height that stand beside each other.</summary>
    public static byte[] Root(ReadOnlySpan<byte[]> hashes)
    {
        switch (hashes.Length)
        {
            case 0:
                return EmptyRoot;
            case 1:
                return hashes[0];
            default:
                var left = (int)SplitOf(hashes.Length);
                return Node(Root(hashes[..left]), Root(hashes[left..]));
        }
    }

    /// <summary>How many of <paramref name="size"/> leaves, more than one, stand in the left subtree: the largest power of two below it.</summary>
    public static long SplitOf(long size) => 1L << BitOperations.Log2((ulong)(size - 1));
}

/// <summary>The roots of the complete subtrees that a growing tree consists of: enough to append and to know the root.</summary>
internal sealed class MerkleEdge
{
    private readonly List<byte[]> _peaks = [];

    public MerkleEdge()
    {
    }

    private MerkleEdge(MerkleEdge other) => (_peaks, Size) = ([.. other._peaks], other.Size);

    public long Size { get; private set; }

    public void Append(byte[] leafHash)
    {
        var hash = leafHash;
        for (var size = Size; (size & 1) == 1; size >>= 1)
        {
            hash = Merkle.Node(_peaks[^1], hash);
            _peaks.RemoveAt(_peaks.Count - 1);
        }

        _peaks.Add(hash);
        Size++;
    }

    public byte[] Root()
    {
        if (_peaks.Count == 0)
            return Merkle.EmptyRoot;
        var root = _peaks[^1];
        for (var i = _peaks.Count - 2; i >= 0; i--)
            root = Merkle.Node(_peaks[i], root);
        return root;
    }

    public MerkleEdge Copy() => new(this);
}
