using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Looking at calls, and settling those whose outcome only a person can tell.</summary>
internal sealed class CallRoutes(CallDesk desk, Presence presence) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/calls", ListAsync),
        DoorRoute.Get("/calls/{id}", ShowAsync),
        DoorRoute.Post("/calls/{id}/settle", SettleAsync),
    ];

    private async Task<DoorAnswer> ListAsync(DoorRequest request)
    {
        var calls = await desk.ListAsync(State(request.Query("state")), request.Query("request"), request.Number("limit", 50, 1, 1000), request.Query("after"), request.Aborted);
        return DoorAnswer.Of(WireJson.Array(calls, WireJson.Node));
    }

    private async Task<DoorAnswer> ShowAsync(DoorRequest request) => await desk.FindAsync(request.Id, request.Aborted) is { } call
        ? DoorAnswer.Of(WireJson.Node(call))
        : DoorAnswer.NotFound("unknown_call", $"There is no call '{request.Id}'. A read or a dry run is in the audit log only: siit-iam audit tail --call {request.Id}");

    private Task<DoorAnswer> SettleAsync(DoorRequest request)
    {
        var (happened, note) = (request.Flag("happened"), request.Text("note"));
        return presence.WithAsync(request, $"settle {request.Id}", async by =>
        {
            var answer = await desk.SettleAsync(request.Id, by, happened, note, request.Aborted);
            return answer.State == CallState.Refused ? DoorAnswer.Refused(answer.Code!, answer.Message) : DoorAnswer.Of(WireJson.Node(answer));
        });
    }

    private static CallState? State(string? word)
    {
        if (word is null)
            return null;
        foreach (var state in Enum.GetValues<CallState>())
        {
            if (state.Word() == word)
                return state;
        }

        throw new DoorInputException($"'{word}' is no state. {DidYouMean.Sentence(word, Enum.GetValues<CallState>().Select(state => state.Word()))}");
    }
}
