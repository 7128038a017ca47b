using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Okta;

internal sealed record OktaAnswer(int Status, JsonNode? Body = null)
{
    public static OktaAnswer Empty { get; } = new(200);

    public static OktaAnswer NoContent { get; } = new(204);

    /// <summary>The items of a list, rendered already; in place of <see cref="Body"/>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Items { get; init; }

    public IReadOnlyList<string> Links { get; init; } = [];

    public static OktaAnswer Ok(JsonNode body) => new(200, body);
}

/// <summary>Who calls: the owner of an SSWS token, or a service app.</summary>
internal sealed record OktaCaller(OktaTarget Actor, ImmutableArray<string> Roles, ImmutableArray<string>? Scopes);

internal sealed record PendingEffect(string Verb, ImmutableArray<string> Objects, string? Detail);

/// <summary>
/// One request while it runs. A route changes <see cref="State"/> freely; it becomes the org's state, with the effects and events,
/// only when the route ends without a refusal.
/// </summary>
internal sealed class OktaRequest(HttpContext http, OktaState state, OktaCaller caller, JsonNode? body, SeededIds ids, EmulatorOptions options, OktaCache cache, string requestId)
{
    public OktaState State { get; set; } = state;

    public OktaCaller Caller { get; } = caller;

    public JsonNode? Body { get; } = body;

    public SeededIds Ids { get; } = ids;

    public EmulatorOptions Options { get; } = options;

    public OktaCache Cache { get; } = cache;

    public string RequestId { get; } = requestId;

    public DateTimeOffset Now { get; } = options.TimeProvider.GetUtcNow();

    public List<PendingEffect> Effects { get; } = [];

    public List<OktaEvent> Events { get; } = [];

    /// <summary>Origin for absolute links.</summary>
    public string Origin { get; } = options.BehindProxies?.GetLeftPart(UriPartial.Authority) ?? $"{http.Request.Scheme}://{http.Request.Host}";

    public string? Query(string name) => http.Request.Query.TryGetValue(name, out var value) && value.Count > 0 ? value[0] : null;

    public bool Flag(string name, bool otherwise) => bool.TryParse(Query(name), out var value) ? value : otherwise;

    public string Segment(string name) => (string?)http.Request.RouteValues[name] ?? "";

    public OktaUser User(string segment = "id") => State.FindUser(Segment(segment)) ?? throw OktaErrors.NotFound(Segment(segment), "User");

    public OktaGroup Group() => State.Groups.GetValueOrDefault(Segment("groupId")) ?? throw OktaErrors.NotFound(Segment("groupId"), "UserGroup");

    public OktaApp App() => State.Apps.GetValueOrDefault(Segment("appId")) ?? throw OktaErrors.NotFound(Segment("appId"), "AppInstance");

    public JsonObject Object() => Body as JsonObject ?? throw OktaErrors.BadBody();

    /// <summary>The one line of the effect ledger that this request leaves.</summary>
    public void Effect(string verb, string? detail, params ReadOnlySpan<string> objects) => Effects.Add(new(verb, [.. objects], detail));

    public void Event(string type, string message, params ReadOnlySpan<OktaTarget> targets) =>
        Events.Add(new(Ids.Uuid(), Now, type, message, Caller.Actor, [.. targets], RequestId));

    /// <summary>Users on one page, of a table that is entered where the page before ended.</summary>
    public OktaAnswer UserPage<T>(string name, ImmutableSortedDictionary<string, T> table, Func<KeyValuePair<string, T>, OktaUser?> wanted, int limit, int most)
    {
        var (page, next) = Cut(name, table, wanted, Limit(limit, most));
        return new OktaAnswer(200) { Items = [.. page.Select(u => Cache.User(u, Origin))], Links = Links(next) };
    }

    /// <summary>Only a super administrator may change administrators and what makes them.</summary>
    public void NeedsSuperAdminFor(bool privileged)
    {
        if (privileged && !Caller.Roles.Contains("SUPER_ADMIN")) throw OktaErrors.NotAllowed();
    }

    public int Limit(int otherwise, int most)
    {
        var asked = Query("limit") is { } text ? (int.TryParse(text, out var limit) && limit > 0 ? limit : throw OktaErrors.Invalid("limit")) : otherwise;
        return Math.Min(Math.Min(asked, most), Options.PageSizeCap ?? int.MaxValue);
    }

    /// <summary>A page of a list that is ordered by key, with its links.</summary>
    public OktaAnswer Page<T>(IEnumerable<T> items, Func<T, string> key, Func<T, JsonNode> render, int limit, int most)
    {
        var (page, next) = Cut(items, key, Limit(limit, most));
        return OktaAnswer.Ok(new JsonArray([.. page.Select(render)])) with { Links = Links(next) };
    }

    /// <summary>The same from a table, whose order and places are known.</summary>
    /// <param name="name">What the table is known by, the same for all its versions.</param>
    public (IReadOnlyList<OktaUser> Page, string? Next) Cut<T>(
        string name, ImmutableSortedDictionary<string, T> table, Func<KeyValuePair<string, T>, OktaUser?> wanted, int limit)
    {
        var (ordered, place) = (Cache.Ordered(name, table), Place(out var list));
        var at = place is null ? 0 : Array.BinarySearch(ordered, new(place, default!), ByKey<T>.Order);
        var page = new List<OktaUser>();
        // A place that is gone is found as the complement of where it was.
        for (at = at < 0 ? ~at : place is null ? 0 : at + 1; at < ordered.Length && page.Count <= limit; at++)
        {
            if (wanted(ordered[at]) is { } user) page.Add(user);
        }

        return page.Count > limit ? (page[..limit], Cursor.Of(list, page[limit - 1].Id)) : (page, null);
    }

    public (IReadOnlyList<T> Page, string? Next) Cut<T>(IEnumerable<T> items, Func<T, string> key, int limit)
    {
        var place = Place(out var list);
        var page = items.OrderBy(key, StringComparer.Ordinal).SkipWhile(i => place is not null && string.CompareOrdinal(key(i), place) <= 0).Take(limit + 1).ToList();
        return page.Count > limit ? (page[..limit], Cursor.Of(list, key(page[limit - 1]))) : (page, null);
    }

    private string? Place(out string list)
    {
        list = http.Request.Path.Value ?? "";
        string? place = null;
        if (Query("after") is { Length: > 0 } after && !Cursor.TryRead(after, list, out place)) throw OktaErrors.Invalid("after");
        return place;
    }

    public IReadOnlyList<string> Links(string? next) =>
        next is null ? [Link("self", Query("after"))] : [Link("self", Query("after")), Link("next", next)];

    public string Link(string relation, string? after, bool dropSince = false) => $"<{Address(after, dropSince)}>; rel=\"{relation}\"";

    /// <summary>This request's address with another cursor.</summary>
    public string Address(string? after, bool dropSince = false)
    {
        var query = http.Request.Query
            .Where(q => q.Key != "after" && !(dropSince && q.Key == "since"))
            .SelectMany(q => q.Value, (q, value) => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(value ?? "")}");
        if (after is not null) query = [$"after={after}", .. query];
        var joined = string.Join('&', query);
        return $"{Origin}{http.Request.PathBase}{http.Request.Path.ToUriComponent()}{(joined.Length == 0 ? "" : "?" + joined)}";
    }

    public static bool TryText(JsonObject json, string name, [NotNullWhen(true)] out string? text)
    {
        text = json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
        return text is not null;
    }
}

file static class ByKey<T>
{
    public static readonly Comparer<KeyValuePair<string, T>> Order = Comparer<KeyValuePair<string, T>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key));
}
