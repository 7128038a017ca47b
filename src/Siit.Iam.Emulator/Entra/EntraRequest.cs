using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Entra;

internal sealed record EntraAnswer(int Status, JsonNode? Body = null)
{
    public static EntraAnswer NoContent { get; } = new(204);

    public string? Location { get; init; }

    public static EntraAnswer Ok(JsonNode body) => new(200, body);
}

/// <summary>Who calls: an application with the permissions of its token and the directory roles it was given.</summary>
internal sealed record EntraCaller(EntraClient Client, ImmutableArray<string> Permissions);

internal sealed record PendingEffect(string Verb, ImmutableArray<string> Objects, string? Detail);

/// <summary>
/// One request while it runs. A route changes <see cref="State"/> freely; it becomes the tenant's state, with the effects and
/// audits, only when the route ends without a refusal.
/// </summary>
internal sealed class EntraRequest(HttpContext http, EntraState state, EntraCaller caller, JsonNode? body, SeededIds ids, EmulatorOptions options, string requestId)
{
    public EntraState State { get; set; } = state;

    public EntraCaller Caller { get; } = caller;

    public JsonNode? Body { get; } = body;

    public SeededIds Ids { get; } = ids;

    public EmulatorOptions Options { get; } = options;

    public string RequestId { get; } = requestId;

    public DateTimeOffset Now { get; } = options.TimeProvider.GetUtcNow();

    public List<PendingEffect> Effects { get; } = [];

    public List<EntraAudit> Audits { get; } = [];

    /// <summary>Of what changed, only the properties that did.</summary>
    public bool PrefersMinimal { get; } = http.Request.Headers["Prefer"] == "return=minimal";

    public bool IsEventual { get; } = http.Request.Headers["ConsistencyLevel"] == "eventual";

    /// <summary>The address of the API for absolute links. A proxy stands for the address with its version.</summary>
    public string Root { get; } = options.BehindProxies?.GetLeftPart(UriPartial.Authority) ?? $"{http.Request.Scheme}://{http.Request.Host}/v1.0";

    public string ListPath { get; } = http.Request.Path.Value!["/v1.0".Length..];

    public string? Query(string name) => http.Request.Query.TryGetValue(name, out var value) && value.Count > 0 ? value[0] : null;

    public string Segment(string name) => (string?)http.Request.RouteValues[name] ?? "";

    public EntraUser User() => State.FindUser(Segment("userId")) ?? throw EntraErrors.NotFound(Segment("userId"));

    public EntraGroup Group() => State.Groups.GetValueOrDefault(Segment("groupId")) ?? throw EntraErrors.NotFound(Segment("groupId"));

    public EntraApp App() => State.Apps.GetValueOrDefault(Segment("appId")) ?? throw EntraErrors.NotFound(Segment("appId"));

    public JsonObject Object() => Body as JsonObject ?? throw EntraErrors.BadBody();

    public static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The one line of the effect ledger that this request leaves.</summary>
    public void Effect(string verb, string? detail, params ReadOnlySpan<string> objects) => Effects.Add(new(verb, [.. objects], detail));

    public void Audit(string activity, string category, string operation, params ReadOnlySpan<EntraTarget> targets) =>
        Audits.Add(new(Ids.Uuid(), Now, activity, category, operation, Caller.Client.ClientId, [.. targets]));

    /// <summary>Sensitive changes of administrators ask for a directory role beside the permission.</summary>
    public void NeedsRoleFor(EntraUser user)
    {
        if (State.IsPrivileged(user) && !Caller.Client.Roles.Any(role => role is "Global Administrator" or "Privileged Authentication Administrator"))
            throw EntraErrors.NotAllowed();
    }

    public bool Holds(params ReadOnlySpan<string> permissions)
    {
        foreach (var permission in permissions)
        {
            if (Caller.Permissions.Contains(permission)) return true;
        }

        return false;
    }

    /// <summary>
    /// As below, of items sorted by id: only those of the page are written out, unless the query looks at what they hold.
    /// </summary>
    public EntraAnswer List<T>(string type, IEnumerable<T> items, Func<T, string> id, Func<T, JsonObject> render, int normal = 100, int most = 999, string context = "")
    {
        if (Query("$search") is not null || Query("$orderby") is not null || Query("$count") is not null || Query("$filter") is { Length: > 0 })
        {
            var wanted = Query("$filter") is { } clause && EntraFilter.Ids(clause) is { } ids ? items.Where(item => ids.Contains(id(item))) : items;
            return List(type, wanted.Select(render), normal, most, context);
        }

        var list = $"{ListPath}|{Query("$filter")}";
        if (Query("$skiptoken") is { } token)
        {
            if (!Cursor.TryRead(token, list, out var place)) throw EntraErrors.BadPageToken();
            items = items.SkipWhile(item => string.CompareOrdinal(id(item), place) <= 0);
        }

        var size = Size(normal, most);
        var page = items.Take(size + 1).ToList();
        return Written(type, page.Take(size).Select(render), page.Count > size ? Cursor.Of(list, id(page[size - 1])) : null, null, context);
    }

