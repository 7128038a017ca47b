using System.IO.Compression;
using System.Text;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Store;

public sealed class BackupTests : IDisposable
{
    private const string Log = "audit/audit.jsonl";
    private readonly string parent = Directory.CreateTempSubdirectory("siit-backup-").FullName;
    private readonly DataFolder folder;

    public BackupTests() => folder = new DataFolder(Path.Combine(parent, "data"));

    private string Zip => Path.Combine(parent, "backup.zip");

    private string LogPath => Path.Combine(folder.Path, Log);

    public void Dispose() => Directory.Delete(parent, recursive: true);

    [Fact]
    public async Task Restore_IntoAnEmptyFolder_BringsEverythingBack()
    {
        await BackUp("Ana", "one\n");
        var target = new DataFolder(Path.Combine(parent, "other"));

        var result = new Restore(target, [], TimeProvider.System).Run(Zip);

        Assert.Equal("Ana", await Owner(target));
        Assert.Equal("one\n", File.ReadAllText(Path.Combine(target.Path, Log)));
        Assert.Empty(result.Kept);
        Assert.Equal(("4", 1), (result.Manifest.Files.Single(f => f.Name == Log).Facts["bytes"], result.Manifest.SchemaVersion));
    }

    [Fact]
    public async Task Restore_LogWentOnSince_KeepsTheNewerLogAndWhatWasThere()
    {
        await BackUp("Ana", "one\n");
        await Save("Bob");
        File.WriteAllText(LogPath, "one\ntwo\n");
        File.WriteAllText(Path.Combine(folder.Path, "other.key"), "stays");

        var result = new Restore(folder, [], TimeProvider.System).Run(Zip);

        Assert.Equal([Log], result.Kept);
        Assert.Equal("one\ntwo\n", File.ReadAllText(LogPath));
        Assert.Equal("Ana", await Owner(folder));
        Assert.Equal("Bob", await Owner(new DataFolder(result.Before)));
        Assert.Equal("one\ntwo\n", File.ReadAllText(Path.Combine(result.Before, Log)));
        Assert.Equal("stays", File.ReadAllText(Path.Combine(folder.Path, "other.key")));
        Assert.False(File.Exists(folder.RestoreMarker));
    }

    [Fact]
    public async Task Restore_BackupHasNoCopyOfTheDirectory_SetsTheNewerOneAside()
    {
        await BackUp("Ana", "one\n");
        File.WriteAllText(folder.People, "of a later store");
        File.WriteAllText(folder.PeopleLog, "and what it had not moved yet");

        var result = new Restore(folder, [], TimeProvider.System).Run(Zip);

        Assert.False(File.Exists(folder.People) || File.Exists(folder.PeopleLog));
        Assert.Equal("of a later store", File.ReadAllText(new DataFolder(result.Before).People));
    }

    [Fact]
    public async Task Restore_LogIsOlder_TakesTheBackups()
    {
        await BackUp("Ana", "one\ntwo\n");
        File.WriteAllText(LogPath, "one\n");

        Assert.Empty(new Restore(folder, [], TimeProvider.System).Run(Zip).Kept);
        Assert.Equal("one\ntwo\n", File.ReadAllText(LogPath));
    }

    [Fact]
    public async Task Restore_LogContradicts_IsRefusedAndChangesNothing()
    {
        await BackUp("Ana", "one\n");
        await Save("Bob");
        File.WriteAllText(LogPath, "eins\nzwei\n");

        var refused = Assert.Throws<RestoreRefusedException>(() => new Restore(folder, [], TimeProvider.System).Run(Zip));

        Assert.Contains("contradict", refused.Message, StringComparison.Ordinal);
        Assert.Equal("Bob", await Owner(folder));
    }

    [Fact]
    public async Task Restore_ServerIsRunning_IsRefused()
    {
        await BackUp("Ana", "one\n");
        await using var server = LiteDbStore.Open(folder, []);

        Assert.Throws<StoreBusyException>(() => new Restore(folder, [], TimeProvider.System).Run(Zip));
    }

