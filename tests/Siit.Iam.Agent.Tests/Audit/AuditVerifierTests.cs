using System.Text;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Tests.Audit;

/// <summary>Whatever is changed in a log is found; what can be found only from outside, a cut end, by a kept checkpoint.</summary>
public sealed class AuditVerifierTests : IAsyncLifetime
{
    private const int Entries = 200;
    private readonly AuditFolder folder = new();
    private byte[] early = [];

    private string Log => folder.Files.Log;

    public async ValueTask InitializeAsync()
    {
        await folder.WriteAsync(Entries - 80);
        early = folder.Checkpoint();
        await folder.WriteAsync(80, from: Entries - 80);
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Whole_IsWhole()
    {
        var verified = folder.Verify(early);

        Assert.Equal((Entries, 0L, null), (verified.Entries, verified.Unsigned, verified.Problem));
        Assert.Equal(Entries, verified.Checkpoint!.Size);
    }

    /// <summary>
    /// Each flip is judged by the changed leaf's way to the signed root, so that all of them take seconds. That the verifier judges so
    /// shows the next test.
    /// </summary>
    [Fact]
    public void Log_EveryBitFlipped_NoLongerLeadsToTheSignedRoot()
    {
        var lines = File.ReadAllBytes(Log);
        var entries = Lines(lines);
        var (tree, root) = (new TileTree(folder.Files.Prefix, Entries), folder.Verify().Checkpoint!.Checkpoint.Root);
        var proofs = entries.Select((_, i) => MerkleProofs.Inclusion(tree.Hash, i, Entries)).ToList();
        var (flips, missed) = (0L, 0L);
        Parallel.For(0, entries.Count, i =>
        {
            byte[] line = [.. entries[i], (byte)'\n'];
            Assert.True(MerkleProofs.VerifyInclusion(i, Entries, Merkle.Leaf(line.AsSpan(..^1)), proofs[i], root));
            for (var bit = 0; bit < line.Length * 8; bit++)
            {
                line[bit / 8] ^= (byte)(1 << (bit % 8));
                // A newline that appears or goes makes the lines more or fewer than were signed, and this one another.
                var newline = line.AsSpan().IndexOf((byte)'\n');
                var first = newline < 0 ? line : line[..newline];
                if (MerkleProofs.VerifyInclusion(i, Entries, Merkle.Leaf(first), proofs[i], root))
                    Interlocked.Increment(ref missed);
                Interlocked.Increment(ref flips);
                line[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        });

        Assert.Equal((lines.Length * 8L, 0L), (flips, missed));
    }

    [Fact]
    public void Log_BitsFlippedInTheFile_AreFoundInTheirLine()
    {
        var bytes = File.ReadAllBytes(Log);
        for (var bit = 3; bit < bytes.Length * 8; bit += 4001)
        {
            var place = bit / 8;
            bytes[place] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(Log, bytes);

            var problem = folder.Verify().Problem;

            Assert.True(problem is not null, $"bit {bit}");
            bytes[place] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void EveryOtherFile_EveryBitFlipped_IsFound()
    {
        string[] files = [folder.Files.Checkpoint, folder.Files.Vkeys, .. Directory.GetFiles(Path.Combine(folder.Files.Prefix, "tile", "0"), "*", SearchOption.AllDirectories)];
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            // Each bit of the signed text and of the keys; of hashes, one in a hundred bytes.
            var step = file.Contains("tile", StringComparison.Ordinal) ? 997 : 1;
            for (var bit = 0; bit < bytes.Length * 8; bit += step)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                File.WriteAllBytes(file, bytes);
                Assert.False(folder.Verify().IsWhole, $"{file} bit {bit}");
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }

            File.WriteAllBytes(file, bytes);
        }

        Assert.True(folder.Verify().IsWhole);
    }

    [Theory]
    [InlineData("deleted", 101)]
    [InlineData("first deleted", 1)]
    [InlineData("inserted", 51)]
    [InlineData("doubled", 51)]
    [InlineData("swapped", 11)]
    [InlineData("blank", 8)]
    public void Log_LinesMoved_AreFoundWhereTheyAre(string what, long line)
    {
        Change(lines =>
        {
            switch (what)
            {
                case "deleted": lines.RemoveAt(100); break;
                case "first deleted": lines.RemoveAt(0); break;
                case "inserted": lines.Insert(50, lines[120]); break;
                case "doubled": lines.Insert(50, lines[49]); break;
                case "swapped": (lines[10], lines[11]) = (lines[11], lines[10]); break;
                case "blank": lines.Insert(7, ""); break;
            }
        });

        Assert.Equal(line, folder.Verify().Problem?.Line);
    }

    /// <summary>Well-formed, with the right number: only the tree knows.</summary>
    [Fact]
    public void Log_EntryRewrittenInForm_IsFound()
    {
        Change(lines => lines[30] = lines[30].Replace("call_30", "call_99", StringComparison.Ordinal));

        var problem = folder.Verify().Problem!;

        Assert.Equal((31L, "it is not what was written and signed"), (problem.Line, problem.What));
    }

    [Fact]
    public void Log_NotCanonical_IsFound()
    {
        Change(lines => lines[4] = lines[4].Replace("\"seq\":4", "\"seq\": 4", StringComparison.Ordinal));

        Assert.Contains("RFC 8785", folder.Verify().Problem!.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Log_EndCutOff_IsFound()
    {
        Change(lines => lines.RemoveRange(150, 50));

        Assert.Contains("entries are missing", folder.Verify().Problem!.What, StringComparison.Ordinal);
    }

    /// <summary>Everything taken back together, or written anew by somebody who has the key: the log itself is in order.</summary>
    [Theory]
    [InlineData("rolled back", "rolled back")]
    [InlineData("forked", "written anew or forked")]
    [InlineData("another log", "of another log")]
    public async Task Log_InOrderButNotTheOneKept_IsFoundByTheKeptCheckpointOnly(string what, string told)
    {
        var kept = folder.Checkpoint();
        using var other = folder.Copy();
        if (what == "another log")
        {
            using var stranger = await new AuditFolder().WriteAsync(Entries);
            Assert.True(stranger.Verify().IsWhole);
            Assert.Contains(told, stranger.Verify(kept).Problem!.What, StringComparison.Ordinal);
            return;
        }

        // With the key in hand: cut, and signed again as if it had always been so.
        var lines = File.ReadAllLines(other.Files.Log)[..(what == "forked" ? 100 : 150)];
        File.WriteAllText(other.Files.Log, string.Concat(lines.Select(line => line + "\n")));
        Directory.Delete(other.Files.Prefix, recursive: true);
        var edge = new MerkleEdge();
        foreach (var line in lines)
            edge.Append(Merkle.Leaf(Encoding.UTF8.GetBytes(line)));
        var signer = NoteSigner.Parse(File.ReadAllText(other.Files.Key));
        Directory.CreateDirectory(other.Files.Prefix);
        File.WriteAllBytes(other.Files.Checkpoint, SignedCheckpoint.Sign(new Checkpoint(signer.Verifier.Name, edge.Size, edge.Root()), signer).Bytes());
        if (what == "forked")
            await other.WriteAsync(120, from: 1000);
        else
            await other.WriteAsync(0);

        Assert.True(other.Verify().IsWhole, other.Verify().Problem?.What);
        Assert.Contains(told, other.Verify(kept).Problem!.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_Swapped_IsFoundByTheKeptKeyOrCheckpoint()
    {
        var (kept, key) = (folder.Checkpoint(), AuditKeys.ReadVkeys(folder.Files.Vkeys)[^1]);
        // All that is signed is signed anew with a key of somebody else.
        var thief = NoteSigner.Create(key.Name);
        File.WriteAllText(folder.Files.Key, thief.Export());
        File.WriteAllText(folder.Files.Vkeys, $"{thief.Verifier}\n");
        File.WriteAllBytes(folder.Files.Checkpoint, SignedCheckpoint.Sign(Checkpoint.Parse(SignedNote.Parse(kept).Text), thief).Bytes());
        await folder.WriteAsync(1);

        Assert.True(folder.Verify().IsWhole);
        Assert.Contains("keys were swapped", folder.Verify(kept).Problem!.What, StringComparison.Ordinal);
        Assert.Contains("keys were swapped", AuditVerifier.Verify(folder.Files, trusted: [key]).Problem!.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tile_Missing_IsFoundAndTheStartWritesItAnew()
    {
        Directory.Delete(Path.Combine(folder.Files.Prefix, "tile"), recursive: true);
        Assert.Contains("is missing", folder.Verify().Problem!.What, StringComparison.Ordinal);

        await folder.WriteAsync(0);

        Assert.True(folder.Verify(early).IsWhole, folder.Verify(early).Problem?.What);
    }

    private static List<byte[]> Lines(byte[] file)
    {
        var lines = new List<byte[]>();
        for (var rest = file.AsSpan(); rest.IndexOf((byte)'\n') is var end and >= 0; rest = rest[(end + 1)..])
            lines.Add(rest[..end].ToArray());
        return lines;
    }

    private void Change(Action<List<string>> change)
    {
        var lines = File.ReadAllLines(Log).ToList();
        change(lines);
        File.WriteAllText(Log, string.Concat(lines.Select(line => line + "\n")));
    }
}
