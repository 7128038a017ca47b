using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Tests.Audit;

/// <summary>Entries go into an archive, and the log stays the log: the same tree, the same proofs, every change still found.</summary>
public sealed class AuditArchivingTests : IAsyncLifetime
{
    private const int Entries = 700;
    private const int Archived = 512;
    private readonly AuditFolder folder = new();
    private readonly AuditFolder archive = new();
    private string[] lines = [];
    private byte[] early = [];

    public async ValueTask InitializeAsync()
    {
        await folder.WriteAsync(100);
        early = folder.Checkpoint();
        await folder.WriteAsync(Entries - 100, from: 100);
        lines = File.ReadAllLines(folder.Files.Log);
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        archive.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Archived_LinesMove_TreeAndProofsStay()
    {
        var done = await ArchiveAsync();

        Assert.Equal((0L, Archived, "entries from 600 on are read at the next start"), (done.First, done.Until, done.HeldBy));
        var file = AuditArchive.EntriesFile(archive.Path, 0, Archived - 1);
        Assert.Equal([file], done.Files);
        Assert.Equal(lines[..Archived], File.ReadAllLines(file));
        Assert.Equal(lines[Archived..], File.ReadAllLines(folder.Files.Log).Take(Entries - Archived));
        Assert.False(File.Exists(Path.Combine(folder.Files.Prefix, Tiles.EntriesPath(0))));
        Assert.True(File.Exists(Path.Combine(folder.Files.Prefix, Tiles.EntriesPath(2, (Entries + 1) % 256))));
        // It goes on, and is opened anew.
        await folder.WriteAsync(300, from: Entries);

        AssertWhole(folder, Archived, Entries + 301);
        var signed = Signed();
        var tree = new TileTree(folder.Files.Prefix, signed.Size);
        foreach (var kept in new[] { Archived, 600, Entries + 300 })
            Assert.True(MerkleProofs.VerifyInclusion(kept, signed.Size, Merkle.Leaf(tree.Entry(kept)!), MerkleProofs.Inclusion(tree.Hash, kept, signed.Size), signed.Checkpoint.Root));
        foreach (var (away, line) in AuditArchive.Open(archive.Path).Read(0, Archived).Select(line => (line.Seq, line.Line)))
            Assert.True(MerkleProofs.VerifyInclusion(away, signed.Size, Merkle.Leaf(line), MerkleProofs.Inclusion(tree.Hash, away, signed.Size), signed.Checkpoint.Root));
        var old = SignedCheckpoint.Open(early, AuditKeys.ReadVkeys(folder.Files.Vkeys)[^1]);
        Assert.True(MerkleProofs.VerifyConsistency(old.Size, signed.Size, MerkleProofs.Consistency(tree.Hash, old.Size, signed.Size), old.Checkpoint.Root, signed.Checkpoint.Root));
    }

    [Fact]
    public async Task Log_SaysWhatWasArchivedAndByWhom()
    {
        await ArchiveAsync();

        var entry = AuditReader.ReadAll(folder.Files.Log).Single(entry => entry.Kind == AuditKinds.LogArchived);
        Assert.Equal(("olga", "cli"), (entry.Actor!.Operator, entry.Actor.Door));
        Assert.Equal((0, Archived - 1), ((long)entry.Data!["from"]!, (long)entry.Data["to"]!));
        var edge = new MerkleEdge();
        foreach (var line in lines[..Archived])
            edge.Append(Merkle.Leaf(System.Text.Encoding.UTF8.GetBytes(line)));
        Assert.Equal(Convert.ToHexStringLower(edge.Root()), (string?)entry.Data["root"]);
        // The archive is a log of its own that was signed.
        var checkpoint = SignedCheckpoint.Open(File.ReadAllBytes(AuditArchive.CheckpointFile(archive.Path, Archived)), AuditKeys.ReadVkeys(Path.Combine(archive.Path, "audit.vkeys"))[^1]);
        Assert.Equal((Archived, Convert.ToHexStringLower(edge.Root())), (checkpoint.Size, Convert.ToHexStringLower(checkpoint.Checkpoint.Root)));
    }

    [Fact]
    public async Task Twice_TheSecondGoesOnWhereTheFirstEnded()
    {
        await ArchiveAsync();
        await folder.WriteAsync(600, from: Entries);

        var done = await ArchiveAsync(from: long.MaxValue);

        Assert.Equal((Archived, 1280L), (done.First, done.Until));
        AssertWhole(folder, 1280, 1302);
        Assert.Empty((await ArchiveAsync(from: long.MaxValue)).Files);
        var all = AuditReader.ReadAll(folder.Files, AuditArchive.Open(archive.Path)).ToList();
        Assert.Equal(Enumerable.Range(0, all.Count), all.Select(entry => (int)entry.Seq));
    }

    [Fact]
    public async Task Nothing_BeforeThatMoment_OrHeld_NothingIsMoved()
    {
        Assert.Equal(0, (await ArchiveAsync(before: DateTimeOffset.UnixEpoch)).Until);
        Assert.Equal("call_3 waits", (await ArchiveAsync(holds: entry => entry.Call == "call_3" ? "call_3 waits" : null)).HeldBy);
        // Entries before the one that is held, in whole bundles.
        Assert.Equal(256, (await ArchiveAsync(holds: entry => entry.Call == "call_300" ? "call_300 waits" : null)).Until);

        AssertWhole(folder, 256, Entries + 1);
    }

    [Fact]
    public async Task Tiles_Missing_AreWrittenAnewFromHashesAndLines()
    {
        await ArchiveAsync();
        Directory.Delete(Path.Combine(folder.Files.Prefix, "tile"), recursive: true);

        await folder.WriteAsync(0);

        AssertWhole(folder, Archived, Entries + 1);
        Assert.False(File.Exists(Path.Combine(folder.Files.Prefix, Tiles.EntriesPath(0))));
    }

    [Fact]
    public async Task KeyRotated_BeforeWhatWasArchived_IsStillVouchedFor()
    {
        AuditKeys.Load(folder.Files, AuditFile.Open).BeginRotation();
        await folder.WriteAsync(400, from: Entries);
        await ArchiveAsync(from: long.MaxValue);
        await folder.WriteAsync(600, from: 2000);
        // Now the entry that spoke for the archived one is archived as well.
        await ArchiveAsync(from: long.MaxValue);

        Assert.True(folder.Verify().IsWhole, folder.Verify().Problem?.What);
        Assert.Equal(2, AuditKeys.ReadVkeys(folder.Files.Vkeys).Count);
    }

    [Fact]
    public async Task ReadAfter_WhatIsArchived_IsRefused_AndWhatIsHereIsRead()
    {
        await ArchiveAsync();
        await using var log = folder.Open();

        Assert.Contains("unarchive", Assert.Throws<AuditUnavailableException>(() => log.ReadAfter(Archived - 2)).Message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(Archived, Entries + 1 - Archived), log.ReadAfter(Archived - 1).Select(entry => (int)entry.Seq));
        Assert.Equal([Entries], log.ReadAfter(Entries - 1).Select(entry => (int)entry.Seq));
        foreach (var of in new[] { 1, 300, 512, 513, 700 })
        {
            var edge = new MerkleEdge();
            foreach (var line in lines[..of])
                edge.Append(Merkle.Leaf(System.Text.Encoding.UTF8.GetBytes(line)));
            Assert.True(log.Agrees(of - 1, Convert.ToHexStringLower(edge.Root())), $"{of}");
            Assert.False(log.Agrees(of - 1, new string('0', 64)));
        }
    }

    /// <summary>Also without tiles that could tell.</summary>
    [Fact]
    public async Task Agrees_TilesGone_ByTheHashes()
    {
        await ArchiveAsync();
        await using var log = folder.Open();
        Directory.Delete(Path.Combine(folder.Files.Prefix, "tile"), recursive: true);
        var edge = new MerkleEdge();
        foreach (var line in lines[..300])
            edge.Append(Merkle.Leaf(System.Text.Encoding.UTF8.GetBytes(line)));

        Assert.True(log.Agrees(299, Convert.ToHexStringLower(edge.Root())));
    }

    [Fact]
    public async Task Unarchive_PutsTheVeryLinesBack()
    {
        await ArchiveAsync();
        await folder.WriteAsync(5, from: Entries);
        var now = File.ReadAllLines(folder.Files.Log);

        Assert.Equal(Archived, await AuditArchiving.BackAsync(folder.Options, TimeProvider.System, AuditArchive.Open(archive.Path), "olga"));

        Assert.Equal([.. lines[..Archived], .. now], File.ReadAllLines(folder.Files.Log).SkipLast(1));
        Assert.False(File.Exists(folder.Files.Leaves));
        AssertWhole(folder, 0, Entries + 7);
        Assert.Equal(AuditKinds.LogUnarchived, AuditReader.Tail(folder.Files.Log, 1)[0].Kind);
        Assert.True(folder.Verify(early).IsWhole);
    }

    [Fact]
    public async Task Unarchive_ArchiveIncompleteOrChanged_ChangesNothing()
    {
        await ArchiveAsync();
        var (before, file) = (File.ReadAllBytes(folder.Files.Log), AuditArchive.EntriesFile(archive.Path, 0, Archived - 1));
        var whole = File.ReadAllLines(file);
        foreach (var wrong in new[] { whole[1..], whole[..^1], [.. whole[..7], whole[7].Replace("ana@", "bob@", StringComparison.Ordinal), .. whole[8..]] })
        {
            File.WriteAllText(file, string.Concat(wrong.Select(line => line + "\n")));
            await Assert.ThrowsAsync<TlogException>(() => AuditArchiving.BackAsync(folder.Options, TimeProvider.System, AuditArchive.Open(archive.Path), "olga"));
        }

        File.Delete(file);
        await Assert.ThrowsAsync<TlogException>(() => AuditArchiving.BackAsync(folder.Options, TimeProvider.System, AuditArchive.Open(archive.Path), "olga"));
        Assert.Equal(before, File.ReadAllBytes(folder.Files.Log));
        AssertWhole(folder, Archived, Entries + 1, archiveIsThere: false);
    }

    [Fact]
    public async Task Folder_HoldsAnotherLogsFile_NothingIsTakenOut()
    {
        using var other = await new AuditFolder().WriteAsync(Entries);
        await AuditArchiving.RunAsync(other.Options, TimeProvider.System, Request(), _ => Task.FromResult(new LogNeeds(600, _ => null)));
        var before = File.ReadAllBytes(folder.Files.Log);

        var wrong = await Assert.ThrowsAsync<TlogException>(() => ArchiveAsync());

        Assert.Contains("another log's", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder.Files.Log));
    }

