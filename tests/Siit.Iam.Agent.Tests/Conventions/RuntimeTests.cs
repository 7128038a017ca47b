using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Tests.Conventions;

public sealed class RuntimeTests
{
    /// <summary>The web SDK's default is a heap for each core, which takes half as much memory again and was meant to be off.</summary>
    [Fact]
    public void Server_HasOneHeap()
    {
        var settings = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "siit-iam.runtimeconfig.json")))!["runtimeOptions"]!["configProperties"]!;

        Assert.False(settings["System.GC.Server"]?.GetValue<bool>() ?? false);
    }
}
