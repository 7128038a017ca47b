using System.Reflection;
using System.Runtime.Loader;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

public sealed class EntraSetupTests
{
    /// <summary>What a server does at its start with the IdPs that are not configured: register, and derive what they support.</summary>
    [Fact]
    public void AddEntra_AndAskingWhatItSupports_DoesNotLoadGraph()
    {
        var asked = new List<string>();
        var room = new Room(typeof(EntraSetup).Assembly.Location, asked);
        var agent = room.LoadFromAssemblyPath(typeof(EntraSetup).Assembly.Location);
        var services = new Microsoft.Extensions.DependencyInjection.ServiceCollection();

        agent.GetType(typeof(EntraSetup).FullName!)!.GetMethod("AddEntra", BindingFlags.Static | BindingFlags.Public)!.Invoke(null, [services]);
        var connection = agent.GetType(typeof(EntraConnection).FullName!)!;
        var supported = new[] { typeof(ISuspendUser), typeof(IResetMfa), typeof(IUnlockUser) }.Select(one => agent.GetType(one.FullName!)!.IsAssignableFrom(connection));

        Assert.Equal([true, true, false], supported);
        Assert.DoesNotContain(asked, name => name.StartsWith("Microsoft.Graph", StringComparison.Ordinal) || name.StartsWith("Azure.", StringComparison.Ordinal));
        Assert.NotEmpty(asked);
    }

    /// <summary>A copy of the product beside the one under test, which notes what it needs.</summary>
    private sealed class Room(string of, List<string> asked) : AssemblyLoadContext
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            asked.Add(assemblyName.Name!);
            return assemblyName.Name == Path.GetFileNameWithoutExtension(of) ? LoadFromAssemblyPath(of) : null;
        }
    }
}
