using LiteDB;
using LiteDB.Engine;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Store;

public sealed class CommitBarrierTests
{
    /// <summary>A power cut between two writes: whatever is confirmed on the disk is there whole, and what was acknowledged is confirmed.</summary>
    [Fact]
    public async Task Commit_IsConfirmedOnlyBehindASyncOfEverythingElse_AndSyncedBeforeItReturns()
    {
        var folder = new DataFolder(Path.Combine(Path.GetTempPath(), "siit-store-" + Path.GetRandomFileName()));
        var steps = new List<string>();
        await using (var store = LiteDbStore.Open(folder, [], path => new LiteDatabase(new LiteEngine(
            new EngineSettings { DataStream = new FileStream(path, FileMode.OpenOrCreate), LogStream = new Recorded(new MemoryStream(), steps), Collation = Collation.Binary }))))
        {
            for (var i = 0; i < 30; i++)
            {
                lock (steps)
                    steps.Add("commit");
                Assert.True((await store.CommitAsync([.. Enumerable.Range(0, 40).Select(j => Change.Create(new Thing { Id = $"thing_{i}_{j}", Owner = new string('x', 300) }))])).Done);
                lock (steps)
                    Assert.Equal("sync", steps[^1]);
            }
        }

        var (unsynced, confirmed, syncs) = (0, 0, 0);
        foreach (var step in steps.SkipWhile(step => step != "commit"))
        {
            if (step == "confirm")
            {
                Assert.Equal(0, unsynced);
                confirmed++;
            }

            unsynced = step switch { "sync" => 0, "page" or "confirm" => unsynced + 1, _ => unsynced };
            syncs += step == "sync" ? 1 : 0;
        }

        Assert.InRange(confirmed, 30, 40);
        Assert.True(syncs <= 2 * confirmed, $"{syncs} syncs for {confirmed} commits");
        Assert.True(steps.Count(step => step == "page") > 100, "a commit has more pages than the one that confirms it");
        Directory.Delete(folder.Path, recursive: true);
    }

    /// <summary>Tells each page that is written, whether it confirms, and each sync.</summary>
    private sealed class Recorded(MemoryStream inner, List<string> steps) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => inner.Position = value; }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => inner.SetLength(value);

        public override void Flush() => Tell("sync");

        public override void Write(byte[] buffer, int offset, int count)
        {
            // Where LiteDB 5.0.20 says whether a page confirms its transaction.
            Tell(buffer[offset + 18] != 0 ? "confirm" : "page");
            inner.Write(buffer, offset, count);
        }

        private void Tell(string step)
        {
            lock (steps)
                steps.Add(step);
        }
    }
}
