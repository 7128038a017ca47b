namespace Siit.Iam.Agent.Tests.Support;

/// <summary>Tests that need something that is not on every machine. CI installs it all (<c>.ci/run</c>), so there a missing one is a failure.</summary>
internal static class Needs
{
    public static void File(string path, string package)
    {
        var missing = $"There is no {path}; apt-get install {package}";
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.True(System.IO.File.Exists(path), missing);
        Assert.SkipUnless(System.IO.File.Exists(path), missing);
    }
}
