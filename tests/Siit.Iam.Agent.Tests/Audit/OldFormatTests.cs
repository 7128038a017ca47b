using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Tests.Audit;

/// <summary>A log from before it was a tree: its lines stay as they are, and from the first start on it is signed.</summary>
public sealed class OldFormatTests : IDisposable
{
    private readonly AuditFolder folder = new();
    private readonly List<string> lines = [];

    public OldFormatTests()
    {
        var prev = new string('0', 64);
        for (var i = 0; i < 300; i++)
        {
            var entry = AuditLine.Body(AuditFolder.Draft(i), DateTimeOffset.UnixEpoch.AddSeconds(i));
            (entry["seq"], entry["prev"]) = (i, prev);
            prev = CanonicalJson.Digest(entry);
            entry["hash"] = prev;
            lines.Add(System.Text.Encoding.UTF8.GetString(CanonicalJson.Utf8(entry)));
        }

        Write();
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Open_OldLog_KeepsItsLinesSaysSoAndSigns()
    {
        await folder.WriteAsync(5, from: 1000);

        Assert.Equal(lines, File.ReadLines(folder.Files.Log).Take(300));
        var migrated = AuditReader.ReadAll(folder.Files.Log).ElementAt(300);
        Assert.Equal((AuditKinds.LogMigrated, 300L), (migrated.Kind, (long)migrated.Data!["entries"]!));
        Assert.True(folder.Verify().IsWhole, folder.Verify().Problem?.What);
        Assert.Equal(306, folder.Verify().Checkpoint!.Size);
    }

    [Fact]
    public async Task Agrees_MarkOfTheOldFormat_IsUnderstood()
    {
        await using var log = folder.Open();

        Assert.True(log.Agrees(299, (string)JsonNode.Parse(lines[299])!["hash"]!));
        Assert.False(log.Agrees(298, (string)JsonNode.Parse(lines[299])!["hash"]!));
    }

    [Theory]
    [InlineData("changed", 101)]
    [InlineData("deleted", 101)]
    [InlineData("swapped", 101)]
    public void Open_OldLogThatWasChanged_IsRefusedWithTheLine(string what, long line)
    {
        if (what == "changed")
            lines[100] = lines[100].Replace("find_person", "find_persox", StringComparison.Ordinal);
        else if (what == "deleted")
            lines.RemoveAt(100);
        else
            (lines[100], lines[101]) = (lines[101], lines[100]);
        Write();

        var damaged = Assert.Throws<AuditDamagedException>(() => folder.Open());

        Assert.Equal(line, damaged.Line);
        Assert.False(File.Exists(folder.Files.Key));
    }

    /// <summary>Killed after its key was made and before the first checkpoint: the next start does it.</summary>
    [Fact]
    public async Task Open_OldLogWithAKeyButNoCheckpoint_IsMigrated()
    {
        AuditKeys.Create(folder.Files, AuditFile.Open, null);

        await folder.WriteAsync(1);

        Assert.True(folder.Verify().IsWhole);
    }

    private void Write() => File.WriteAllText(folder.Files.Log, string.Concat(lines.Select(line => line + "\n")));
}
