using System.Text.Json.Nodes;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Conventions;

public sealed class PlantedBugsTests
{
    /// <summary>A bug that cannot be planted any more is caught by nothing: whoever changes that place changes the bug with it.</summary>
    [Fact]
    public void EachBug_StandsOnceWhereItIsPlanted()
    {
        var bugs = JsonNode.Parse(File.ReadAllText(Repository.In("tests/planted-bugs/bugs.json")))!.AsArray();

        var wrong = bugs.Select(bug => (Name: bug!["name"]!.GetValue<string>(), File: bug["file"]!.GetValue<string>(), Find: bug["find"]!.GetValue<string>()))
            .Select(bug => (bug.Name, bug.File, Times: File.ReadAllText(Repository.In($"src/Siit.Iam.Agent/{bug.File}")).Split(bug.Find).Length - 1))
            .Where(bug => bug.Times != 1).Select(bug => $"{bug.Name}: {bug.Times} times in {bug.File}").ToList();

        Assert.True(wrong.Count == 0, string.Join("; ", wrong));
        Assert.True(bugs.Count >= 30);
    }
}
