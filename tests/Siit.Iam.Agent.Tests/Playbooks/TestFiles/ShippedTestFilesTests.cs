using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.TestFiles;

namespace Siit.Iam.Agent.Tests.Playbooks.TestFiles;

/// <summary>The test files in <c>playbooks/tests</c>, one case each.</summary>
public sealed class ShippedTestFilesTests
{
    private static string Folder { get; } = Path.Combine(ShippedPlaybooksTests.Folder, "tests");

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var path in Directory.EnumerateFiles(Folder, "*" + TestReader.Ending).Order(StringComparer.Ordinal))
        {
            foreach (var one in TestReader.Read(path).File?.Cases ?? [])
                cases.Add(Path.GetFileName(path), one.Name);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Case_ComesOutAsItsAuthorSays(string file, string name)
    {
        var read = TestReader.Read(Path.Combine(Folder, file)).File!;

        var result = await TestRun.RunAsync(read, read.Cases.Single(one => one.Name == name), TestContext.Current.CancellationToken);

        Assert.True(result.Passed, string.Join('\n', result.Problems));
    }

    /// <summary>Whoever reads only that page begins with what stands on it.</summary>
    [Fact]
    public async Task Readme_OnOnePage_HasAPlaybookThatIsRightAndWhoseTestPasses()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(ShippedPlaybooksTests.Folder, "README.md"));
        Assert.InRange(page.Split('\n').Length, 1, 80);
        var blocks = page.ReplaceLineEndings("\n").Split("```yaml\n").Skip(1).Select(block => block[..block.IndexOf("```", StringComparison.Ordinal)]).ToList();
        Assert.Equal(2, blocks.Count);
        var folder = Directory.CreateTempSubdirectory("siit-readme-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "tests"));
        var playbook = Path.Combine(folder, "figma-for-design.yaml");
        await File.WriteAllTextAsync(playbook, blocks[0]);
        var test = Path.Combine(folder, "tests", "figma-for-design" + TestReader.Ending);
        await File.WriteAllTextAsync(test, blocks[1]);

        Assert.Empty(PlaybookReader.Read(playbook).Findings);
        var reading = TestReader.Read(test);
        Assert.Empty(reading.Findings);
        foreach (var one in reading.File!.Cases)
        {
            var result = await TestRun.RunAsync(reading.File, one, TestContext.Current.CancellationToken);
            Assert.True(result.Passed, string.Join('\n', result.Problems));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Playbook_WhicheverIsShipped_HasTestsAndOneThatCrashesEverywhere()
    {
        foreach (var playbook in Directory.EnumerateFiles(ShippedPlaybooksTests.Folder, "*.yaml"))
        {
            var reading = TestReader.Read(Path.Combine(Folder, Path.GetFileNameWithoutExtension(playbook) + TestReader.Ending));
            Assert.True(reading.File is not null, string.Join('\n', reading.Findings));
            Assert.Empty(reading.Findings);
            Assert.InRange(reading.File.Cases.Count, 2, 20);
            Assert.Contains(reading.File.Cases, one => one.CrashesEverywhere);
        }
    }
}
