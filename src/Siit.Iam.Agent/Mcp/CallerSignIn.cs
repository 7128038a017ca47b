using Microsoft.Net.Http.Headers;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Mcp;

/// <summary>
/// Finds the caller by its bearer token, anew for every request: a caller that was removed is out at once. The token is read from
/// the Authorization header and from nowhere else, because addresses end up in logs.
/// </summary>
internal sealed class CallerSignIn(RequestDelegate next, CallerRegistry callers, DataFolder folder)
{
    private const string Scheme = "Bearer ";
    private const int LongestToken = 512;

    public async Task InvokeAsync(HttpContext context, McpExchange exchange)
    {
        if (!HostGuard.HasSeen(context))
            throw new InvalidOperationException("HostGuard does not stand before the MCP door: call UseHostGuard first.");
        var socket = HostGuard.SocketOf(context);
        if (socket is not null && socket != folder.CallersSocket)
        {
            await Refusals.WriteAsync(context, StatusCodes.Status404NotFound, JsonRpcErrors.Refused, "Agents do not come in by this socket.");
            return;
        }

        var token = TokenOf(context.Request);
        CallerRecord? caller;
        try
        {
            caller = token is null ? null : await callers.FindByTokenAsync(token, context.RequestAborted);
        }
        catch (StoreUnavailableException)
        {
            const string closed = "This server's store has failed and is closed: nothing is done. Its operator has to check the volume and restart the server.";
            await Refusals.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, JsonRpcErrors.Refused, closed);
            return;
        }

        if (caller is not { IsActive: true })
        {
            await ChallengeAsync(context, token is not null);
            return;
        }

        exchange.Caller = caller;
        if (socket is not null && context.Request.Headers[McpExchange.DoorHeader] == Doors.McpStdio)
            exchange.Door = Doors.McpStdio;
        await next(context);
    }

    private static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && header.Length <= LongestToken
            && header[Scheme.Length..].Trim() is { Length: > 0 } token
            ? token
            : null;

    private static Task ChallengeAsync(HttpContext context, bool given)
    {
        context.Response.Headers[HeaderNames.WWWAuthenticate] = given ? "Bearer realm=\"siit-iam\", error=\"invalid_token\"" : "Bearer realm=\"siit-iam\"";
        return Refusals.WriteAsync(
            context,
            StatusCodes.Status401Unauthorized,
            JsonRpcErrors.Refused,
            given
                ? "This token belongs to no caller of this server. An operator makes a new one with: siit-iam callers add."
                : "A caller's token is needed: 'Authorization: Bearer ...'. An operator makes one with: siit-iam callers add.");
    }
}
