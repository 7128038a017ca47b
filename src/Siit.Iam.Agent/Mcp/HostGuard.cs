using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace Siit.Iam.Agent.Mcp;

/// <summary>
/// Refuses requests that name a host which is not ours, or that a foreign web page sends. The MCP library looks at neither, so
/// that any page in a browser on this machine could call a server on loopback. Stands before everything else of the server.
/// </summary>
internal sealed class HostGuard(RequestDelegate next, McpOptions options)
{
    /// <summary>The host name over the callers' socket; over the operators' it is <see cref="OperatorsHost"/>. Over TCP neither is ours.</summary>
    public const string SocketHost = "callers";

    private const string OperatorsHost = "operators";

    private static readonly object Seen = new();

    public Task InvokeAsync(HttpContext context)
    {
        if (Problem(context) is { } problem)
            return Refusals.WriteAsync(context, StatusCodes.Status403Forbidden, JsonRpcErrors.Refused, problem);
        context.Items[Seen] = true;
        return next(context);
    }

    /// <summary>Whether the guard has let this request pass; false when somebody forgot to wire it.</summary>
    public static bool HasSeen(HttpContext context) => context.Items.ContainsKey(Seen);

    /// <summary>The unix socket a request came in by, or null.</summary>
    public static string? SocketOf(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket.LocalEndPoint is UnixDomainSocketEndPoint socket ? socket.ToString() : null;

    private string? Problem(HttpContext context)
    {
        var origins = context.Request.Headers.Origin;
        if (SocketOf(context) is not null)
        {
            return context.Request.Host.Host is SocketHost or OperatorsHost && origins.Count == 0
                ? null
                : $"Over its sockets this server answers to the host names {SocketHost} and {OperatorsHost} only, and to no web page.";
        }

        if (!IsAllowed(context.Request.Host.Host))
            return "This server is not reached under that host name. Its operator can allow it in mcp:allowedHosts.";
        return origins.Count == 0 || (origins.Count == 1 && Uri.TryCreate(origins[0], UriKind.Absolute, out var origin) && IsAllowed(origin.Host))
            ? null
            : "This server takes no requests from that web page. Its operator can allow the page's host in mcp:allowedHosts.";
    }

    private bool IsAllowed(string host) => options.HostsInForce.Contains(host, StringComparer.OrdinalIgnoreCase);
}
