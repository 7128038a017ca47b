using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Tests.Idps;

/// <summary>
/// The emulated IdPs at their default ports and, in front of each, a proxy that holds requests and answers against the vendor's own
/// description and reports what differs. <c>.ci/contract</c> starts both and says in the environment where they are; a test that asks
/// for what is not there is skipped with the reason.
/// </summary>
internal static class ContractProxies
{
    /// <summary>Patient, as a proxy is slow. One request at a time, for the proxies' logs tell a difference from the request before it only by its place.</summary>
    public static ResilienceOptions Patient { get; } = new() { FirstDelay = TimeSpan.FromMilliseconds(10), Concurrency = 1 };

    public static Uri Okta { get; } = new("http://127.0.0.1:7101");

    public static Uri Entra { get; } = new("http://127.0.0.1:7102");

    public static Uri Google { get; } = new("http://127.0.0.1:7103");

    public static Uri JumpCloud { get; } = new("http://127.0.0.1:7104");

    /// <summary>The proxy whose address is in this variable.</summary>
    public static Uri At(string variable) => new(Variable(variable));

    /// <summary>A file that the emulator left for those who sign in.</summary>
    public static SecretSource KeyFile(string name) => SecretSource.FromFile(Path.Combine(Variable("CONTRACT_EMULATOR_DATA"), name));

    /// <summary>A secret that everybody knows, as settings name one.</summary>
    public static SecretSource Known(string secret)
    {
        var variable = $"SIIT_TEST_CONTRACT_{secret.Length}_{(uint)secret.GetHashCode(StringComparison.Ordinal)}";
        Environment.SetEnvironmentVariable(variable, secret);
        return SecretSource.FromEnvironment(variable);
    }

    /// <summary>Sets an emulated IdP back to how it started, and changes the scene.</summary>
    public static async Task ResetAsync(Uri emulator, params string[] changes)
    {
        using var control = new HttpClient { BaseAddress = emulator };
        using var reset = await control.PostAsync("/_emulator/reset", null, TestContext.Current.CancellationToken);
        reset.EnsureSuccessStatusCode();
        foreach (var change in changes)
        {
            using var arranged = await control.PostAsJsonAsync("/_emulator/state", JsonNode.Parse(change), TestContext.Current.CancellationToken);
            arranged.EnsureSuccessStatusCode();
        }
    }

    private static string Variable(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        Assert.SkipWhen(string.IsNullOrEmpty(value), $"{name} is not set: .ci/contract runs this before the emulated IdPs and the vendors' descriptions.");
        return value!;
    }
}