    /// <summary>The part of a list that the query asks for: filtered, cut into pages, with the properties selected.</summary>
    public EntraAnswer List(string type, IEnumerable<JsonObject> items, int normal = 100, int most = 999, string context = "")
    {
        var all = Filtered(items).ToList();
        if (Query("$count") == "true" && !IsEventual && Query("$filter") is null && Query("$search") is null) throw EntraErrors.Unsupported("$count needs the header ConsistencyLevel: eventual.");
        all = [.. Ordered(all)];
        var (page, next) = Cut(all, Size(normal, most));
        return Written(type, page, next, Query("$count") == "true" ? all.Count : null, context);
    }

    private EntraAnswer Written(string type, IEnumerable<JsonObject> page, string? next, int? count, string context)
    {
        var body = new JsonObject { ["@odata.context"] = $"{Root}/$metadata#{(context.Length > 0 ? context : type)}" };
        if (count is not null) body["@odata.count"] = count;
        if (next is not null) body["@odata.nextLink"] = Link("$skiptoken", next);
        body["value"] = new JsonArray([.. page.Select(item => EntraJson.Select(item, type, Query("$select"), State, Query("$expand")))]);
        return EntraAnswer.Ok(body);
    }

    public int Size(int normal, int most)
    {
        if (Query("$top") is { } text) normal = int.TryParse(text, out var top) && top >= 1 && top <= most ? top : throw EntraErrors.BadPageSize(text);
        // Expanding makes pages shorter, whatever is asked for.
        if (Query("$expand") is not null) normal = Math.Min(normal, 100);
        return Math.Min(normal, Options.PageSizeCap ?? int.MaxValue);
    }

    /// <summary>This request's address with one parameter set and no other token.</summary>
    public string Link(string parameter, string value)
    {
        var query = http.Request.Query
            .Where(q => q.Key is not ("$skiptoken" or "$deltatoken"))
            .SelectMany(q => q.Value, (q, text) => $"{q.Key}={Uri.EscapeDataString(text ?? "")}");
        return $"{Root}{ListPath}?{string.Join('&', [.. query, $"{parameter}={Uri.EscapeDataString(value)}"])}";
    }

    public static (IReadOnlyList<JsonObject> Page, string? Next) Cut(IReadOnlyList<JsonObject> items, string list, int skip, int size) =>
        items.Count > skip + size ? ([.. items.Skip(skip).Take(size)], Cursor.Of(list, Id(items[skip + size - 1]))) : ([.. items.Skip(skip)], null);

    private IEnumerable<JsonObject> Filtered(IEnumerable<JsonObject> items)
    {
        if (Query("$search") is { } search)
        {
            if (!IsEventual) throw EntraErrors.Unsupported("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'");
            var (name, wanted) = search.Trim('"').Split(':', 2) is [var field, var text] ? (field, text) : throw EntraErrors.BadRequest("Invalid $search.");
            items = items.Where(item => item[name]?.ToString().Contains(wanted, StringComparison.OrdinalIgnoreCase) is true);
        }

        if (Query("$filter") is not { Length: > 0 } clause) return items;
        var filter = EntraFilter.Parse(clause);
        if (filter.IsAdvanced && !(IsEventual && Query("$count") == "true")) throw EntraErrors.Unsupported("Unsupported Query. It needs the header ConsistencyLevel: eventual and $count=true.");
        return items.Where(filter.Holds);
    }

    private IEnumerable<JsonObject> Ordered(IReadOnlyList<JsonObject> items)
    {
        if (Query("$orderby") is not { } order) return items;
        var parts = order.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var sorted = items.OrderBy(item => item[parts[0]]?.ToString(), StringComparer.Ordinal);
        return parts is [_, "desc"] ? sorted.Reverse() : sorted;
    }

    // The page begins after the last object of the one before, also when others came or went meanwhile.
    private (IReadOnlyList<JsonObject> Page, string? Next) Cut(IReadOnlyList<JsonObject> items, int size)
    {
        var list = $"{ListPath}|{Query("$filter")}";
        var skip = 0;
        if (Query("$skiptoken") is { } token)
        {
            if (!Cursor.TryRead(token, list, out var place)) throw EntraErrors.BadPageToken();
            skip = items.ToList().FindIndex(item => Id(item) == place) + 1;
            if (skip == 0) throw EntraErrors.BadPageToken();
        }

        return Cut(items, list, skip, size);
    }

    private static string Id(JsonObject item) => item["id"]?.ToString() ?? "";
}
