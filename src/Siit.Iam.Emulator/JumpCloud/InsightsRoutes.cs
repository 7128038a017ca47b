using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>Directory Insights: the log of everything.</summary>
internal static class InsightsRoutes
{
    private const int MostPerPage = 10_000;
    private static readonly TimeSpan Retention = TimeSpan.FromDays(90);

    /// <summary>The place after the last row is always named, also when nothing comes after it: the counts tell.</summary>
    public static JumpCloudAnswer Events(JumpCloudRequest request)
    {
        var body = request.Object();
        var limit = Math.Min(Number(body, "limit", 1_000), MostPerPage);
        var descending = JumpCloudRequest.TryText(body, "sort", out var sort) && sort == "DESC";
        var matching = Matching(request, body, descending);
        var page = matching.Skip(Number(body, "skip", 0)).Take(limit).ToList();
        var headers = ImmutableDictionary<string, string>.Empty
            .Add("X-Result-Count", $"{page.Count}").Add("X-Limit", $"{limit}").Add("X-Sort", descending ? "DESC" : "ASC");
        if (page.Count > 0) headers = headers.Add("X-Search_after", $"[{page[^1].Timestamp.ToUnixTimeMilliseconds()},\"{page[^1].Id}\"]");
        return JumpCloudAnswer.Ok(new JsonArray([.. page.Select(e => Projected(e, body["fields"] as JsonArray))])) with { Headers = headers };
    }

    public static JumpCloudAnswer Count(JumpCloudRequest request) =>
        JumpCloudAnswer.Ok(new JsonObject { ["count"] = Matching(request, request.Object(), descending: false).Count() });

    /// <summary>By place in the log, so that a page costs what stands on it, however long the log is.</summary>
    private static IEnumerable<JumpCloudEvent> Matching(JumpCloudRequest request, JsonObject body, bool descending)
    {
        if (!request.State.HasInsights) throw JumpCloudErrors.NoInsights();
        if (body["service"] is not JsonArray { Count: > 0 } services) throw JumpCloudErrors.Invalid("service is required.");
        var start = TimeOf(body, "start_time") ?? throw JumpCloudErrors.Invalid("start_time is required.");
        var end = TimeOf(body, "end_time") ?? DateTimeOffset.MaxValue;
        var asked = services.Select(s => (string?)s).ToHashSet();
        var holds = Terms(body["search_term"] as JsonObject);
        var after = body["search_after"] is { } place ? PlaceOf(place) : null;
        var oldest = request.Now - Retention;
        return Between(request.State.Log, start > oldest ? start : oldest, end, after, descending)
            .Where(e => e.Timestamp >= start && (asked.Contains("all") || asked.Contains(e.Service)) && holds(e));
    }

    private static IEnumerable<JumpCloudEvent> Between(ImmutableSortedSet<JumpCloudEvent> log, DateTimeOffset start, DateTimeOffset end, JumpCloudEvent? after, bool descending)
    {
        var (from, to) = (PlaceIn(log, At(start, "")), end == DateTimeOffset.MaxValue ? log.Count : PlaceIn(log, At(end, "")));
        if (after is not null && descending) to = Math.Min(to, PlaceIn(log, after));
        if (after is not null && !descending) from = Math.Max(from, log.Contains(after) ? log.IndexOf(after) + 1 : PlaceIn(log, after));
        for (var i = 0; i < to - from; i++) yield return log[descending ? to - 1 - i : from + i];
    }

    /// <summary>How many stand before it.</summary>
    private static int PlaceIn(ImmutableSortedSet<JumpCloudEvent> log, JumpCloudEvent entry)
    {
        var place = log.IndexOf(entry);
        return place < 0 ? ~place : place;
    }

    private static JumpCloudEvent At(DateTimeOffset time, string id) => new(id, time, "", default);

    /// <summary>One of and, or, not, over fields and values; a list of values means any of them. Values are stored in small letters.</summary>
    private static Func<JumpCloudEvent, bool> Terms(JsonObject? term)
    {
        if (term is null) return _ => true;
        if (term.Count != 1) throw JumpCloudErrors.Invalid("search_term must hold exactly one of and, or, not.");
        var (conjunction, terms) = term.First();
        var fields = terms switch
        {
            JsonObject one => one.ToList(),
            JsonArray several => [.. several.OfType<JsonObject>().SelectMany(o => o)],
            _ => throw JumpCloudErrors.Invalid("search_term must hold fields."),
        };
        bool Has(JumpCloudEvent e, KeyValuePair<string, JsonNode?> field) => Values(field.Value).Contains(Text(e.Body, field.Key), StringComparer.OrdinalIgnoreCase);
        return conjunction switch
        {
            "and" => e => fields.All(f => Has(e, f)),
            "or" => e => fields.Any(f => Has(e, f)),
            "not" => e => !fields.Any(f => Has(e, f)),
            _ => throw JumpCloudErrors.Invalid("search_term must hold exactly one of and, or, not."),
        };
    }

    private static IEnumerable<string?> Values(JsonNode? value) => value is JsonArray list ? list.Select(v => v?.ToString()) : [value?.ToString()];

    private static string? Text(JsonElement body, string path)
    {
        foreach (var name in path.Split('.'))
            if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty(name, out body)) return null;
        return body.ValueKind == JsonValueKind.Null ? null : body.ToString();
    }

    private static JsonObject Projected(JumpCloudEvent entry, JsonArray? fields)
    {
        var body = JsonNode.Parse(entry.Body.GetRawText())!.AsObject();
        if (fields is null) return body;
        var names = fields.Select(f => (string?)f).ToHashSet();
        foreach (var name in body.Select(field => field.Key).Where(name => !names.Contains(name)).ToList()) body.Remove(name);
        return body;
    }

    private static JumpCloudEvent PlaceOf(JsonNode after) =>
        after is JsonArray { Count: 2 } pair && pair[0] is JsonValue time && time.TryGetValue<long>(out var milliseconds) && pair[1] is JsonValue id && id.TryGetValue<string>(out var text)
            ? At(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), text)
            : throw JumpCloudErrors.Invalid("search_after must be what X-Search_after said.");

    private static int Number(JsonObject body, string name, int otherwise) =>
        body[name] is null ? otherwise : body[name] is JsonValue value && value.TryGetValue<int>(out var number) && number >= 0 ? number : throw JumpCloudErrors.Invalid($"{name} must be a number.");

    private static DateTimeOffset? TimeOf(JsonObject body, string name) =>
        !JumpCloudRequest.TryText(body, name, out var text)
            ? null
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : throw JumpCloudErrors.Invalid($"{name} must be a time.");
}
