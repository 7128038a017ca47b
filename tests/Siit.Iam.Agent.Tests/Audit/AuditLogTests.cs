using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Tests.Audit;

public sealed class AuditLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("siit-audit-").FullName;
    private readonly FaultyDisk disk = new();
    private readonly ManualClock clock = new();

    private string LogPath => Path.Combine(folder, "audit.jsonl");

    public void Dispose()
    {
        disk.Answers.Set();
        disk.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task WriteAsync_Entry_IsOnDiskAndReadsBack()
    {
        await using var log = Open();
        var draft = new AuditDraft(AuditKinds.EffectIntent)
        {
            Call = "call_1",
            Request = "req_1",
            Run = "run_1",
            Action = "reset_mfa",
            Connection = "okta",
            Target = "00u1",
            Actor = new AuditActor { Requester = "ana@acme.example", RequesterProved = true, Caller = "caller_1", Operator = "o", Door = "mcp" },
            Data = new JsonObject { ["digest"] = "ab\ncd€" },
        };

        var receipt = await log.WriteAsync(draft);

        var entry = Assert.Single(AuditReader.ReadAll(LogPath));
        Assert.Equal((0, receipt.Hash, receipt.Time), (entry.Seq, entry.Hash, entry.Time));
        Assert.Equal(clock.GetUtcNow(), entry.Time);
        Assert.Equal((draft.Call, draft.Request, draft.Run, draft.Action, draft.Connection, draft.Target),
            (entry.Call, entry.Request, entry.Run, entry.Action, entry.Connection, entry.Target));
        Assert.Equal(draft.Actor, entry.Actor);
        Assert.True(JsonNode.DeepEquals(draft.Data, entry.Data));
        Assert.Equal((1, receipt.Hash, new FileInfo(LogPath).Length), (log.NextSeq, log.HeadHash, log.DurableLength));
    }

    [Fact]
    public async Task WriteAsync_ManyWriters_OneTreeAndFewerSyncsThanEntries()
    {
        await using var log = Open();

        await Task.WhenAll(Enumerable.Range(0, 64).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
                await log.WriteAsync(Draft($"call_{w}_{i}"));
        })));

        log.Publish();
        var result = AuditVerifier.Verify(new AuditFiles(folder));
        Assert.Equal((1280, null, log.HeadHash), (result.Entries, result.Problem, Convert.ToHexStringLower(result.Checkpoint!.Checkpoint.Root)));
        Assert.InRange(disk.Syncs, 1, 1000);
    }

    [Fact]
    public async Task WriteAsync_LargeData_KeepsItsDigest()
    {
        await using var log = Open();
        var data = new JsonObject { ["text"] = new string('x', 70_000) };

        await log.WriteAsync(Draft("call_1") with { Data = data });

        var kept = Assert.Single(AuditReader.ReadAll(LogPath)).Data!;
        Assert.Equal(CanonicalJson.Digest(data), (string?)kept["digest"]);
        Assert.Equal(70_011, (int)kept["omitted_bytes"]!);
        await Assert.ThrowsAsync<ArgumentException>(async () => await log.WriteAsync(Draft(new string('x', 70_000))));
    }

    [Fact]
    public async Task WriteAsync_UnknownKind_Throws()
    {
        await using var log = Open();

        await Assert.ThrowsAsync<ArgumentException>(async () => await log.WriteAsync(new AuditDraft("call.invented")));
    }

    [Fact]
    public async Task Open_WhileOpen_IsRefused()
    {
        await using var log = Open();

        var refused = Assert.Throws<AuditUnavailableException>(() => Open());

        Assert.Contains("Only one process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_Again_ContinuesTheTree()
    {
        await using (var first = Open())
            await first.WriteAsync(Draft("call_1"));
        await using var log = Open();

        var receipt = await log.WriteAsync(Draft("call_2"));

        Assert.Equal(1, receipt.Seq);
        Assert.True(AuditVerifier.Verify(new AuditFiles(folder)).IsWhole);
    }

    [Fact]
    public async Task Open_TornLastLine_CutsItOffKeepsItAndSaysSo()
    {
        await WriteThree();
        File.AppendAllText(LogPath, "{\"action\":\"res");

        await using var log = Open();

        Assert.Equal("{\"action\":\"res", File.ReadAllText(Path.Combine(folder, "audit.torn-3")));
        var last = AuditReader.ReadAll(LogPath).Last();
        Assert.Equal((3, AuditKinds.LogRepaired, 14L), (last.Seq, last.Kind, (long)last.Data!["bytes"]!));
        Assert.True(AuditVerifier.Verify(new AuditFiles(folder)).IsWhole);
    }

    [Fact]
    public async Task Open_ChangedLine_RefusesWithItsNumberAndChangesNothing()
    {
        await WriteThree();
        var changed = File.ReadAllText(LogPath).Replace("call_1", "call_9", StringComparison.Ordinal);
        File.WriteAllText(LogPath, changed);

        var damaged = Assert.Throws<AuditDamagedException>(() => Open());

        Assert.Equal(2, damaged.Line);
        Assert.Equal(changed, File.ReadAllText(LogPath));
    }

    [Fact]
    public async Task FullDisk_NewEntriesRefused_OutcomesStillRecorded_ThenRecovers()
    {
        await using var log = Open();
        using var reservation = log.Reserve(2);
        await log.WriteAsync(Draft("call_1"));
        disk.FillUp();

        var refused = await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.WriteAsync(Draft("call_2")));
        var outcome = await reservation.WriteAsync(new AuditDraft(AuditKinds.EffectOutcome) { Call = "call_1" });

        Assert.True(refused.NothingKept);
        Assert.Contains("full", refused.Message, StringComparison.Ordinal);
        Assert.False(log.Healthy);
        Assert.Throws<AuditUnavailableException>(() => log.Reserve(1));
        Assert.Equal(1, outcome.Seq);
        Assert.True(AuditVerifier.Verify(new AuditFiles(folder)).IsWhole);

        disk.Capacity = long.MaxValue;
        clock.Advance(TimeSpan.FromSeconds(2));
        await log.WriteAsync(Draft("call_3"));

        Assert.True(log.Healthy);
        Assert.Equal(3, AuditVerifier.Verify(new AuditFiles(folder)).Entries);
        // The tree has no leaf for what the disk refused.
        var head = log.HeadHash;
        await log.CloseAsync();
        await using var again = Open();
        Assert.Equal(again.HeadHash, head);
    }

    [Fact]
    public async Task FullDisk_EveryReservedEntryAtItsLargest_IsRecorded()
    {
        await using var log = Open();
        var reservations = new List<AuditReservation>();
        while (true)
        {
            try
            {
                reservations.Add(log.Reserve(1));
            }
            catch (AuditUnavailableException)
            {
                break;
            }
        }

        disk.FillUp();
        await Task.WhenAll(reservations.Select(r => r.WriteAsync(
            new AuditDraft(AuditKinds.EffectOutcome) { Data = new JsonObject { ["x"] = new string('x', 16_000) } }).AsTask()));

        Assert.True(reservations.Count > 40);
        Assert.Equal(reservations.Count, AuditVerifier.Verify(new AuditFiles(folder)).Entries);
        Assert.False(log.Healthy);
    }

    [Fact]
    public async Task FullDisk_AtOpen_RefusesNewEntries()
    {
        await WriteThree();
        File.WriteAllBytes(Path.Combine(folder, "audit.reserve"), []);
        disk.Capacity = 100;
        await using var log = Open();

        Assert.False(log.Healthy);
        await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.WriteAsync(Draft("call_1")));
    }

    [Fact]
    public async Task Reserve_Disposed_GivesItsRoomBack()
    {
        await using var log = Open();
        for (var i = 0; i < 1000; i++)
        {
            using var reservation = log.Reserve(3);
            if (i % 100 == 0)
                await reservation.WriteAsync(Draft("call_1"));
        }

        using var one = log.Reserve(1);
        await one.WriteAsync(Draft("call_2"));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await one.WriteAsync(Draft("call_3")));
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    public async Task BrokenDisk_LogStaysClosedUntilReopened(bool sync, bool append, bool truncate)
    {
        var log = Open();
        await log.WriteAsync(Draft("call_1"));
        using var reservation = log.Reserve(1);
        (disk.FailSync, disk.FailAppend, disk.FailTruncate) = (sync, append, truncate);
        if (truncate)
            disk.FillUp();

        var failed = await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.WriteAsync(Draft("call_2")));
        (disk.FailSync, disk.FailAppend, disk.FailTruncate, disk.Capacity) = (false, false, false, long.MaxValue);

        Assert.False(failed.NothingKept);
        Assert.False(log.Healthy);
        Assert.Equal(1, log.NextSeq);
        await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.WriteAsync(Draft("call_3")));
        await Assert.ThrowsAsync<AuditUnavailableException>(async () => await reservation.WriteAsync(Draft("call_3")));
        await log.CloseAsync();
        await using var reopened = Open();
        await reopened.WriteAsync(Draft("call_4"));
        Assert.True(AuditVerifier.Verify(new AuditFiles(folder)).IsWhole);
    }

    [Fact]
    public async Task BrokenDisk_QueuedWritersAllFail()
    {
        var log = Open(queueLength: 4);
        disk.Answers.Reset();
        var writes = Enumerable.Range(0, 20).Select(i => log.WriteAsync(Draft($"call_{i}")).AsTask()).ToArray();
        disk.FailSync = true;
        disk.Answers.Set();

        foreach (var write in writes)
            await Assert.ThrowsAsync<AuditUnavailableException>(() => write);
        await log.CloseAsync();
    }

    [Fact]
    public async Task HangingDisk_RefusesAfterTheTimeout_AndGoesOnWhenItAnswers()
    {
        await using var log = Open(timeout: TimeSpan.FromMilliseconds(150));
        disk.Answers.Reset();

        var unknown = await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.WriteAsync(Draft("call_1")));
        var atOnce = await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.WriteAsync(Draft("call_2")));
        Assert.False(log.Healthy);
        disk.Answers.Set();
        await Until(() => log.Healthy);
        await log.WriteAsync(Draft("call_3"));

        Assert.False(unknown.NothingKept);
        Assert.True(atOnce.NothingKept);
        Assert.Equal(["call_1", "call_3"], AuditReader.ReadAll(LogPath).Select(e => e.Call));
    }

    [Fact]
    public async Task CancelledWriter_EntryIsWholeAndTheLogGoesOn()
    {
        await using var log = Open();
        using var cancel = new CancellationTokenSource();
        disk.Answers.Reset();
        var first = log.WriteAsync(Draft("call_1"), cancel.Token).AsTask();
        var second = log.WriteAsync(Draft("call_2")).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        disk.Answers.Set();
        await second;

        Assert.Equal(["call_1", "call_2"], AuditReader.ReadAll(LogPath).Select(e => e.Call));
        Assert.True(AuditVerifier.Verify(new AuditFiles(folder)).IsWhole);
    }

    [Fact]
    public async Task WriteAsync_DataChangedAfterwards_KeepsWhatWasHandedIn()
    {
        await using var log = Open();
        var data = new JsonObject { ["x"] = 1 };
        disk.Answers.Reset();
        var write = log.WriteAsync(Draft("call_1") with { Data = data }).AsTask();
        data["x"] = 2;
        disk.Answers.Set();
        await write;

        Assert.Equal(1, (int)AuditReader.ReadAll(LogPath).Single().Data!["x"]!);
    }

    [Fact]
    public void AuditFile_RealFullDevice_IsSeenAsFull()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

        var error = Assert.ThrowsAny<IOException>(() => full.Write([1, 2, 3]));

        Assert.True(AuditFile.IsFull(error));
        Assert.False(AuditFile.IsFull(new IOException("Input/output error", 5)));
    }

    [Fact]
    public async Task Open_Files_ArePrivate()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var log = Open();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(LogPath));
    }

    [Fact]
    public void Kinds_HaveDistinctCodes()
    {
        Assert.Equal(AuditKinds.All.Count, AuditKinds.All.Select(AuditKinds.CodeOf).Distinct().Count());
    }

    private static AuditDraft Draft(string call) => new(AuditKinds.CallReceived) { Call = call };

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition())
            await Task.Delay(5, limit.Token);
    }

    private async Task WriteThree()
    {
        await using var log = Open();
        for (var i = 0; i < 3; i++)
            await log.WriteAsync(Draft($"call_{i}"));
    }

    private AuditLog Open(TimeSpan? timeout = null, int queueLength = 1024) => AuditLog.Open(
        new AuditOptions { Folder = folder, ReserveBytes = 1 << 20, QueueLength = queueLength, WriteTimeout = timeout ?? TimeSpan.FromSeconds(20), CheckpointEvery = TimeSpan.FromHours(1) },
        clock, NullLogger.Instance, disk.Open);

    // Moves by hand; timers are the real ones.
    private sealed class ManualClock : TimeProvider
    {
        private long ticks = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => Interlocked.Add(ref ticks, by.Ticks);

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);

        public override long GetTimestamp() => Interlocked.Read(ref ticks);
    }
}
