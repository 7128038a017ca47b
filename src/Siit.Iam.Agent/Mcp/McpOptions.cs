namespace Siit.Iam.Agent.Mcp;

/// <summary>How agents reach the server (section <c>mcp</c> of the settings).</summary>
internal sealed class McpOptions
{
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>
    /// The host names under which clients reach this server, without port. A request that names another one is refused: it comes
    /// from a web page that made its own name point here. When empty: the loopback names.
    /// </summary>
    public List<string> AllowedHosts { get; set; } = [];

    /// <summary>Bytes of one message. 4,096 to 16,777,216. Default: 1,048,576.</summary>
    public int MaxMessageBytes { get; set; } = 1024 * 1024;

    public IReadOnlyList<string> HostsInForce => AllowedHosts.Count > 0 ? AllowedHosts : Loopback;

    /// <summary>Everything that is wrong, each with the key and the fix.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var host in AllowedHosts.Where(host => Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown))
            yield return $"mcp:allowedHosts: '{host}' is no host name; write it without scheme and port, such as iam.acme.example.";
        if (MaxMessageBytes is < 4096 or > 16 * 1024 * 1024)
            yield return "mcp:maxMessageBytes must be between 4,096 and 16,777,216.";
    }
}
