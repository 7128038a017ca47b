using System.Globalization;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.People;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Looking at people and at what happened to their accounts, in the copy of the directory.</summary>
internal sealed class PeopleRoutes(PeopleDesk desk, TimeProvider time) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/people", FindAsync),
        DoorRoute.Get("/events", EventsAsync),
    ];

    private async Task<DoorAnswer> FindAsync(DoorRequest request)
    {
        var person = request.Query("person") ?? throw new DoorInputException("'person' is missing.");
        return await desk.FindAsync(person, request.Aborted) is { } found
            ? DoorAnswer.Of(found)
            : DoorAnswer.Refused("no_copy", "Nothing is imported yet, so nobody can be looked up here. siit-iam sync status shows how far it is.");
    }

    private async Task<DoorAnswer> EventsAsync(DoorRequest request)
    {
        try
        {
            var question = new EventQuestion(
                Since(request.Query("since")), request.Query("person"), null, ListEvents.Kind(request.Query("kind")), request.Number("limit", 50, 1, 1000), request.Query("cursor"), request.Query("after"), Hris: request.Query("connection") is null);
            return await desk.EventsAsync(question, request.Query("connection"), request.Aborted) is { } events
                ? DoorAnswer.Of(events)
                : DoorAnswer.Refused("invalid_input", "The cursor was not made for this question.");
        }
        catch (InputException wrong)
        {
            throw new DoorInputException(wrong.Message);
        }
    }

    /// <summary>A time, or how long ago, such as 90m, 24h or 7d.</summary>
    private DateTimeOffset? Since(string? text)
    {
        if (text is null)
            return null;
        if (text.Length > 1 && "mhd".Contains(text[^1], StringComparison.Ordinal)
            && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 100_000)
            return time.GetUtcNow() - (text[^1] switch { 'm' => TimeSpan.FromMinutes(number), 'h' => TimeSpan.FromHours(number), _ => TimeSpan.FromDays(number) });
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : throw new DoorInputException("'since' must be a time such as 2026-01-31T09:00:00Z, or how long ago: 90m, 24h, 7d.");
    }
}
