namespace Siit.Iam.Agent.Tests.Support;

/// <summary>Tests that need something that is not on every machine. CI installs it all (<c>.ci/run</c>), so there a missing one is a failure.</summary>
internal static class Needs
{
    public static void File(string path, string package) => That(System.IO.File.Exists(path), $"There is no {path}; apt-get install {package}");

    /// <param name="missing">What there is not, and how to get it.</param>
    public static void That(bool isThere, string missing)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.True(isThere, missing);
        Assert.SkipUnless(isThere, missing);
    }
}
