using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Store;

public sealed class DataFolderTests
{
    [Theory]
    [InlineData("/a", "/b", "/c", "/a")]
    [InlineData(null, "/b", "/c", "/b")]
    [InlineData(null, null, "/c", "/c/siit-iam")]
    [InlineData(" ", "", "/c", "/c/siit-iam")]
    public void Resolve_FirstThatIsSet_Wins(string? option, string? data, string? state, string expected)
    {
        var set = new Dictionary<string, string?> { ["SIIT_IAM_DATA"] = data, ["XDG_STATE_HOME"] = state };

        Assert.Equal(Path.GetFullPath(expected), DataFolder.Resolve(option, set.GetValueOrDefault).Path);
    }

    [Fact]
    public void Resolve_NothingSetOrRelative_IsThePlatformsFolder()
    {
        var platform = DataFolder.Resolve(null, _ => null).Path;

        Assert.EndsWith("siit-iam", platform, StringComparison.Ordinal);
        Assert.Equal(platform, DataFolder.Resolve(null, name => name == "XDG_STATE_HOME" ? "relative" : null).Path);
    }

    [Fact]
    public void Create_Folder_IsTheOwnersOnly()
    {
        if (OperatingSystem.IsWindows())
            return;
        var parent = Directory.CreateTempSubdirectory("siit-data-").FullName;
        try
        {
            var folder = new DataFolder(Path.Combine(parent, "a", "b")).Create();

            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.Path));
        }
        finally
        {
            Directory.Delete(parent, recursive: true);
        }
    }
}