    /// <summary>The log is changed before it is archived: nothing false gets into an archive as if it were true.</summary>
    [Fact]
    public async Task Log_Damaged_IsNotArchived()
    {
        File.WriteAllText(folder.Files.Log, File.ReadAllText(folder.Files.Log).Replace("call_30\"", "call_99\"", StringComparison.Ordinal));

        await Assert.ThrowsAsync<AuditDamagedException>(() => ArchiveAsync());

        Assert.Empty(Directory.GetFiles(archive.Path));
    }

    [Fact]
    public async Task EveryFile_BitsFlipped_IsFound()
    {
        await ArchiveAsync();
        var read = AuditArchive.Open(archive.Path);
        var entries = AuditArchive.EntriesFile(archive.Path, 0, Archived - 1);
        var (flips, missed) = (0, new List<string>());
        foreach (var (file, step) in new[] { (folder.Files.Leaves, 997), (folder.Files.Log, 8009), (entries, 20_011), (Path.Combine(folder.Files.Prefix, Tiles.HashPath(0, 0)), 997) })
        {
            var bytes = File.ReadAllBytes(file);
            for (var bit = 1; bit < bytes.Length * 8; bit += step)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                File.WriteAllBytes(file, bytes);
                flips++;
                if (AuditVerifier.Verify(folder.Files, archive: read).IsWhole)
                    missed.Add($"{file} bit {bit}");
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }

            File.WriteAllBytes(file, bytes);
        }

