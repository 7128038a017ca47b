using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Requests;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Service requests with their timelines.</summary>
internal sealed class RequestRoutes(RequestDesk desk, RequestWork work) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/requests", ListAsync),
        DoorRoute.Post("/requests", AddAsync),
        DoorRoute.Get("/requests/{id}", ShowAsync),
        DoorRoute.Post("/requests/{id}/assign", request => ChangedAsync(request, work.AssignAsync(request.Id, request.Maybe("to"), request.Operator, request.Aborted))),
        DoorRoute.Post("/requests/{id}/comment", request => ChangedAsync(request, work.CommentAsync(request.Id, request.Text("text"), request.Operator, request.Aborted))),
        DoorRoute.Post("/requests/{id}/state", request => ChangedAsync(request, work.MoveAsync(request.Id, State(request.Text("state")), request.Maybe("reason"), request.Operator, request.Aborted))),
    ];

    private async Task<DoorAnswer> ChangedAsync(DoorRequest request, Task<Refusal?> change) => await change is { } refused
        ? refused.Code == "unknown_request" ? DoorAnswer.NotFound(refused.Code, refused.Message) : DoorAnswer.Refused(refused.Code, refused.Message)
        : DoorAnswer.Of(WireJson.Node((await desk.GetAsync(request.Id, request.Aborted))!));

    private static RequestState State(string word)
    {
        var states = Enum.GetValues<RequestState>().ToDictionary(state => state.Word());
        return states.TryGetValue(word, out var found) ? found : throw new DoorInputException($"'{word}' is no state. {DidYouMean.Sentence(word, states.Keys)}");
    }

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
