using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Tests.Playbooks;

/// <summary>The files in <c>playbooks/</c>.</summary>
public sealed class ShippedPlaybooksTests
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Folder { get; } = FindFolder();

    [Theory]
    [InlineData("app-access-request", "at most 1 person, 1 application, 2 writes")]
    [InlineData("compromised-account", "at most 1 person, 24 writes")]
    [InlineData("contractor-expiry", "at most 0 people, 0 writes")]
    [InlineData("day1-provisioning", "at most 1 person, 5 groups, 5 applications, 11 writes")]
    [InlineData("department-change", "at most 1 person, 5 groups, 5 applications, 20 writes")]
    [InlineData("group-membership-request", "at most 1 person, 1 group, 2 writes")]
    [InlineData("offboard-leaver", "at most 1 person, 200 applications, 224 writes")]
    [InlineData("side-panel-actions", "at most 1 person, 1 group, 1 write")]
    [InlineData("offboard", "at most 1 person, 25 applications, 28 writes")]
    [InlineData("reset-mfa", "at most 1 person, 2 writes")]
    [InlineData("reset-password", "at most 1 person, 2 writes")]
    [InlineData("triage-request", "at most 1 person, 1 write")]
    public void Read_ShippedPlaybook_HasNoFindingAndABound(string id, string bound)
    {
        var reading = PlaybookReader.Read(Path.Combine(Folder, id + ".yaml"));

        Assert.Empty(reading.Findings);
        Assert.Equal(id, reading.Playbook!.Id);
        Assert.Equal(bound, reading.Playbook.Bound.ToString());
    }

    [Fact]
    public void Load_Folder_HasEachById()
    {
        var folder = PlaybookFolder.Load(Folder);

        Assert.Empty(folder.Findings);
        Assert.Equal(
            [
                "app-access-request", "compromised-account", "contractor-expiry", "day1-provisioning", "department-change", "group-membership-request",
                "offboard", "offboard-leaver", "reset-mfa", "reset-password", "side-panel-actions", "triage-request",
            ],
            folder.Playbooks.Select(playbook => playbook.Id));
        Assert.Equal(Path.Combine(Folder, "offboard.yaml"), folder.Find("offboard")!.File.Path);
        Assert.Null(folder.Find("no-such"));
    }

    [Fact]
    public void Schema_OfEditors_IsWhatTheCheckerKnows()
    {
        var path = Path.Combine(Folder, "playbook-v1.schema.json");
        var made = EditorSchema.Make().ToJsonString(Readable).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable("SIIT_IAM_UPDATE") == "1")
            File.WriteAllText(path, made);

        Assert.True(File.Exists(path) && File.ReadAllText(path) == made,
            "playbooks/playbook-v1.schema.json is not what the checker knows: run this test with SIIT_IAM_UPDATE=1 to write it.");
    }

    [Fact]
    public void Read_DamagedFile_NeverThrowsAndNeverAcceptsSilently()
    {
        var texts = Directory.EnumerateFiles(Folder, "*.yaml").Select(File.ReadAllText).ToArray();
        var damage = Gen.Select(Gen.Int[0, texts.Length - 1], Gen.Int[0, 10_000], Gen.Int[0, 12], Words.Of("", "{", "]", "'", "\"", ":", "- ", "\n", "\t", "&a ", "*a", "!x ", "${", "=", "#", "\u202E", "\0", "\ud800", "steps: ", "  ", "%", "|", ">", "? ", "@", "`"));
        damage.Array[1, 4].Sample(cuts =>
        {
            var text = texts[cuts[0].Item1];
            foreach (var (_, place, length, instead) in cuts)
            {
                var at = place % text.Length;
                text = text[..at] + instead + text[Math.Min(text.Length, at + length)..];
            }

            var reading = PlaybookReader.Read(PlaybookFile.Of("x.yaml", text));
            return reading.Playbook is not null != reading.Findings.Any(finding => finding.Severity == Severity.Error);
        }, iter: 1_000);
    }

    private static string FindFolder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Siit.Iam.Agent.sln")))
                return Path.Combine(at.FullName, "playbooks");
        }

        throw new DirectoryNotFoundException("The repository's playbooks folder was not found above the tests.");
    }
}
