using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;

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
        try
        {
            await switches.StopAsync(id, request.Text("reason"), request.Operator, request.Aborted);
            return DoorAnswer.Of(List());
        }
        catch (Exception trouble) when (trouble is StoreUnavailableException or AuditUnavailableException)
        {
            return DoorAnswer.Refused("not_recorded", $"It is stopped, at least until this server ends, but that could not be recorded: stop it again when that is mended. {trouble.Message}");
        }
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
