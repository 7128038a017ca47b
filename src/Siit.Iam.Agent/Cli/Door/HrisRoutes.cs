using System.Text.Json.Nodes;
using Siit.Iam.Agent.People.Hris;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>What the HRIS say, and letting through what waits, which needs an approver.</summary>
internal sealed class HrisRoutes(HrisDesk desk, HrisBook book, Presence presence) : IDoorRoutes
{
    private const int MostShown = 20;

    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/hris", async request => DoorAnswer.Of(WireJson.Array(await desk.StatusAsync(request.Aborted), WireJson.Node))),
        DoorRoute.Get("/hris/people", PeopleAsync),
        DoorRoute.Get("/hris/events", EventsAsync),
        DoorRoute.Get("/hris/held", HeldAsync),
        DoorRoute.Post("/hris/held/{id}", DecideAsync),
    ];

    private async Task<DoorAnswer> PeopleAsync(DoorRequest request)
    {
        var people = request.Query("person") is not { } person
            ? await desk.ListAsync(request.Number("limit", 50, 1, 1000), request.Query("after"), request.Aborted)
            : person.Contains('@', StringComparison.Ordinal) ? await desk.ByEmailAsync(person, request.Aborted)
            : await desk.FindAsync(person, request.Aborted) is { } one ? [one] : [];
        return DoorAnswer.Of(WireJson.Array(people, WireJson.Node));
    }

    private async Task<DoorAnswer> EventsAsync(DoorRequest request)
    {
        var limit = request.Number("limit", 50, 1, 1000);
        var events = request.Query("after") is { } after
            ? await desk.EventsAfterAsync(after, limit, request.Aborted)
            : await desk.LatestEventsAsync(limit, request.Aborted);
        return DoorAnswer.Of(WireJson.Array(events, WireJson.Node));
    }

    private async Task<DoorAnswer> HeldAsync(DoorRequest request)
    {
        var told = new JsonArray();
        foreach (var batch in await desk.HeldAsync(request.Aborted))
        {
            var node = WireJson.Node(batch);
            node["people"] = WireJson.Array((await desk.HeldPeopleAsync(batch.Id, request.Aborted)).Take(MostShown), WireJson.Node);
            told.Add(node);
        }

        return DoorAnswer.Of(told);
    }

    private Task<DoorAnswer> DecideAsync(DoorRequest request)
    {
        var confirm = request.Flag("confirm");
        return presence.WithAsync(request, $"{(confirm ? "confirm" : "drop")} {request.Id}", async by =>
            await book.DecideAsync(request.Id, confirm, by.Id, request.Aborted) is { } why
                ? DoorAnswer.Refused("not_decided", why)
                : DoorAnswer.Of(new JsonObject { ["batch"] = request.Id, ["state"] = confirm ? "confirmed" : "dropped" }));
    }
}
