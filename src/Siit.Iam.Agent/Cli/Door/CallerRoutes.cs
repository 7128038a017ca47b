using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Who may call, and a call made from the command line.</summary>
internal sealed class CallerRoutes(CallerRegistry registry, ActionExecutor executor, Presence presence) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/callers", ListAsync),
        DoorRoute.Post("/callers", AddAsync),
        DoorRoute.Post("/callers/remove", RemoveAsync),
        DoorRoute.Post("/call", CallAsync),
    ];

    private async Task<DoorAnswer> ListAsync(DoorRequest request) => DoorAnswer.Of(WireJson.Array(await registry.ListAsync(request.Aborted), View));

    private Task<DoorAnswer> AddAsync(DoorRequest request)
    {
        var wanted = new NewCaller(
            request.Text("id"), request.Text("operator"), request.Maybe("person"), request.Texts("actions"), request.Texts("connections"), request.Texts("acts_for"));
        return presence.WithAsync(request, $"add caller {wanted.Id}", async by =>
        {
            var added = await registry.AddAsync(wanted, by, request.Aborted);
            return added.Caller is { } caller
                ? DoorAnswer.Of(new JsonObject { ["caller"] = View(caller), ["token"] = added.Token })
                : DoorAnswer.Refused("not_added", string.Join("\n", added.Problems));
        });
    }

    private async Task<DoorAnswer> RemoveAsync(DoorRequest request) => await registry.RemoveAsync(request.Text("id"), request.Operator, request.Aborted) is { } refusal
        ? DoorAnswer.Refused(refusal.Code, refusal.Message)
        : DoorAnswer.Of(new JsonObject { ["removed"] = request.Text("id") });

    private async Task<DoorAnswer> CallAsync(DoorRequest request)
    {
        if (request.Bearer is not { } token || await registry.FindByTokenAsync(token, request.Aborted) is not { } caller)
            return DoorAnswer.NotSignedIn;
        if (request.Body["input"] is not JsonObject input)
            throw new DoorInputException("'input' is missing.");
        var answer = await executor.ExecuteAsync(
            new ActionCall { Action = request.Text("action"), Input = input, Caller = caller, Door = Doors.CommandLine }, request.Aborted);
        var body = (JsonObject)WireJson.Node(answer);
        body["is_error"] = answer.IsError;
        return DoorAnswer.Of(body);
    }

    /// <summary>Without the token's hash.</summary>
    private static JsonObject View(CallerRecord caller) => new()
    {
        ["id"] = caller.Id,
        ["operator"] = caller.Operator,
        ["person"] = caller.Person,
        ["actions"] = WireJson.Array(caller.Actions, action => action),
        ["connections"] = WireJson.Array(caller.Connections, connection => connection),
        ["acts_for"] = WireJson.Array(caller.ActsFor, email => email),
        ["added_at"] = caller.AddedAt,
        ["removed_at"] = caller.RemovedAt,
    };
}
