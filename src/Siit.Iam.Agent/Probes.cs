using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent;

/// <summary><c>/healthz</c>: the process answers. <c>/readyz</c>: it could act, or why it could not. They name no person and no tenant.</summary>
internal static class Probes
{
    public static void MapProbes(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", (HttpContext context) => context.Response.WriteAsync("ok"));
        routes.MapGet("/readyz", ReadyAsync);
    }

    private static async Task ReadyAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var audit = services.GetRequiredService<AuditLog>();
        var checks = new Dictionary<string, string>
        {
            ["audit"] = audit.Healthy ? "ok" : "the audit log cannot be written; the server's log says why",
            ["store"] = await StoreAsync(services.GetRequiredService<IStore>(), context.RequestAborted),
            ["connections"] = services.GetRequiredService<IdpConnections>().All.Count > 0 ? "ok" : "no connection is configured",
        };
        context.Response.StatusCode = checks.Values.All(check => check == "ok") ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(new JsonObject([.. checks.Select(check => KeyValuePair.Create(check.Key, (JsonNode?)check.Value))]).ToJsonString());
    }

    private static async Task<string> StoreAsync(IStore store, CancellationToken cancellationToken)
    {
        try
        {
            await store.GetAsync<LogMark>(LogMark.TheId, cancellationToken);
            return "ok";
        }
        catch (StoreUnavailableException)
        {
            return "the store cannot be read; the server's log says why";
        }
    }
}