    [Fact]
    public async Task Restore_DamagedZip_IsRefusedWhereverTheDamageIs()
    {
        await BackUp("Ana", "one\n");
        await Save("Bob");
        var whole = File.ReadAllBytes(Zip);
        // Every 23rd byte changed, one at a time. Some bytes of a zip mean nothing (times, attributes): then it is whole.
        for (var at = 0; at < whole.Length; at += 23)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x10;
            File.WriteAllBytes(Zip, damaged);
            try
            {
                new Restore(folder, [], TimeProvider.System).Run(Zip);
                Assert.Equal("Ana", await Owner(folder));
                await Save("Bob");
            }
            catch (RestoreRefusedException)
            {
                Assert.Equal("Bob", await Owner(folder));
            }
        }

        File.WriteAllBytes(Zip, whole[..^100]);
        Assert.Throws<RestoreRefusedException>(() => new Restore(folder, [], TimeProvider.System).Run(Zip));
    }

    [Fact]
    public async Task Restore_ContentReplacedInsideTheZip_IsRefused()
    {
        await BackUp("Ana", "one\n");
        using (var zip = ZipFile.Open(Zip, ZipArchiveMode.Update))
        {
            zip.GetEntry(Log)!.Delete();
            using var entry = zip.CreateEntry(Log).Open();
            entry.Write("uno\n"u8);
        }

        var refused = Assert.Throws<RestoreRefusedException>(() => new Restore(folder, [], TimeProvider.System).Run(Zip));
        Assert.Contains("'audit/audit.jsonl' is not what was backed up", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_FileOutsideTheFolder_IsRefused()
    {
        await BackUp("Ana", "one\n", name: "../evil");

        Assert.Throws<RestoreRefusedException>(() => new Restore(folder, [], TimeProvider.System).Run(Zip));
        Assert.False(File.Exists(Path.Combine(parent, "evil")));
    }

    [Fact]
    public void Open_InterruptedRestore_IsRefused()
    {
        folder.Create();
        File.WriteAllText(folder.RestoreMarker, "");

        Assert.Contains("interrupted", Assert.Throws<StoreUnavailableException>(() => LiteDbStore.Open(folder, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_PartFails_LeavesNoFile()
    {
        await using var store = LiteDbStore.Open(folder, []);
        var part = new BackupPart(Log, true, (_, _) => throw new IOException("gone"));

        await Assert.ThrowsAsync<IOException>(() => new Backup(store, folder, TimeProvider.System).CreateAsync(Zip, [part]));

        Assert.Empty(Directory.GetFiles(parent));
    }

    private async Task BackUp(string owner, string log, string name = Log)
    {
        await Save(owner);
        Directory.CreateDirectory(Path.GetDirectoryName(LogPath)!);
        File.WriteAllText(LogPath, log);
        await using var store = LiteDbStore.Open(folder, []);
        var part = new BackupPart(name, AppendOnly: true, async (stream, cancellationToken) =>
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(log), cancellationToken);
            return new Dictionary<string, string> { ["bytes"] = $"{log.Length}" };
        });
        await new Backup(store, folder, TimeProvider.System).CreateAsync(Zip, [part]);
    }

    private async Task Save(string owner)
    {
        await using var store = LiteDbStore.Open(folder, []);
        var thing = await store.GetAsync<Thing>("thing_1");
        var change = thing is null ? Change.Create(new Thing { Id = "thing_1", Owner = owner }) : Change.Save(thing with { Owner = owner });
        Assert.True((await store.CommitAsync([change])).Done);
    }

    private static async Task<string?> Owner(DataFolder folder)
    {
        await using var store = LiteDbStore.Open(folder, []);
        return (await store.GetAsync<Thing>("thing_1"))?.Owner;
    }
}
