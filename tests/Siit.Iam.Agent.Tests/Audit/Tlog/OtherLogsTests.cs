using System.Text;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Tests.Audit.Tlog;

/// <summary>Another implementation's log, read by ours: Tessera's golden log of 15 entries with a checkpoint at each size.</summary>
public sealed class OtherLogsTests
{
    private static readonly NoteVerifier Key = NoteVerifier.Parse("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx");
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Audit", "data", "tessera");

    private static SignedCheckpoint CheckpointAt(int size) => SignedCheckpoint.Open(File.ReadAllBytes(Path.Combine(Folder, $"checkpoint.{size}")), Key);

    [Fact]
    public void Tessera_Checkpoints_AreSignedAndConsistentWithEachOther()
    {
        var tree = new TileTree(Folder, 15);
        for (var from = 0; from <= 15; from++)
        {
            Assert.Equal(from, CheckpointAt(from).Size);
            for (var to = from; to <= 15; to++)
            {
                var proof = MerkleProofs.Consistency(tree.Hash, from, to);
                Assert.True(MerkleProofs.VerifyConsistency(from, to, proof, CheckpointAt(from).Checkpoint.Root, CheckpointAt(to).Checkpoint.Root), $"{from} to {to}");
            }
        }
    }

    [Fact]
    public void Tessera_Bundles_AreTheEntriesOfItsTiles()
    {
        for (var size = 1; size <= 15; size++)
        {
            var (tree, root) = (new TileTree(Folder, size), CheckpointAt(size).Checkpoint.Root);
            for (var index = 0; index < size; index++)
                Assert.True(MerkleProofs.VerifyInclusion(index, size, Merkle.Leaf(tree.Entry(index)!), MerkleProofs.Inclusion(tree.Hash, index, size), root));
        }
    }

    [Fact]
    public void Tessera_Entries_GiveTheSameTilesHere()
    {
        var edge = new TileEdge();
        foreach (var entry in Tiles.Entries(File.ReadAllBytes(Path.Combine(Folder, "tile", "entries", "000.p", "15"))))
        {
            edge.Append(entry);
            foreach (var tile in edge.Partials())
                Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, tile.Path)), tile.Content);
        }
    }

    [Fact]
    public void Tessera_Receipt_IsAcceptedForItsEntryOnly()
    {
        var tree = new TileTree(Folder, 15);
        var receipt = new TlogProof(7, null, MerkleProofs.Inclusion(tree.Hash, 7, 15), CheckpointAt(15).Note.ToString());

        var (checkpoint, _) = TlogProof.Parse(receipt.ToString()).Verify(tree.Entry(7)!, Key);

        Assert.Equal(15, checkpoint.Size);
        Assert.Throws<TlogException>(() => receipt.Verify(tree.Entry(8)!, Key));
        Assert.Throws<TlogException>(() => receipt.Verify(tree.Entry(7)!, NoteSigner.Create(Key.Name).Verifier));
        Assert.Throws<TlogException>(() => (receipt with { Index = 8 }).Verify(tree.Entry(7)!, Key));
    }

    /// <summary>The examples of the texts at c2sp.org.</summary>
    [Theory]
    [InlineData(0, 1234067, 256, "tile/0/x001/x234/067")]
    [InlineData(0, 273, 112, "tile/0/273.p/112")]
    [InlineData(1, 1, 17, "tile/1/001.p/17")]
    [InlineData(2, 0, 1, "tile/2/000.p/1")]
    public void Tiles_HaveThePathsOfTheSpecification(int level, long number, int width, string path) => Assert.Equal(path, Tiles.HashPath(level, number, width));

    [Theory]
    [InlineData(0, 273, 112)]
    [InlineData(0, 272, 256)]
    [InlineData(1, 0, 256)]
    [InlineData(1, 1, 17)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    [InlineData(3, 0, 0)]
    public void Tiles_OfATreeOf70000_HaveTheWidthsOfTheSpecification(int level, long number, int width) => Assert.Equal(width, Tiles.WidthOf(level, number, 70_000));

    [Theory]
    [InlineData("")]
    [InlineData("c2sp.org/tlog-proof@v2\nindex 0\n\na\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 00\n\na\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nextra *\nindex 0\n\na\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\na\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 0")]
    public void Receipt_Malformed_IsRefused(string text) => Assert.Throws<TlogException>(() => TlogProof.Parse(text));

    [Fact]
    public void Receipt_Written_ReadsBack()
    {
        var receipt = new TlogProof(3, Encoding.UTF8.GetBytes("entry"), [Merkle.Leaf([1]), Merkle.Leaf([2])], "o\n4\nroot\n\n— o sig\n");

        Assert.Equal(receipt.ToString(), TlogProof.Parse(receipt.ToString()).ToString());
    }
}
