using System.CommandLine;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>mcp</c>. Here for help and for unusual spellings; Program starts the bridge before any of this is loaded.</summary>
internal static class McpVerb
{
    public static Command Create(Verbs verbs) => verbs.Create(
        "mcp",
        "Speak MCP on standard input and output, as the caller whose token is in SIIT_IAM_TOKEN: a bridge to the server that runs.",
        (invocation, _) => invocation.Surroundings.Product.BridgeAsync(invocation.DataOption));
}
