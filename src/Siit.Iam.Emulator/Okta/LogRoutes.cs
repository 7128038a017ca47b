using System.Globalization;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Okta;

/// <summary>
/// The System Log. A request without <c>until</c> in ascending order polls: order of storing, and always a next link, which stays the same
/// while nothing new comes. One with <c>until</c> is bounded: order of publishing, and it ends.
/// </summary>
internal static class LogRoutes
{
    public static OktaAnswer List(OktaRequest request)
    {
        var until = Time(request, "until");
        var descending = request.Query("sortOrder") == "DESCENDING";
        var since = Time(request, "since");
        if (since < request.Now.AddDays(-180)) throw OktaErrors.Invalid("since", "since: must not be more than 180 days ago");
        if (since is not null && request.Query("after") is not null) throw OktaErrors.Invalid("since", "since and after exclude each other");
        var wanted = Wanted(request);
        return until is null && !descending ? Poll(request, since, wanted) : Bounded(request, since, until ?? request.Now, descending, wanted);
    }

    private static OktaAnswer Poll(OktaRequest request, DateTimeOffset? since, Func<OktaEvent, bool> wanted)
    {
        var start = 0;
        if (request.Query("after") is { } after)
            start = Cursor.TryRead(after, "poll", out var place) ? int.Parse(place, CultureInfo.InvariantCulture) : throw OktaErrors.Invalid("after");
        else
            start = First(request.State, since ?? request.Now.AddDays(-7));

        var limit = Limit(request);
        var page = new List<OktaEvent>();
        var at = start;
        for (; at < request.State.Log.Count && page.Count < limit; at++)
        {
            if (wanted(request.State.Log[at])) page.Add(request.State.Log[at]);
        }

        // Events passed over by a filter do not move the cursor of an empty page: it stays equal while nothing new comes.
        var next = page.Count == 0 ? start : at;
        return Render(page) with { Links = [request.Link("self", request.Query("after")), request.Link("next", Cursor.Of("poll", $"{next}"), dropSince: true)] };
    }

    private static OktaAnswer Bounded(OktaRequest request, DateTimeOffset? since, DateTimeOffset until, bool descending, Func<OktaEvent, bool> wanted)
    {
        var skip = 0;
        if (request.Query("after") is { } after)
        {
            if (!Cursor.TryRead(after, "bounded", out var place)) throw OktaErrors.Invalid("after");
            var parts = place.Split('|');
            skip = int.Parse(parts[0], CultureInfo.InvariantCulture);
            since = DateTimeOffset.Parse(parts[1], CultureInfo.InvariantCulture);
            until = DateTimeOffset.Parse(parts[2], CultureInfo.InvariantCulture);
        }

        var from = since ?? until.AddDays(-7);
        var events = request.State.Log.Where(e => e.Published >= from && e.Published < until && wanted(e));
        events = descending ? events.OrderByDescending(e => e.Published) : events.OrderBy(e => e.Published);
        var limit = Limit(request);
        var page = events.Skip(skip).Take(limit + 1).ToList();
        var self = request.Link("self", request.Query("after"));
        if (page.Count <= limit) return Render(page) with { Links = [self] };
        var next = Cursor.Of("bounded", $"{skip + limit}|{from:O}|{until:O}");
        return Render(page[..limit]) with { Links = [self, request.Link("next", next, dropSince: true)] };
    }

    private static int Limit(OktaRequest request) =>
        int.TryParse(request.Query("limit") ?? "100", out var limit) && limit is >= 0 and <= 1000
            ? Math.Min(limit, request.Options.PageSizeCap ?? limit)
            : throw OktaErrors.Invalid("limit", "limit: must be between 0 and 1000");

    // The log is stored in order of time but for stragglers, so the first late enough is looked for from the front.
    private static int First(OktaState state, DateTimeOffset since)
    {
        var first = state.Log.FindIndex(e => e.Published >= since);
        return first < 0 ? state.Log.Count : first;
    }

    private static DateTimeOffset? Time(OktaRequest request, string name) => request.Query(name) is not { } text
        ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw OktaErrors.Invalid(name, $"{name}: must be an ISO 8601 date");

    private static Func<OktaEvent, bool> Wanted(OktaRequest request)
    {
        Func<OktaEvent, bool> filter = _ => true;
        if (request.Query("filter") is { } text) filter = OktaFilter.TryParse<OktaEvent>(text, Attribute) ?? throw OktaErrors.BadFilter(text);
        if (request.Query("q") is not { Length: > 0 } q) return filter;
        var words = q.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return e => filter(e) && words.All(w => Words(e).Any(v => v.Contains(w, StringComparison.OrdinalIgnoreCase)));
    }

    private static IEnumerable<string> Words(OktaEvent e) =>
        [e.EventType, e.Message, e.Actor.AlternateId, e.Actor.DisplayName, e.Actor.Id, .. e.Targets.SelectMany(t => new[] { t.Id, t.AlternateId, t.DisplayName })];

    private static Func<OktaEvent, IEnumerable<string?>>? Attribute(string name) => name switch
    {
        "uuid" => e => [e.Uuid],
        "eventType" => e => [e.EventType],
        "published" => e => [OktaJson.Time(e.Published)],
        "outcome.result" => e => [e.Result],
        "transaction.id" => e => [e.RequestId],
        "actor.id" => e => [e.Actor.Id],
        "actor.alternateId" => e => [e.Actor.AlternateId],
        "target.id" => e => e.Targets.Select(t => t.Id),
        "target.alternateId" => e => e.Targets.Select(t => t.AlternateId),
        "target.type" => e => e.Targets.Select(t => t.Type),
        _ => null,
    };

    private static OktaAnswer Render(IEnumerable<OktaEvent> events) => OktaAnswer.Ok(new JsonArray([.. events.Select(Json)]));

    private static JsonObject Json(OktaEvent e)
    {
        var outcome = new JsonObject { ["result"] = e.Result };
        if (e.Reason is not null) outcome["reason"] = e.Reason;
        return new()
        {
            ["uuid"] = e.Uuid,
            ["published"] = OktaJson.Time(e.Published),
            ["eventType"] = e.EventType,
            ["version"] = "0",
            ["severity"] = "INFO",
            ["displayMessage"] = e.Message,
            ["actor"] = Party(e.Actor),
            ["client"] = new JsonObject { ["ipAddress"] = "127.0.0.1", ["zone"] = "null" },
            ["outcome"] = outcome,
            ["target"] = new JsonArray([.. e.Targets.Select(Party)]),
            ["transaction"] = new JsonObject { ["type"] = e.Transaction, ["id"] = e.RequestId, ["detail"] = new JsonObject() },
            ["debugContext"] = new JsonObject { ["debugData"] = e.DebugData is { } data ? JsonNode.Parse(data.GetRawText()) : new JsonObject() },
            ["authenticationContext"] = new JsonObject { ["authenticationStep"] = 0, ["externalSessionId"] = "unknown" },
        };
    }

    private static JsonObject Party(OktaTarget party)
    {
        var json = new JsonObject { ["id"] = party.Id, ["type"] = party.Type, ["alternateId"] = party.AlternateId, ["displayName"] = party.DisplayName };
        if (party.ChangeDetails is { } change) json["changeDetails"] = JsonNode.Parse(change.GetRawText());
        return json;
    }
}
