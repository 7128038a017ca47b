using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Google;

internal sealed record GoogleAnswer(int Status, JsonNode? Body = null)
{
    public static GoogleAnswer NoContent { get; } = new(204);

    /// <summary>With an etag over the content.</summary>
    public static GoogleAnswer Ok(JsonObject body) => new(200, GoogleJson.Tagged(body));
}

/// <summary>Who calls: a user that the service account acts as, or the service account itself.</summary>
internal sealed record GoogleCaller(string Id, string Email, ImmutableArray<string> Roles, ImmutableArray<string> Scopes, bool IsSuper);

internal sealed record PendingEffect(string Verb, ImmutableArray<string> Objects, string? Detail);

/// <summary>
/// One request while it runs. A route changes <see cref="State"/> freely; it becomes the tenant's state, with the effects and what
/// is logged, only when the route ends without a refusal.
/// </summary>
internal sealed class GoogleRequest(HttpContext http, GoogleState state, GoogleCaller caller, JsonNode? body, SeededIds ids, EmulatorOptions options)
{
    public GoogleState State { get; set; } = state;

    public GoogleCaller Caller { get; } = caller;

    public SeededIds Ids { get; } = ids;

    public EmulatorOptions Options { get; } = options;

    public DateTimeOffset Now { get; } = options.TimeProvider.GetUtcNow();

    public List<PendingEffect> Effects { get; } = [];

    public List<GoogleActivity> Logged { get; } = [];

    public string? Query(string name) => http.Request.Query.TryGetValue(name, out var value) && value.Count > 0 && value[0] is { Length: > 0 } text ? text : null;

    public bool Flag(string name) => string.Equals(Query(name), "true", StringComparison.OrdinalIgnoreCase);

    public string Segment(string name) => (string?)http.Request.RouteValues[name] ?? "";

    public GoogleUser User()
    {
        var user = State.FindUser(Segment("userKey"));
        return user is not null && user.Visible <= Now ? user : throw GoogleErrors.NotFound("userKey");
    }

    /// <summary>A user to change: there, finished, and not above the caller.</summary>
    public GoogleUser Target()
    {
        var user = User();
        if (user.Ready > Now) throw GoogleErrors.Unfinished();
        if (user.EmailSettles > Now) throw GoogleErrors.EmailSettling();
        if (!Caller.IsSuper && (State.IsSuperAdmin(user.Id) || State.IsDelegatedAdmin(user.Id))) throw GoogleErrors.NotAllowed();
        return user;
    }

    public GoogleGroup Group() => State.FindGroup(Segment("groupKey")) ?? throw GoogleErrors.NotFound("groupKey");

    public JsonObject Object() => body as JsonObject ?? throw GoogleErrors.BadRequest("Invalid JSON payload received.");

    public void Customer(string value)
    {
        if (value is not "my_customer" && value != State.CustomerId) throw GoogleErrors.BadRequest("Bad Request");
    }

    /// <summary>The line of the effect ledger that a change leaves.</summary>
    public void Effect(string verb, string? detail, params ReadOnlySpan<string> objects) => Effects.Add(new(verb, [.. objects], detail));

    /// <summary>What the audit log of an application says about it: one entry for a request, with all its events.</summary>
    public void Log(string application, string type, string name, params ReadOnlySpan<(string Name, string Value)> parameters)
    {
        var one = GoogleLogEvent.Of(type, name, parameters);
        var at = Logged.FindIndex(entry => entry.Application == application);
        if (at >= 0) Logged[at] = Logged[at] with { Events = Logged[at].Events.Add(one) };
        else Logged.Add(GoogleActivity.Of(Now, Ids, State.LogDelay, application, Caller.Email, Caller.Id, one));
    }

    public void LogUser(string name, GoogleUser user, params ReadOnlySpan<(string Name, string Value)> more) =>
        Log("admin", "USER_SETTINGS", name, [("USER_EMAIL", user.PrimaryEmail), .. more]);

    public int Limit(int otherwise, int most)
    {
        var asked = Query("maxResults") is { } text ? (int.TryParse(text, out var limit) && limit > 0 ? limit : throw GoogleErrors.Invalid("maxResults")) : otherwise;
        return Math.Min(Math.Min(asked, most), Options.PageSizeCap ?? int.MaxValue);
    }

    /// <summary>A page of a list that is ordered by key. An empty list is left out, as Google does.</summary>
    public GoogleAnswer Page<T>(string kind, string field, IEnumerable<T> items, Func<T, string> key, Func<T, JsonNode> render, int limit, int most)
    {
        var list = $"{http.Request.Path}?{Query("query")}&{Query("userKey")}&{Query("roles")}";
        string? place = null;
        if (Query("pageToken") is { } token && !Cursor.TryRead(token, list, out place)) throw GoogleErrors.Invalid("pageToken");
        var size = Limit(limit, most);
        var page = After(items, key, place).Take(size + 1).ToList();
        var body = new JsonObject { ["kind"] = kind };
        if (page.Count > 0) body[field] = new JsonArray([.. page.Take(size).Select(render)]);
        if (page.Count > size) body["nextPageToken"] = Cursor.Of(list, key(page[size - 1]));
        return GoogleAnswer.Ok(body);
    }

    /// <summary>An array is in order already.</summary>
    private static IEnumerable<T> After<T>(IEnumerable<T> items, Func<T, string> key, string? place)
    {
        if (items is not T[] sorted) return items.OrderBy(key, StringComparer.Ordinal).SkipWhile(i => place is not null && string.CompareOrdinal(key(i), place) <= 0);
        var (from, to) = (0, place is null ? 0 : sorted.Length);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (string.CompareOrdinal(key(sorted[middle]), place) <= 0) from = middle + 1;
            else to = middle;
        }

        return Enumerable.Range(from, sorted.Length - from).Select(at => sorted[at]);
    }

    public static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static bool? Flag(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;
}

/// <summary>Ids of digits, as Google's users and roles have them.</summary>
internal static class GoogleNumbers
{
    public static string Of(string seed, int length)
    {
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(seed));
        return "1" + string.Concat(hash.Take(length - 1).Select(b => (char)('0' + (b % 10))));
    }
}
