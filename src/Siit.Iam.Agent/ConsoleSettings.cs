using Siit.Iam.Agent.Console;
using Siit.Iam.Agent.Mcp;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent;

/// <summary>The section <c>console</c>. What the keys mean stands at <see cref="ConsoleOptions"/>.</summary>
internal static class ConsoleSettings
{
    /// <param name="configuration">The same section, for the secret.</param>
    /// <param name="mcp">The host names that the server answers to.</param>
    public static ConsoleOptions Read(SettingsSection section, IConfigurationSection configuration, McpOptions mcp, bool demo, List<string> problems)
    {
        var defaults = new ConsoleOptions();
        var wrong = new List<string>();
        _ = section.Section("clientSecret");
        var options = new ConsoleOptions
        {
            Address = Address(section.Text("address"), "console:address", problems),
            Authority = Address(section.Text("authority"), "console:authority", problems),
            ClientId = section.Text("clientId"),
            ClientSecret = SecretSource.FromSettings(configuration.GetSection("clientSecret"), wrong),
            EmailClaim = section.Text("emailClaim") ?? defaults.EmailClaim,
            SignInAge = section.Time("signInAge", defaults.SignInAge, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(30)),
            SessionLifetime = section.Time("sessionLifetime", defaults.SessionLifetime, TimeSpan.FromMinutes(5), TimeSpan.FromHours(12)),
            Desk = section.Texts("desk"),
        };
        section.NothingElse();
        problems.AddRange(wrong.Select(problem => $"console: {problem}"));
        problems.AddRange(options.Problems());
        if (options.Address is { } address && !mcp.HostsInForce.Contains(address.Host, StringComparer.OrdinalIgnoreCase))
            problems.Add($"console:address names the host '{address.Host}', under which this server answers nobody. Add it to mcp:allowedHosts.");
        if (demo && options.Authority is { IsLoopback: false })
            problems.Add($"console:authority is {options.Authority}, but this is the demo's data folder: its people sign in at emulated IdPs on loopback only.");
        return options;
    }

    private static Uri? Address(string? text, string key, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" && address.Query.Length == 0 && address.UserInfo.Length == 0)
            return address;
        problems.Add($"{key} must be an address such as https://iam.acme.example, not '{text}'.");
        return null;
    }
}
