using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Where a bridge finds the server, and as which caller it comes.</summary>
/// <param name="Address">The server's MCP endpoint over http or https; null: the callers' socket.</param>
/// <param name="Socket">The callers' unix socket.</param>
/// <param name="Token">The caller's token; null when there is none, which is told at every request.</param>
/// <param name="Problem">What is wrong with the settings, as a sentence; told at every request.</param>
internal sealed record BridgeSettings(Uri? Address, string Socket, string? Token, string? Problem = null)
{
    public const string TokenVariable = "SIIT_IAM_TOKEN";
    public const string AddressVariable = "SIIT_IAM_ADDRESS";

    /// <summary>For people.</summary>
    public string Where => Address?.ToString() ?? Socket;

    /// <param name="data">The data directory, when it was given on the command line.</param>
    public static BridgeSettings From(Func<string, string?> environment, string? data = null)
    {
        var socket = DataFolder.Resolve(data, environment).CallersSocket;
        var token = environment(TokenVariable)?.Trim() is { Length: > 0 } given ? given : null;
        var set = environment(AddressVariable)?.Trim();
        if (string.IsNullOrEmpty(set))
            return new BridgeSettings(null, socket, token, TokenProblem(token));
        var problem = AddressProblem(set, out var address) ?? TokenProblem(token);
        return new BridgeSettings(problem is null ? address : null, socket, token, problem);
    }

    private static string? TokenProblem(string? token) => token switch
    {
        null => $"{TokenVariable} is not set: it holds the token of the caller that this bridge is. An operator makes one with: siit-iam callers add.",
        _ when token.Any(c => c is <= ' ' or > '~') => $"{TokenVariable} holds characters that no token has; copy it again.",
        _ => null,
    };

    private static string? AddressProblem(string set, out Uri? address)
    {
        if (!Uri.TryCreate(set, UriKind.Absolute, out address) || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
            return $"{AddressVariable} must be an address such as https://iam.acme.example/mcp.";
        if (address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback)
            return $"{AddressVariable} must be https: over http everybody on the way could read the token. http is for this machine only.";
        if (address.AbsolutePath == "/")
            address = new Uri(address, McpSetup.Path);
        return null;
    }
}
