namespace Siit.Iam.Agent.Audit.Tlog;

/// <summary>The root of the complete subtree of 2^<paramref name="level"/> leaves that begins at leaf <paramref name="index"/> * 2^<paramref name="level"/>.</summary>
internal delegate byte[] SubtreeHash(int level, long index);

/// <summary>
/// Inclusion and consistency proofs: made as RFC 6962 §2.1.1 and §2.1.2 define them, checked by the algorithms of RFC 9162
/// §2.1.3.2 and §2.1.4.2.
/// </summary>
internal static class MerkleProofs
{
    /// <summary>The root of the first <paramref name="size"/> leaves.</summary>
    public static byte[] Root(SubtreeHash hashes, long size) => size == 0 ? Merkle.EmptyRoot : Range(hashes, 0, size);

    /// <summary>That a leaf stands at a place of a tree, from the leaf's sibling up.</summary>
    public static List<byte[]> Inclusion(SubtreeHash hashes, long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var proof = new List<byte[]>();
        Path(hashes, index, 0, size, proof);
        return proof;
    }

    /// <summary>That a tree begins with the leaves of a smaller one. Empty from size 0, with which every tree is consistent.</summary>
    public static List<byte[]> Consistency(SubtreeHash hashes, long from, long to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, to);
        var proof = new List<byte[]>();
        if (from > 0)
            Subproof(hashes, from, 0, to, whole: true, proof);
        return proof;
    }

    public static bool VerifyInclusion(long index, long size, byte[] leafHash, IReadOnlyList<byte[]> proof, byte[] root)
    {
        if (index < 0 || index >= size || !AreHashes([.. proof, leafHash, root]))
            return false;
        var (at, last) = (index, size - 1);
        var hash = leafHash;
        foreach (var sibling in proof)
        {
            if (last == 0)
                return false;
            if ((at & 1) == 1 || at == last)
            {
                hash = Merkle.Node(sibling, hash);
                while ((at & 1) == 0 && at != 0)
                    (at, last) = (at >> 1, last >> 1);
            }
            else
            {
                hash = Merkle.Node(hash, sibling);
            }

            (at, last) = (at >> 1, last >> 1);
        }

        return last == 0 && hash.AsSpan().SequenceEqual(root);
    }

    /// <summary>
    /// The empty tree is consistent with every tree: from size 0 the proof must be empty and the first root the empty tree's
    /// (C2SP tlog-witness; libraries that call such a check useless refuse it).
    /// </summary>
    public static bool VerifyConsistency(long from, long to, IReadOnlyList<byte[]> proof, byte[] fromRoot, byte[] toRoot)
    {
        if (from > 0 && from == to)
            return proof.Count == 0 && fromRoot.AsSpan().SequenceEqual(toRoot);
        if (from < 0 || from > to || !AreHashes([.. proof, fromRoot, toRoot]))
            return false;
        if (from == 0)
            return proof.Count == 0 && IsEmpty(fromRoot) && (to > 0 || IsEmpty(toRoot));
        // A smaller tree that is complete is a node of the larger one, and is left out of the proof.
        IReadOnlyList<byte[]> path = long.IsPow2(from) ? [fromRoot, .. proof] : proof;
        if (path.Count == 0 || proof.Count == 0)
            return false;
        var (at, last) = (from - 1, to - 1);
        while ((at & 1) == 1)
            (at, last) = (at >> 1, last >> 1);
        var (first, second) = (path[0], path[0]);
        foreach (var node in path.Skip(1))
        {
            if (last == 0)
                return false;
            if ((at & 1) == 1 || at == last)
            {
                (first, second) = (Merkle.Node(node, first), Merkle.Node(node, second));
                while ((at & 1) == 0 && at != 0)
                    (at, last) = (at >> 1, last >> 1);
            }
            else
            {
                second = Merkle.Node(second, node);
            }

            (at, last) = (at >> 1, last >> 1);
        }

        return last == 0 && first.AsSpan().SequenceEqual(fromRoot) && second.AsSpan().SequenceEqual(toRoot);
    }

    private static void Path(SubtreeHash hashes, long index, long from, long to, List<byte[]> proof)
    {
        if (to - from == 1)
            return;
        var middle = from + Merkle.SplitOf(to - from);
        if (index < middle)
        {
            Path(hashes, index, from, middle, proof);
            proof.Add(Range(hashes, middle, to));
        }
        else
        {
            Path(hashes, index, middle, to, proof);
            proof.Add(Range(hashes, from, middle));
        }
    }

    private static void Subproof(SubtreeHash hashes, long size, long from, long to, bool whole, List<byte[]> proof)
    {
        if (size == to)
        {
            if (!whole)
                proof.Add(Range(hashes, from, to));
            return;
        }

        var middle = from + Merkle.SplitOf(to - from);
        if (size <= middle)
        {
            Subproof(hashes, size, from, middle, whole, proof);
            proof.Add(Range(hashes, middle, to));
        }
        else
        {
            Subproof(hashes, size, middle, to, whole: false, proof);
            proof.Add(Range(hashes, from, middle));
        }
    }

    private static byte[] Range(SubtreeHash hashes, long from, long to)
    {
        var size = to - from;
        if (long.IsPow2(size))
            return hashes(System.Numerics.BitOperations.Log2((ulong)size), from / size);
        var middle = from + Merkle.SplitOf(size);
        return Merkle.Node(Range(hashes, from, middle), Range(hashes, middle, to));
    }

    private static bool IsEmpty(byte[] root) => root.AsSpan().SequenceEqual(Merkle.EmptyRoot);

    private static bool AreHashes(IEnumerable<byte[]> hashes) => hashes.All(hash => hash.Length == Merkle.HashBytes);
}
