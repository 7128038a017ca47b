using System.Runtime.CompilerServices;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Conventions;

/// <summary>Names say what a thing is; these endings say nothing.</summary>
public sealed class NamesTests
{
    private static readonly string[] Banned = ["Manager", "Helper", "Helpers", "Util", "Utils", "Service", "Handler", "Processor", "Base", "Common", "Core", "Models"];

    [Fact]
    public void Types_HaveNoBannedEnding()
    {
        var wrong = new[] { typeof(Actions.ActionCatalog).Assembly, typeof(Siit.Iam.Emulator.Common.EmulatorOptions).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.Namespace?.StartsWith("Siit.Iam", StringComparison.Ordinal) == true && !type.IsDefined(typeof(CompilerGeneratedAttribute), false))
            // .NET's own word for a link in an HTTP chain.
            .Where(type => !typeof(HttpMessageHandler).IsAssignableFrom(type))
            .Where(type => Banned.Any(word => type.Name.EndsWith(word, StringComparison.Ordinal)))
            .Select(type => type.FullName);

        Assert.Empty(wrong);
    }

    [Fact]
    public void Files_OfTheProduct_AreRooms()
    {
        var long_ = Repository.Sources("src").Select(file => (File: Path.GetRelativePath(Repository.Root, file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > 430).Select(file => $"{file.File}: {file.Lines} lines");

        Assert.Empty(long_);
    }

    [Fact]
    public void Code_HoldsNothingUnfinished()
    {
        string[] words = ["NotImplemented" + "Exception", "TO" + "DO", "FIX" + "ME", "HA" + "CK"];
        var wrong = from file in Repository.Sources("src").Concat(Repository.Sources("tests"))
                    from line in File.ReadLines(file)
                    from word in words
                    where line.Contains(word, StringComparison.Ordinal)
                    select $"{Path.GetRelativePath(Repository.Root, file)}: {line.Trim()}";

        Assert.Empty(wrong);
    }

    [Fact]
    public void TopLevel_HoldsOnlyWhatBelongsThere()
    {
        string[] allowed =
        [
            ".ci", ".editorconfig", ".git", ".gitattributes", ".gitignore", "BannedSymbols.txt", "Directory.Build.props", "Directory.Packages.props",
            "README.md", "Siit.Iam.Agent.sln", "global.json", "mcp.json", "playbooks", "src", "tests",
        ];
        string[] ignored = [".demo", ".vscode", "Directory.Build.rsp", ".vs", ".idea", "TestResults", "artifacts", "node_modules"];

        var found = Directory.EnumerateFileSystemEntries(Repository.Root).Select(path => Path.GetFileName(path)!).Except(ignored).Order(StringComparer.Ordinal);

        Assert.Empty(found.Except(allowed));
        Assert.Empty(allowed.Except(found));
    }
}
