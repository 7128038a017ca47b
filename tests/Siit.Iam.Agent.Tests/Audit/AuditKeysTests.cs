using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Tests.Audit;

public sealed class AuditKeysTests : IAsyncLifetime
{
    private readonly AuditFolder folder = new();

    public async ValueTask InitializeAsync() => await folder.WriteAsync(3);

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Key_MadeAtTheFirstStart_IsItsOwnersOnlyAndKept()
    {
        var key = await File.ReadAllTextAsync(folder.Files.Key);
        await folder.WriteAsync(0);

        Assert.Equal(key, await File.ReadAllTextAsync(folder.Files.Key));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.Files.Key));
    }

    [Fact]
    public async Task Origin_OfEveryLog_IsAnother()
    {
        using var other = await new AuditFolder().WriteAsync(1);

        Assert.NotEqual(AuditKeys.ReadVkeys(folder.Files.Vkeys)[0].Name, AuditKeys.ReadVkeys(other.Files.Vkeys)[0].Name);
    }

    [Theory]
    [InlineData("key missing", "is missing: there is no")]
    [InlineData("key replaced", "is not the key that has signed")]
    [InlineData("key damaged", "is not what siit-iam wrote there")]
    [InlineData("key and keys replaced", "is not what this audit log has signed")]
    [InlineData("checkpoint missing", "signed checkpoint is missing")]
    [InlineData("checkpoint and keys missing", "signed checkpoint is missing")]
    [InlineData("checkpoint changed", "is not what this audit log has signed")]
    public void Open_WithoutWhatSigns_IsRefusedAndSaysWhatToDo(string what, string told)
    {
        var files = folder.Files;
        var stranger = NoteSigner.Create(AuditKeys.ReadVkeys(files.Vkeys)[0].Name);
        switch (what)
        {
            case "key missing": File.Delete(files.Key); break;
            case "key replaced": File.WriteAllText(files.Key, stranger.Export()); break;
            case "key damaged": File.WriteAllText(files.Key, "PRIVATE+KEY+x"); break;
            case "key and keys replaced":
                File.WriteAllText(files.Key, stranger.Export());
                File.WriteAllText(files.Vkeys, $"{stranger.Verifier}\n");
                break;
            case "checkpoint missing": File.Delete(files.Checkpoint); break;
            case "checkpoint and keys missing":
                foreach (var file in new[] { files.Checkpoint, files.Key, files.Vkeys })
                    File.Delete(file);
                break;
            case "checkpoint changed": File.WriteAllText(files.Checkpoint, File.ReadAllText(files.Checkpoint).Replace("\n3\n", "\n2\n", StringComparison.Ordinal)); break;
        }

        var before = File.ReadAllBytes(files.Log);
        var refused = Assert.Throws<AuditUnavailableException>(() => folder.Open());

        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(files.Log));
        if (what == "key missing")
            Assert.Contains("siit-iam audit rotate-key --lost", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WithAnotherOriginInTheSettings_IsRefused()
    {
        var options = folder.Options;
        options.Origin = "another.example/log";

        Assert.Contains("A log keeps its name", Assert.Throws<AuditUnavailableException>(() => AuditLog.Open(options, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotation_OldKeySignsTheEntryThatSaysSo()
    {
        var old = AuditKeys.ReadVkeys(folder.Files.Vkeys)[0];
        var kept = folder.Checkpoint();
        AuditKeys.Load(folder.Files, AuditFile.Open).BeginRotation();

        await using (var log = folder.Open())
        {
            // Both have signed the checkpoint that the entry stands under.
            Assert.Equal(4, SignedCheckpoint.Open(folder.Checkpoint(), old).Size);
            Assert.Equal(4, SignedCheckpoint.Open(folder.Checkpoint(), log.Vkeys[^1]).Size);
            await log.WriteAsync(AuditFolder.Draft(9));
        }

        var entry = AuditReader.ReadAll(folder.Files.Log).ElementAt(3);
        Assert.Equal((AuditKinds.LogKeyRotated, old.ToString(), false), (entry.Kind, (string?)entry.Data!["from"], (bool)entry.Data["lost"]!));
        Assert.Equal(2, AuditKeys.ReadVkeys(folder.Files.Vkeys).Count);
        Assert.True(folder.Verify(kept).IsWhole, folder.Verify(kept).Problem?.What);
        Assert.Throws<TlogException>(() => SignedCheckpoint.Open(folder.Checkpoint(), old));
    }

    [Fact]
    public async Task Rotation_OfALostKey_IsToldByTheLog()
    {
        var known = AuditKeys.ReadVkeys(folder.Files.Vkeys);
        File.Delete(folder.Files.Key);
        AuditKeys.ReplaceLost(folder.Files, AuditFile.Open, known);

        await folder.WriteAsync(1);

        Assert.True((bool)AuditReader.ReadAll(folder.Files.Log).ElementAt(3).Data!["lost"]!);
        Assert.True(folder.Verify().IsWhole, folder.Verify().Problem?.What);
    }

    [Fact]
    public async Task Keys_OneThatTheLogNeverAnnounced_AreNotBelieved()
    {
        await folder.WriteAsync(1);
        var thief = NoteSigner.Create(AuditKeys.ReadVkeys(folder.Files.Vkeys)[0].Name);
        File.AppendAllText(folder.Files.Vkeys, $"{thief.Verifier}\n");
        var signed = Checkpoint.Parse(SignedNote.Parse(folder.Checkpoint()).Text);
        File.WriteAllBytes(folder.Files.Checkpoint, SignedCheckpoint.Sign(signed, thief).Bytes());

        Assert.Contains("no entry of the log says", folder.Verify().Problem!.What, StringComparison.Ordinal);
    }
}
