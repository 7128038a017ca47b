using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Tests.Audit;

public sealed class AuditReaderTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();
    private readonly List<byte[]> lines = [];
    private readonly List<string> hashes = [];

    public AuditReaderTests()
    {
        var prev = AuditLine.NoPrev;
        for (var i = 0; i < 200; i++)
        {
            var draft = new AuditDraft(AuditKinds.CallReceived)
            {
                Call = $"call_{i}",
                Action = "find_person",
                Target = "ü€",
                Data = new JsonObject { ["n"] = i, ["hash"] = "\u0001" },
            };
            var (line, hash) = AuditLine.Seal(AuditLine.Body(draft, DateTimeOffset.UnixEpoch.AddSeconds(i)), i, prev);
            lines.Add(line);
            hashes.Add(hash);
            prev = hash;
        }

        Write(lines);
    }

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Verify_WholeLog_GivesCountAndHead() => Assert.Equal(new AuditVerification(200, hashes[^1], null), AuditReader.Verify(path));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Chain_EverySingleBitFlipped_IsDetected(bool strict)
    {
        var missed = 0;
        Parallel.For(0, lines.Count, i =>
        {
            // The chain up to line i is in order, so only this line and the next can show the flip.
            byte[] bytes = i + 1 < lines.Count ? [.. lines[i], .. lines[i + 1]] : [.. lines[i]];
            for (var bit = 0; bit < lines[i].Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                if (IsWhole(bytes, new AuditChain(i, i == 0 ? AuditLine.NoPrev : hashes[i - 1], strict), Math.Min(2, lines.Count - i)))
                    Interlocked.Increment(ref missed);
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        });

        Assert.Equal(0, missed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(777)]
    [InlineData(-1)]
    public void Verify_OneBitFlippedInTheFile_IsDetected(int place)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[place < 0 ? bytes.Length + place : place] ^= 1;
        File.WriteAllBytes(path, bytes);

        Assert.NotNull(AuditReader.Verify(path).Problem);
    }

    [Fact]
    public void Verify_LineDeleted_IsDetected() => Detected(l => l.RemoveAt(100), 101);

    [Fact]
    public void Verify_FirstLineDeleted_IsDetected() => Detected(l => l.RemoveAt(0), 1);

    [Fact]
    public void Verify_LineInserted_IsDetected() => Detected(l => l.Insert(50, l[120]), 51);

    [Fact]
    public void Verify_LineDoubled_IsDetected() => Detected(l => l.Insert(50, l[49]), 51);

    [Fact]
    public void Verify_LinesSwapped_IsDetected() => Detected(l => (l[10], l[11]) = (l[11], l[10]), 11);

    [Fact]
    public void Verify_BlankLine_IsDetected() => Detected(l => l.Insert(7, "\n"u8.ToArray()), 8);

    [Fact]
    public void Verify_LineRewrittenWithItsOwnHash_IsDetectedAtTheNext() => Detected(
        l => l[30] = AuditLine.Seal(AuditLine.Body(new AuditDraft(AuditKinds.CallAnswered), DateTimeOffset.UnixEpoch), 30, hashes[29]).Line, 32);

    [Fact]
    public void Verify_HashedButNotCanonical_IsDetected()
    {
        var body = AuditLine.Body(new AuditDraft(AuditKinds.CallReceived), DateTimeOffset.UnixEpoch);
        var (line, _) = AuditLine.Seal(body, 0, AuditLine.NoPrev);
        // Written with a space, hashed with the space: consistent to us, another verifier would canonicalise and differ.
        var text = Encoding.UTF8.GetString(line).TrimEnd('\n').Replace("\"seq\":0", "\"seq\": 0", StringComparison.Ordinal);
        var real = AuditLine.Measure(Encoding.UTF8.GetBytes(text))!.Value;
        File.WriteAllText(path, text.Replace(real.Hash, real.RealHash, StringComparison.Ordinal) + "\n");

        Assert.Contains("RFC 8785", AuditReader.Verify(path).Problem!.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_EndCutOff_IsDetectedByTheKeptEntryOnly()
    {
        Write(lines[..150]);

        Assert.True(AuditReader.Verify(path).IsWhole);
        Assert.Contains("cut off", AuditReader.Verify(path, 150, hashes[150]).Problem!.What, StringComparison.Ordinal);
        Assert.True(AuditReader.Verify(path, 149, hashes[149]).IsWhole);
        Assert.NotNull(AuditReader.Verify(path, 149, hashes[148]).Problem);
    }

    [Fact]
    public void Verify_LineThatNeverEnds_IsDetectedWithoutReadingItAll()
    {
        File.WriteAllBytes(path, new byte[3_000_000]);

        Assert.Equal(1, AuditReader.Verify(path).Problem!.Line);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(200)]
    [InlineData(1000)]
    public void Tail_Count_GivesTheLastOldestFirst(int count)
    {
        var tail = AuditReader.Tail(path, count);

        Assert.Equal(Enumerable.Range(0, 200).TakeLast(count).Select(i => (long)i), tail.Select(e => e.Seq));
    }

    [Fact]
    public void Tail_HalfWrittenLine_IsLeftOut()
    {
        File.AppendAllText(path, "{\"act");

        Assert.Equal(199, Assert.Single(AuditReader.Tail(path, 1)).Seq);
    }

    [Fact]
    public void ReadAll_DamagedLine_GivesWhatIsBeforeItThenThrows()
    {
        lines.RemoveAt(5);
        Write(lines);
        var read = new List<AuditEntry>();

        var damaged = Assert.Throws<AuditDamagedException>(() => read.AddRange(AuditReader.ReadAll(path).Select(e => e)));

        Assert.Equal(6, damaged.Line);
    }

    private static bool IsWhole(ReadOnlySpan<byte> bytes, AuditChain chain, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var end = bytes.IndexOf((byte)'\n');
            if (end < 0 || chain.Take(bytes[..end]) is not null)
                return false;
            bytes = bytes[(end + 1)..];
        }

        return bytes.IsEmpty;
    }

    private void Detected(Action<List<byte[]>> change, long line)
    {
        change(lines);
        Write(lines);

        Assert.Equal(line, AuditReader.Verify(path).Problem?.Line);
    }

    private void Write(IEnumerable<byte[]> content) => File.WriteAllBytes(path, [.. content.SelectMany(l => l)]);
}
