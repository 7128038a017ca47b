using System.Net;

namespace Siit.Iam.Agent.Mcp;

/// <summary>What a bridge says when the server does not: what happened and what to do next.</summary>
internal static class BridgeSentences
{
    public const string Lost =
        "The connection to Siit IAM Agent was lost before it answered. A change may have happened: make the same call again, it is answered with what became of the first.";

    public const string Unreadable = "Siit IAM Agent answered with something that is no MCP message. Look whether SIIT_IAM_ADDRESS is its MCP endpoint.";

    public static string NotRunning(BridgeSettings settings) =>
        $"Siit IAM Agent does not answer at {settings.Where}; nothing was done. Start it with 'siit-iam serve', or say where it runs: its data directory in SIIT_IAM_DATA or its address in SIIT_IAM_ADDRESS.";

    public static string Of(HttpStatusCode status, BridgeSettings settings) => status switch
    {
        HttpStatusCode.Unauthorized => "The token in SIIT_IAM_TOKEN belongs to no caller of this server, or to one that was removed. An operator makes a new one with: siit-iam callers add.",
        HttpStatusCode.NotFound => $"There is no MCP endpoint at {settings.Where}. Look at SIIT_IAM_ADDRESS; it ends in /mcp.",
        HttpStatusCode.RequestEntityTooLarge => "The message is larger than the server reads.",
        >= HttpStatusCode.InternalServerError => "Siit IAM Agent has trouble of its own. If this was a change, make the same call again later: it is answered with what became of the first.",
        _ => $"Siit IAM Agent refused the message (HTTP {(int)status}).",
    };
}
