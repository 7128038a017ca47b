using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Common;

/// <summary>What an emulated IdP lets a test do to it from outside.</summary>
internal interface IEmulated
{
    FaultPlan Faults { get; }

    EffectLedger Ledger { get; }

    RequestLog Requests { get; }

    JsonNode DescribeState();

    /// <summary>Applies a simple change of the scene; an error says what was wrong with it.</summary>
    string? Arrange(JsonObject change);

    void Reset();
}

/// <summary><c>/_emulator/*</c>, for callers on this machine only.</summary>
internal static class ControlRoutes
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Map(IEndpointRouteBuilder routes, IEmulated idp)
    {
        var control = routes.MapGroup("/_emulator").AddEndpointFilter(async (call, next) =>
            call.HttpContext.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
                ? await next(call)
                : Results.NotFound());

        control.MapGet("/state", () => Results.Json(idp.DescribeState(), Json));
        // The return type keeps these from being taken for request delegates, whose results are dropped.
        control.MapPost("/state", Task<IResult> (HttpContext context) => ArrangeAsync(context, idp));
        control.MapGet("/ledger", () => Results.Json(idp.Ledger.Effects, Json));
        control.MapGet("/requests", (int? last) => Results.Json(idp.Requests.Requests.TakeLast(last ?? 200), Json));
        control.MapGet("/faults", () => Results.Json(idp.Faults.Faults, Json));
        control.MapPost("/faults", Task<IResult> (HttpContext context) => PlanAsync(context, idp));
        control.MapDelete("/faults", () =>
        {
            idp.Faults.Clear();
            return Results.NoContent();
        });
        control.MapPost("/reset", () =>
        {
            idp.Reset();
            return Results.NoContent();
        });
    }

    private static async Task<IResult> ArrangeAsync(HttpContext context, IEmulated idp)
    {
        var body = await BodyAsync<JsonNode>(context);
        if (body is null) return Wrong("The body must be a change or a list of changes.");
        var changes = body is JsonArray list ? list.OfType<JsonObject>().ToList() : [body.AsObject()];
        var errors = changes.Select(idp.Arrange).OfType<string>().ToList();
        return errors.Count == 0 ? Results.NoContent() : Wrong(string.Join(" ", errors));
    }

    private static async Task<IResult> PlanAsync(HttpContext context, IEmulated idp)
    {
        var body = await BodyAsync<JsonNode>(context);
        try
        {
            var faults = body is JsonArray ? body.Deserialize<Fault[]>(Json) : body is null ? null : [body.Deserialize<Fault>(Json)!];
            if (faults is null) return Wrong("The body must be a fault or a list of faults.");
            idp.Faults.Add(faults);
            return Results.Json(idp.Faults.Faults, Json);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return Wrong(e.Message);
        }
    }

    private static async Task<T?> BodyAsync<T>(HttpContext context)
        where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(context.Request.Body, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IResult Wrong(string message) => Results.Json(new { error = message }, Json, statusCode: 400);
}
