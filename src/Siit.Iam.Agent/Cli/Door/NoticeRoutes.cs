using System.Text.Json.Nodes;
using Siit.Iam.Agent.Notices;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Looking at messages to people, without their texts, and having given-up ones tried again.</summary>
internal sealed class NoticeRoutes(NoticeDesk desk) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/notices", ListAsync),
        DoorRoute.Post("/notices/retry", async request => DoorAnswer.Of(new JsonObject { ["again"] = await desk.RetryAllAsync(request.Aborted) })),
        DoorRoute.Post("/notices/{id}/retry", RetryAsync),
    ];

    private async Task<DoorAnswer> ListAsync(DoorRequest request)
    {
        var notices = await desk.ListAsync(State(request.Query("state")), request.Number("limit", 50, 1, 1000), request.Aborted);
        return DoorAnswer.Of(new JsonObject
        {
            ["channels"] = WireJson.Array(desk.Channels(), WireJson.Node),
            ["notices"] = WireJson.Array(notices, WireJson.Node),
        });
    }

    private async Task<DoorAnswer> RetryAsync(DoorRequest request) => await desk.RetryAsync(request.Id, request.Aborted) is { } why
        ? DoorAnswer.Refused(why.Code, why.Message)
        : DoorAnswer.Of(new JsonObject { ["again"] = 1 });

    private static NoticeState? State(string? word)
    {
        if (word is null)
            return null;
        foreach (var state in Enum.GetValues<NoticeState>())
        {
            if (WireJson.Node(state).GetValue<string>() == word)
                return state;
        }

        throw new DoorInputException($"'{word}' is no state. {DidYouMean.Sentence(word, Enum.GetValues<NoticeState>().Select(state => WireJson.Node(state).GetValue<string>()))}");
    }
}
