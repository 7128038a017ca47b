using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.JumpCloud;

internal sealed record JumpCloudAnswer(int Status, JsonNode? Body = null)
{
    public static JumpCloudAnswer Empty { get; } = new(200);

    public static JumpCloudAnswer NoContent { get; } = new(204);

    public IReadOnlyDictionary<string, string> Headers { get; init; } = ImmutableDictionary<string, string>.Empty;

    public static JumpCloudAnswer Ok(JsonNode body) => new(200, body);

    /// <summary>What the calls that change a user's state answer: a text.</summary>
    public static JumpCloudAnswer Done() => new(200, JsonValue.Create("OK"));
}

internal sealed record PendingEffect(string Verb, ImmutableArray<string> Objects, string? Detail);

/// <summary>
/// One request while it runs. A route changes <see cref="State"/> freely; it becomes the organization's state, with the effects and
/// events, only when the route ends without a refusal.
/// </summary>
internal sealed class JumpCloudRequest(
    HttpContext http, JumpCloudState state, JumpCloudCaller caller, JsonNode? body, ObjectIds ids, EmulatorOptions options)
{
    private const int MostPerPage = 100;

    public JumpCloudState State { get; set; } = state;

    public JumpCloudCaller Caller { get; } = caller;

    public JsonNode? Body { get; } = body;

    public ObjectIds Ids { get; } = ids;

    public DateTimeOffset Now { get; } = options.TimeProvider.GetUtcNow();

    public List<PendingEffect> Effects { get; } = [];

    public List<JumpCloudEvent> Events { get; } = [];

    public string? Query(string name) => http.Request.Query.TryGetValue(name, out var value) && value.Count > 0 ? value[0] : null;

    public string Segment(string name) => (string?)http.Request.RouteValues[name] ?? "";

    public JumpCloudUser User(string segment = "id") => Find(State.Users, Segment(segment));

    public JumpCloudGroup Group(string segment = "id") => Find(State.Groups, Segment(segment));

    public JumpCloudApp App(string segment = "id") => Find(State.Apps, Segment(segment));

    public JsonObject Object() => Body as JsonObject ?? throw JumpCloudErrors.Invalid("The request body must be a JSON object.");

    /// <summary>The one line of the effect ledger that this request leaves.</summary>
    public void Effect(string verb, string? detail, params ReadOnlySpan<string> objects) => Effects.Add(new(verb, [.. objects], detail));

    public void Event(string type, JsonObject about) => Events.Add(JumpCloudEvents.Of(this, type, about));

    /// <summary>Saves a user and tells of the groups that fill themselves and take him in or let him go for it.</summary>
    public void Save(JumpCloudUser? before, JumpCloudUser after)
    {
        State = State.With(after);
        foreach (var group in State.Groups.Values.Where(g => g.Method == "DYNAMIC_AUTOMATED"))
        {
            var (was, now) = (before is not null && JumpCloudState.IsMember(group, before), JumpCloudState.IsMember(group, after));
            if (was == now) continue;
            Event("association_change", JumpCloudEvents.Tie(now ? "add" : "remove", ("user_group", group.Id, group.Name), ("user", after.Id, after.Username), "dynamic"));
        }
    }

    public static T Find<T>(ImmutableSortedDictionary<string, T> all, string id)
        where T : class
    {
        if (!ObjectIds.IsOne(id)) throw JumpCloudErrors.Invalid($"Cast to ObjectId failed for value \"{id}\"");
        return all.GetValueOrDefault(id) ?? throw JumpCloudErrors.NotFound();
    }

    /// <summary>A page of the first API: counted.</summary>
    public JumpCloudAnswer CountedPage<T>(IEnumerable<T> items, Func<T, JsonNode> render)
    {
        var all = Listed(items);
        return JumpCloudAnswer.Ok(new JsonObject { ["totalCount"] = all.Count, ["results"] = new JsonArray([.. Part(all, Number("skip", 0), Limit()).Select(render)]) });
    }

    /// <summary>A page of the second API: a bare array. The next page is announced on the lists of groups, and where a page was cut shorter than asked.</summary>
    public JumpCloudAnswer BarePage<T>(IEnumerable<T> items, Func<T, JsonNode> render, bool announces = false)
    {
        var (skip, limit) = (Number("skip", 0), Limit());
        var all = Listed(items);
        var page = Part(all, skip, limit);
        var answer = JumpCloudAnswer.Ok(new JsonArray([.. page.Select(render)]));
        var cut = limit < Math.Min(Number("limit", 10), MostPerPage);
        return skip + page.Count < all.Count && (announces || cut)
            ? answer with { Headers = ImmutableDictionary<string, string>.Empty.Add("Link", $"<{Address(skip + page.Count)}>; rel=\"next\"") }
            : answer;
    }

    public static bool TryText(JsonObject json, string name, [NotNullWhen(true)] out string? text)
    {
        text = json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
        return text is not null;
    }

    private static IReadOnlyList<T> Listed<T>(IEnumerable<T> items) => items as IReadOnlyList<T> ?? [.. items];

    /// <summary>By index: a page in the middle of a long list costs no more than the first.</summary>
    private static List<T> Part<T>(IReadOnlyList<T> all, int skip, int limit)
    {
        var part = new List<T>();
        for (var i = skip; i < all.Count && part.Count < limit; i++) part.Add(all[i]);
        return part;
    }

    private int Limit() => Math.Min(Math.Min(Math.Max(Number("limit", 10), 1), MostPerPage), options.PageSizeCap ?? int.MaxValue);

    private int Number(string name, int otherwise) =>
        Query(name) is not { Length: > 0 } text ? otherwise : int.TryParse(text, out var number) && number >= 0 ? number : throw JumpCloudErrors.Invalid($"{name} must be a number.");

    private string Address(int skip)
    {
        var query = http.Request.Query.Where(q => q.Key != "skip")
            .SelectMany(q => q.Value, (q, value) => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(value ?? "")}");
        var path = http.Request.Path.ToUriComponent();
        if (options.BehindProxies is not { } proxies) return $"{http.Request.Scheme}://{http.Request.Host}{path}?{string.Join('&', [.. query, $"skip={skip}"])}";
        // The proxy of the second API stands beside that of the first and serves without the base path.
        var second = new UriBuilder(proxies) { Port = proxies.Port + 1 }.Uri;
        return $"{second.GetLeftPart(UriPartial.Authority)}{path.Replace("/api/v2", "", StringComparison.Ordinal)}?{string.Join('&', [.. query, $"skip={skip}"])}";
    }
}
