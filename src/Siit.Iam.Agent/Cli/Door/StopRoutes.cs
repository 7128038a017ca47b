using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Stopping is open to every operator, resuming is not.</summary>
internal sealed class StopRoutes(StopSwitches switches, Presence presence) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/stops", _ => Task.FromResult(DoorAnswer.Of(List()))),
        DoorRoute.Post("/stop", StopAsync),
        DoorRoute.Post("/resume", ResumeAsync),
    ];

    private async Task<DoorAnswer> StopAsync(DoorRequest request)
    {
        var id = request.Text("stop");
        if (switches.Problem(id) is { } refusal)
            return DoorAnswer.Refused(refusal.Code, refusal.Message);
        await switches.StopAsync(id, request.Text("reason"), request.Operator, request.Aborted);
        return DoorAnswer.Of(List());
    }

    private Task<DoorAnswer> ResumeAsync(DoorRequest request)
    {
        var id = request.Text("stop");
        return presence.WithAsync(request, $"resume {id}", async by => await switches.ResumeAsync(id, by, request.Aborted) is { } refusal
            ? DoorAnswer.Refused(refusal.Code, refusal.Message)
            : DoorAnswer.Of(List()));
    }

    private JsonArray List() => WireJson.Array(switches.List(), WireJson.Node);
}
