using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Google;

/// <summary>What was logged, newest first. A page token is good for the question it was given for.</summary>
internal static class ReportRoutes
{
    private static readonly string[] Applications = ["admin", "groups", "groups_enterprise", "login", "saml", "token", "user_accounts"];

    public static GoogleAnswer List(GoogleRequest request)
    {
        var application = request.Segment("applicationName");
        if (!Applications.Contains(application)) throw GoogleErrors.Invalid("applicationName");
        var (from, until) = (Time(request, "startTime"), Time(request, "endTime") ?? request.Now);
        if (from < request.Now.AddDays(-180)) throw GoogleErrors.Invalid("startTime");
        if (from > until) throw GoogleErrors.Invalid("startTime");
        var (actor, name) = (Actor(request), request.Query("eventName"));
        var list = $"{application}?{request.Segment("userKey")}&{request.Query("startTime")}&{request.Query("endTime")}&{name}";
        var (skip, asOf) = (0, request.Now);
        if (request.Query("pageToken") is { } token)
            (skip, asOf) = Cursor.TryRead(token, list, out var place) && place.Split(' ') is [var skipped, var ticks]
                ? (int.Parse(skipped, CultureInfo.InvariantCulture), new DateTimeOffset(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero))
                : throw GoogleErrors.Invalid("pageToken");
        // What appears between two pages is on neither.
        var entries = Newest(request.State.Log, from, until)
            .Where(e => e.Application == application && e.Shown <= asOf && (actor is null || e.ActorId == actor))
            .Where(e => (name is null || e.Events.Any(one => one.Name == name)) && Passes(e, request.Query("filters")));
        var size = request.Limit(1000, 1000);
        var page = entries.Skip(skip).Take(size + 1).ToList();
        var body = new JsonObject { ["kind"] = "admin#reports#activities" };
        if (page.Count > 0) body["items"] = new JsonArray([.. page.Take(size).Select(e => GoogleJson.Activity(e, request.State.CustomerId))]);
        if (page.Count > size) body["nextPageToken"] = Cursor.Of(list, $"{skip + size} {asOf.UtcTicks}");
        return GoogleAnswer.Ok(body);
    }

    private static string? Actor(GoogleRequest request) => request.Segment("userKey") is var key && key == "all"
        ? null
        : request.State.FindUser(key)?.Id ?? throw GoogleErrors.NotFound("userKey");

    /// <summary>Of the operators, equality is enough here.</summary>
    private static bool Passes(GoogleActivity entry, string? filters) => (filters ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).All(filter =>
        filter.Split("==", 2) is not [var name, var value] ? throw GoogleErrors.Invalid("filters") : entry.Events.Any(one => one.Parameters.GetValueOrDefault(name) == value));

    /// <summary>The log is in the order of time.</summary>
    private static IEnumerable<GoogleActivity> Newest(ImmutableList<GoogleActivity> log, DateTimeOffset? from, DateTimeOffset until)
    {
        var (low, high) = (0, log.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (log[middle].Time <= until) low = middle + 1;
            else high = middle;
        }

        for (var at = low - 1; at >= 0 && (from is null || log[at].Time >= from); at--) yield return log[at];
    }

    private static DateTimeOffset? Time(GoogleRequest request, string name) => request.Query(name) is not { } text
        ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : throw GoogleErrors.Invalid(name);
}