        Assert.Empty(missed);
        Assert.True(flips > 250, $"{flips}");
        AssertWhole(folder, Archived, Entries + 1);
    }

    /// <summary>Every bit of every archived hash, by its way to the signed root, so that all of them take seconds.</summary>
    [Fact]
    public async Task Leaves_EveryBitFlipped_NoLongerLeadsToTheSignedRoot()
    {
        await ArchiveAsync();
        var (signed, leaves) = (Signed(), AuditLeaves.Read(folder.Files, 0, Archived).ToList());
        var tree = new TileTree(folder.Files.Prefix, signed.Size);
        var missed = 0;
        for (var i = 0; i < leaves.Count; i++)
        {
            var proof = MerkleProofs.Inclusion(tree.Hash, i, signed.Size);
            Assert.True(MerkleProofs.VerifyInclusion(i, signed.Size, leaves[i], proof, signed.Checkpoint.Root));
            for (var bit = 0; bit < 256; bit++)
            {
                leaves[i][bit / 8] ^= (byte)(1 << (bit % 8));
                missed += MerkleProofs.VerifyInclusion(i, signed.Size, leaves[i], proof, signed.Checkpoint.Root) ? 1 : 0;
                leaves[i][bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        Assert.Equal(0, missed);
    }

    [Theory]
    [InlineData("leaves gone", "it is not the entry with number 0")]
    [InlineData("leaves cut", "does not follow")]
    [InlineData("leaves torn", "length")]
    [InlineData("lines here as well", "is not the entry with number 255")]
    [InlineData("lines here as well, other leaves", "it is not what its hash in")]
    [InlineData("too many leaves", "1024 entries are archived, 701 are signed")]
    [InlineData("leaves swapped", "not what was written and signed")]
    [InlineData("first line gone", "does not follow")]
    [InlineData("first bundle gone", "does not follow")]
    [InlineData("all lines gone", "entries are missing")]
    [InlineData("log gone", "the file is missing")]
    [InlineData("checkpoint of the archive", "not what was written and signed")]
    public async Task Changed_IsFoundAndNotOpened(string what, string told)
    {
        await ArchiveAsync();
        var (files, leaves, log) = (folder.Files, File.ReadAllBytes(folder.Files.Leaves), File.ReadAllLines(folder.Files.Log));
        void Lines(IEnumerable<string> now) => File.WriteAllText(files.Log, string.Concat(now.Select(line => line + "\n")));
        switch (what)
        {
            case "leaves gone": File.Delete(files.Leaves); break;
            case "leaves cut": File.WriteAllBytes(files.Leaves, leaves[..^(256 * 32)]); break;
            case "leaves torn": File.WriteAllBytes(files.Leaves, leaves[..^1]); break;
            // As an archive that was interrupted leaves them, but not these.
            case "lines here as well": Lines([.. lines[..255], lines[254], .. lines[256..Archived], .. log]); break;
            case "lines here as well, other leaves": Lines([.. lines[..Archived], .. log]); File.WriteAllBytes(files.Leaves, [.. leaves[32..64], .. leaves[..32], .. leaves[64..]]); break;
            case "too many leaves": File.WriteAllBytes(files.Leaves, [.. leaves, .. leaves]); break;
            case "leaves swapped": File.WriteAllBytes(files.Leaves, [.. leaves[32..64], .. leaves[..32], .. leaves[64..]]); break;
            case "first line gone": Lines(log[1..]); break;
            case "first bundle gone": Lines(log[100..]); break;
            case "all lines gone": File.WriteAllText(files.Log, ""); break;
            case "log gone": File.Delete(files.Log); break;
            case "checkpoint of the archive":
                File.Copy(AuditArchive.CheckpointFile(archive.Path, Archived), files.Checkpoint, overwrite: true);
                File.WriteAllBytes(files.Leaves, [.. leaves[32..64], .. leaves[..32], .. leaves[64..]]);
                break;
        }

        var problem = folder.Verify().Problem;

        Assert.True(problem is not null && problem.What.Contains(told, StringComparison.Ordinal), $"{problem?.File}: {problem?.What}");
        Assert.True(Record.Exception(() => folder.Open()) is AuditDamagedException or AuditUnavailableException);
    }

    [Theory]
    [InlineData(Fault.Kill)]
    [InlineData(Fault.ShortWriteAndKill)]
    [InlineData(Fault.Eio)]
    [InlineData(Fault.Enospc)]
    public async Task EveryStep_Faulty_LosesNoEntry_AndTheSameCommandFinishes(Fault fault)
    {
        var all = new FaultPoints(fault, int.MaxValue);
        await RunAsync(all, "no fault");
        Assert.True(all.Steps > 20, $"{all.Steps} steps");
        for (var at = 0; at < all.Steps; at++)
            await RunAsync(new FaultPoints(fault, at), $"{fault} at step {at}");
        TestContext.Current.TestOutputHelper!.WriteLine($"{fault}: {all.Steps} steps, none lost an entry.");
    }

    private async Task RunAsync(FaultPoints points, string where)
    {
        using var log = folder.Copy();
        using var to = new AuditFolder();
        try
        {
            await AuditArchiving.RunAsync(log.Options, TimeProvider.System, Request(to), _ => Task.FromResult(new LogNeeds(600, _ => null)), points.Open);
        }
        catch (Exception e) when (e is AuditUnavailableException or IOException)
        {
            // Whoever asked is told that it was not done.
        }

        var interrupted = AuditReader.ReadAll(log.Files, AuditArchive.Open(to.Path)).Take(Entries).ToList();
        Assert.True(interrupted.Select(entry => entry.Call).SequenceEqual(Enumerable.Range(0, Entries).Select(i => $"call_{i}")), $"{where}: entries were lost");
        await log.WriteAsync(1, from: 9999);
        var opened = AuditVerifier.Verify(log.Files, early, archive: AuditArchive.Open(to.Path));
        Assert.True(opened.IsWhole, $"{where}: {opened.Problem?.File} {opened.Problem?.What}");

        await AuditArchiving.RunAsync(log.Options, TimeProvider.System, Request(to), _ => Task.FromResult(new LogNeeds(600, _ => null)));

        var finished = AuditVerifier.Verify(log.Files, early, archive: AuditArchive.Open(to.Path));
        Assert.True(finished is { IsWhole: true, Archived: Archived }, $"{where}: {finished.Problem?.File} {finished.Problem?.What} {finished.Archived}");
        Assert.False(File.Exists(Path.Combine(log.Files.Prefix, Tiles.EntriesPath(0))) || File.Exists(log.Files.Log + ".new"), where);
        Assert.Equal(Entries, AuditReader.ReadAll(log.Files, AuditArchive.Open(to.Path)).Count(entry => entry.Call is { } call && call != "call_9999"));
    }

    [Theory]
    [InlineData(Fault.Kill)]
    [InlineData(Fault.ShortWriteAndKill)]
    [InlineData(Fault.Eio)]
    [InlineData(Fault.Enospc)]
    public async Task Unarchive_EveryStepFaulty_LosesNoEntry(Fault fault)
    {
        await ArchiveAsync();
        var all = new FaultPoints(fault, int.MaxValue);
        using (var whole = folder.Copy())
            await AuditArchiving.BackAsync(whole.Options, TimeProvider.System, AuditArchive.Open(archive.Path), "olga", all.Open);
        for (var at = 0; at < all.Steps; at++)
        {
            using var log = folder.Copy();
            try
            {
                await AuditArchiving.BackAsync(log.Options, TimeProvider.System, AuditArchive.Open(archive.Path), "olga", new FaultPoints(fault, at).Open);
            }
            catch (Exception e) when (e is AuditUnavailableException or IOException)
            {
                // Whoever asked is told that it was not done.
            }

            await AuditArchiving.BackAsync(log.Options, TimeProvider.System, AuditArchive.Open(archive.Path), "olga");
            await log.WriteAsync(0);
            var verified = log.Verify(early);
            Assert.True(verified is { IsWhole: true, Archived: 0 }, $"{fault} at step {at}: {verified.Problem?.File} {verified.Problem?.What}");
            Assert.Equal(lines, File.ReadAllLines(log.Files.Log).Take(Entries));
        }
    }

    private Task<ArchiveResult> ArchiveAsync(long from = 600, DateTimeOffset? before = null, Func<AuditEntry, string?>? holds = null) =>
        AuditArchiving.RunAsync(folder.Options, TimeProvider.System, Request(before: before), _ => Task.FromResult(new LogNeeds(from, holds ?? (_ => null))));

    private ArchiveRequest Request(AuditFolder? to = null, DateTimeOffset? before = null) =>
        new(before ?? TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(1), (to ?? archive).Path, "olga");

    private SignedCheckpoint Signed() => SignedCheckpoint.Open(folder.Checkpoint(), AuditKeys.ReadVkeys(folder.Files.Vkeys)[^1]);

    private void AssertWhole(AuditFolder log, long archived, long entries, bool archiveIsThere = true)
    {
        var verified = AuditVerifier.Verify(log.Files, early, archive: archiveIsThere ? AuditArchive.Open(archive.Path) : null);
        Assert.True(verified.IsWhole, $"{verified.Problem?.File} {verified.Problem?.Line} {verified.Problem?.What}");
        Assert.Equal((archived, entries, archiveIsThere), (verified.Archived, verified.Entries, verified.ArchiveRead));
    }
}
