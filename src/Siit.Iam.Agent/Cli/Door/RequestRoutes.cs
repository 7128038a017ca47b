using System.Text.Json.Nodes;
using Siit.Iam.Agent.Requests;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Service requests with their timelines.</summary>
internal sealed class RequestRoutes(RequestDesk desk) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes => [DoorRoute.Get("/requests", ListAsync), DoorRoute.Post("/requests", AddAsync), DoorRoute.Get("/requests/{id}", ShowAsync)];

    private async Task<DoorAnswer> ListAsync(DoorRequest request) =>
        DoorAnswer.Of(WireJson.Array(await desk.ListAsync(request.Number("limit", 50, 1, 1000), request.Aborted), WireJson.Node));

    private async Task<DoorAnswer> AddAsync(DoorRequest request)
    {
        var (submitted, problems) = await desk.SubmitAsync(request.Maybe("id"), request.Text("requester"), request.Text("text"), request.Aborted, request.Maybe("form"), request.Body["fields"] as JsonObject);
        return submitted is null ? DoorAnswer.Refused("not_submitted", string.Join("\n", problems)) : DoorAnswer.Of(WireJson.Node(submitted));
    }

    private async Task<DoorAnswer> ShowAsync(DoorRequest request)
    {
        var found = await desk.GetAsync(request.Id, request.Aborted);
        var timeline = await desk.TimelineAsync(request.Id, request.Aborted);
        // A ticket of another system may be known by what was done for it only.
        return found is null && timeline.Count == 0
            ? DoorAnswer.NotFound("unknown_request", $"Nothing is known of a request '{request.Id}'. siit-iam requests list shows them.")
            : DoorAnswer.Of(new JsonObject
            {
                ["request"] = found is null ? null : WireJson.Node(found),
                ["timeline"] = WireJson.Array(timeline, WireJson.Node),
            });
    }
}
