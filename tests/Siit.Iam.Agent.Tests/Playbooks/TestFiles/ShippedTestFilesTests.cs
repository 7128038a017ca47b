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
