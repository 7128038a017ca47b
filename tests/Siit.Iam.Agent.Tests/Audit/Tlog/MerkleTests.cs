using System.Text.Json.Nodes;
using CsCheck;
using Siit.Iam.Agent.Audit.Tlog;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Audit.Tlog;

public sealed class MerkleTests
{
    /// <summary>The leaves that RFC 6962 implementations share as test data, and the roots of the trees of the first 0 to 8 of them.</summary>
    private static readonly string[] KnownLeaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] KnownRoots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void Roots_OfTheKnownLeaves_AreTheKnownRoots()
    {
        var edge = new MerkleEdge();
        for (var size = 0; size <= KnownLeaves.Length; size++)
        {
            Assert.Equal(KnownRoots[size], Convert.ToHexStringLower(edge.Root()));
            if (size < KnownLeaves.Length)
                edge.Append(Merkle.Leaf(Convert.FromHexString(KnownLeaves[size])));
        }
    }

    [Fact]
    public void Hashes_OfLeafAndNode_AreTheKnownOnes()
    {
        Assert.Equal("395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56", Convert.ToHexStringLower(Merkle.Leaf("L123456"u8)));
        Assert.Equal("aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("\u0001N123N456"u8)));
    }

    [Fact]
    public void Inclusion_PublishedVectors_AreDecidedAsPublished()
    {
        var (files, wrong) = Vectors("inclusion", vector => MerkleProofs.VerifyInclusion(
            Number(vector["leafIdx"]!), Number(vector["treeSize"]!), Hash(vector["leafHash"]), Hashes(vector["proof"]), Hash(vector["root"])));

        Assert.Equal((98, 0), (files, wrong.Count));
    }

    /// <summary>Also those from size 0: their roots are no hashes, so that no rule about size 0 is needed to refuse them.</summary>
    [Fact]
    public void Consistency_PublishedVectors_AreDecidedAsPublished()
    {
        var (files, wrong) = Vectors("consistency", vector => MerkleProofs.VerifyConsistency(
            Number(vector["size1"]!), Number(vector["size2"]!), Hashes(vector["proof"]), Hash(vector["root1"]), Hash(vector["root2"])));

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(98, files);
    }

    [Fact]
    public void Consistency_FromSizeZero_NeedsTheEmptyRootAndNoProof()
    {
        var (empty, root) = (Merkle.EmptyRoot, Merkle.Leaf([1]));

        Assert.True(MerkleProofs.VerifyConsistency(0, 1, [], empty, root));
        Assert.True(MerkleProofs.VerifyConsistency(0, 0, [], empty, empty));
        Assert.False(MerkleProofs.VerifyConsistency(0, 1, [root], empty, root));
        Assert.False(MerkleProofs.VerifyConsistency(0, 1, [], root, root));
        Assert.False(MerkleProofs.VerifyConsistency(0, 0, [], empty, root));
    }

    [Fact]
    public void Proofs_OfAnyTree_VerifyAndNothingElseDoes() => Gen.Select(Gen.Int[1, 700], Gen.Int, Gen.Int, Gen.Int).Sample((size, a, b, c) =>
    {
        var tree = new SmallTree(size);
        var (index, from) = (Math.Abs(a % size), Math.Abs(b % (size + 1)));
        var inclusion = MerkleProofs.Inclusion(tree.Hash, index, size);
        var consistency = MerkleProofs.Consistency(tree.Hash, from, size);
        var (root, fromRoot, leaf) = (tree.Root(size), tree.Root(from), tree.Leaves[index]);

        return MerkleProofs.VerifyInclusion(index, size, leaf, inclusion, root)
            && MerkleProofs.VerifyConsistency(from, size, consistency, fromRoot, root)
            && !MerkleProofs.VerifyInclusion(index, size, Merkle.Leaf([9]), inclusion, root)
            && (size == 1 || !MerkleProofs.VerifyInclusion((index + 1) % size, size, leaf, inclusion, root))
            && !MerkleProofs.VerifyInclusion(index, size, leaf, [.. inclusion, root], root)
            && (inclusion.Count == 0 || !MerkleProofs.VerifyInclusion(index, size, leaf, inclusion[1..], root))
            && (inclusion.Count == 0 || !MerkleProofs.VerifyInclusion(index, size, leaf, Flipped(inclusion, c), root))
            && (consistency.Count == 0 || !MerkleProofs.VerifyConsistency(from, size, Flipped(consistency, c), fromRoot, root))
            && !MerkleProofs.VerifyConsistency(from, size, [.. consistency, root], fromRoot, root)
            && (from == size || from == 0 || !MerkleProofs.VerifyConsistency(from, size, consistency, root, root));
    }, iter: 3_000);

    [Fact]
    public void Edge_OfAnySize_HasTheRootOfTheDefinition() => Gen.Int[0, 600].Sample(size =>
    {
        var edge = new MerkleEdge();
        var tree = new SmallTree(size);
        foreach (var leaf in tree.Leaves)
            edge.Append(leaf);
        return edge.Root().AsSpan().SequenceEqual(tree.Root(size)) && edge.Root().AsSpan().SequenceEqual(Merkle.Root(tree.Leaves));
    }, iter: 300);

    private static List<byte[]> Flipped(List<byte[]> proof, int random)
    {
        List<byte[]> changed = [.. proof.Select(hash => (byte[])hash.Clone())];
        var place = (uint)random % (uint)(proof.Count * 256);
        changed[(int)(place / 256)][place % 256 / 8] ^= (byte)(1 << (int)(place % 8));
        return changed;
    }

    private static (int Files, List<string> Wrong) Vectors(string kind, Func<JsonObject, bool> verify)
    {
        var folder = Path.GetFullPath(Repository.In("..", "shared", "data", "merkle", kind));
        Assert.SkipUnless(Directory.Exists(folder), "The vectors of transparency-dev/merkle are not beside the repository (../shared/data/merkle).");
        var files = Directory.GetFiles(folder, "*.json", SearchOption.AllDirectories);
        return (files.Length, [.. files.Where(file => JsonNode.Parse(File.ReadAllText(file))!.AsObject() is var vector && verify(vector) == (bool)vector["wantErr"]!)]);
    }

    /// <summary>Some vectors have sizes that no log can have; to us they are no sizes.</summary>
    private static long Number(JsonNode number) => number.AsValue().TryGetValue<long>(out var value) ? value : -1;

    private static byte[] Hash(JsonNode? text) => text is null ? [] : Convert.FromBase64String((string)text!);

    private static List<byte[]> Hashes(JsonNode? proof) => proof is JsonArray array ? [.. array.Select(Hash)] : [];

    /// <summary>Straight from the definition: every subtree is hashed from its leaves.</summary>
    private sealed class SmallTree(int size)
    {
        public byte[][] Leaves { get; } = [.. Enumerable.Range(0, size).Select(i => Merkle.Leaf(BitConverter.GetBytes(i)))];

        public byte[] Hash(int level, long index) => Mth((int)(index << level), (int)((index + 1) << level));

        public byte[] Root(int of) => Mth(0, of);

        private byte[] Mth(int from, int to)
        {
            if (from == to)
                return Merkle.EmptyRoot;
            if (to - from == 1)
                return Leaves[from];
            var split = 1;
            while (split * 2 < to - from)
                split *= 2;
            return Merkle.Node(Mth(from, from + split), Mth(from + split, to));
        }
    }
}
