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
        var entries = request.State.Log
            .Where(e => e.Application == application && (from is null || e.Time >= from) && e.Time <= until)
            .Where(e => (actor is null || e.ActorId == actor) && (name is null || e.Event.Name == name) && Passes(e, request.Query("filters")))
            .Reverse();

        var list = $"{application}?{request.Segment("userKey")}&{request.Query("startTime")}&{request.Query("endTime")}&{name}";
        var skip = 0;
        if (request.Query("pageToken") is { } token)
            skip = Cursor.TryRead(token, list, out var place) ? int.Parse(place, CultureInfo.InvariantCulture) : throw GoogleErrors.Invalid("pageToken");
        var size = request.Limit(1000, 1000);
        var page = entries.Skip(skip).Take(size + 1).ToList();
        var body = new JsonObject { ["kind"] = "admin#reports#activities" };
        if (page.Count > 0) body["items"] = new JsonArray([.. page.Take(size).Select(e => GoogleJson.Activity(e, request.State.CustomerId))]);
        if (page.Count > size) body["nextPageToken"] = Cursor.Of(list, $"{skip + size}");
        return GoogleAnswer.Ok(body);
    }

    private static string? Actor(GoogleRequest request) => request.Segment("userKey") is var key && key == "all"
        ? null
        : request.State.FindUser(key)?.Id ?? throw GoogleErrors.NotFound("userKey");

    /// <summary>Of the operators, equality is enough here.</summary>
    private static bool Passes(GoogleActivity entry, string? filters) => (filters ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).All(filter =>
        filter.Split("==", 2) is not [var name, var value] ? throw GoogleErrors.Invalid("filters") : entry.Event.Parameters.GetValueOrDefault(name) == value);

    private static DateTimeOffset? Time(GoogleRequest request, string name) => request.Query(name) is not { } text
        ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : throw GoogleErrors.Invalid(name);
}
