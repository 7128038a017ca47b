using Siit.Iam.Agent.People;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Looking at the connections.</summary>
internal sealed class ConnectionRoutes(ConnectionDesk desk) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/connections", _ => Task.FromResult(DoorAnswer.Of(WireJson.Array(desk.List(), WireJson.Node)))),
        DoorRoute.Get("/connections/check", async request => DoorAnswer.Of(WireJson.Array(await desk.CheckAsync(request.Aborted), WireJson.Node))),
    ];
}
