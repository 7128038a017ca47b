using System.Globalization;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Entra;

/// <summary>
/// Changes since last time. The first round gives everything, the link at its end gives what changed after the round began. Links
/// are good for seven days.
/// </summary>
internal static class DeltaRoutes
{
    private static readonly TimeSpan Good = TimeSpan.FromDays(7);

    public static EntraAnswer Users(EntraRequest request) => Run(request, "users", "user", [.. request.State.Users.Keys], id =>
        request.State.Users.TryGetValue(id, out var user)
            ? EntraJson.Select(EntraJson.User(user), "user", request.Query("$select"), request.State)
            : Removed(id, request.State.Deleted.ContainsKey(id) ? "changed" : "deleted"));

    public static EntraAnswer Apps(EntraRequest request) => Run(request, "servicePrincipals", "servicePrincipal", [.. request.State.Apps.Keys], id =>
        request.State.Apps.TryGetValue(id, out var app)
            ? EntraJson.Select(EntraJson.App(app), "servicePrincipal", request.Query("$select"), request.State)
            : Removed(id, "deleted"));

    public static EntraAnswer Groups(EntraRequest request) => Run(request, "groups", "group", [.. request.State.Groups.Keys], id => Group(request, id, null));

    private static JsonObject Group(EntraRequest request, string id, long? since)
    {
        if (!request.State.Groups.TryGetValue(id, out var group)) return Removed(id, "deleted");
        var select = request.Query("$select");
        var properties = select?.Split(',').Select(name => name.Trim()).Where(name => name != "members").ToList();
        var json = EntraJson.Select(EntraJson.Group(group), "group", properties is null ? null : string.Join(',', properties), request.State);
        if (select is not null && !select.Contains("members", StringComparison.Ordinal)) return json;
        var members = since is null
            ? group.Members
            : request.State.Changes.Where(change => change.Sequence > since && change.Kind == "groups" && change.Id == id).Select(change => change.MemberId).OfType<string>().Distinct(StringComparer.Ordinal);
        var changed = members.Select(member => Member(request.State, group, member)).ToList();
        if (changed.Count > 0) json["members@delta"] = new JsonArray([.. changed]);
        return json;
    }

    private static JsonObject Member(EntraState state, EntraGroup group, string id)
    {
        var json = new JsonObject { ["@odata.type"] = state.Groups.ContainsKey(id) ? "#microsoft.graph.group" : "#microsoft.graph.user", ["id"] = id };
        if (!group.Members.Contains(id)) json["@removed"] = new JsonObject { ["reason"] = "deleted" };
        return json;
    }

    private static EntraAnswer Run(EntraRequest request, string kind, string type, IReadOnlyList<string> everything, Func<string, JsonObject> render)
    {
        foreach (var name in new[] { "$top", "$orderby" })
        {
            if (request.Query(name) is not null) throw EntraErrors.BadRequest($"{name} is not supported with delta queries.");
        }

        if (request.Query("$deltatoken") == "latest") return Page(request, kind, type, [], Place(request, request.State.Changes.Count, request.State.Changes.Count, 0));
        var (since, began, at) = (-1L, (long)request.State.Changes.Count, 0);
        var token = request.Query("$skiptoken") ?? request.Query("$deltatoken");
        if (token is not null)
        {
            if (!Cursor.TryRead(token, $"delta:{kind}:{request.Query("$select")}", out var place)) throw EntraErrors.BadRequest("Badly formed token.");
            var parts = place.Split('|');
            if (request.Now - DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[3], CultureInfo.InvariantCulture)) > Good) throw TooOld(request);
            since = long.Parse(parts[0], CultureInfo.InvariantCulture);
            at = int.Parse(parts[2], CultureInfo.InvariantCulture);
            began = request.Query("$skiptoken") is null ? began : long.Parse(parts[1], CultureInfo.InvariantCulture);
        }

        var ids = since < 0
            ? everything
            : [.. request.State.Changes.Where(change => change.Sequence > since && change.Kind == kind).Select(change => change.Id).Distinct(StringComparer.Ordinal)];
        var size = Math.Min(request.Options.PageSizeCap ?? 100, 100);
        var page = ids.Skip(at).Take(size).Select(id => kind == "groups" && since >= 0 ? Group(request, id, since) : render(id)).ToList();
        return Page(request, kind, type, page, at + size < ids.Count ? Place(request, since, began, at + size) : Place(request, began, began, 0), more: at + size < ids.Count);
    }

    private static EntraAnswer Page(EntraRequest request, string kind, string type, IReadOnlyList<JsonObject> page, string place, bool more = false)
    {
        var token = Cursor.Of($"delta:{kind}:{request.Query("$select")}", place);
        return EntraAnswer.Ok(new JsonObject
        {
            ["@odata.context"] = $"{request.Root}/$metadata#{type}s",
            [more ? "@odata.nextLink" : "@odata.deltaLink"] = request.Link(more ? "$skiptoken" : "$deltatoken", token),
            ["value"] = new JsonArray([.. page]),
        });
    }

    private static string Place(EntraRequest request, long since, long began, int at) => $"{since}|{began}|{at}|{request.Now.ToUnixTimeSeconds()}";

    private static JsonObject Removed(string id, string reason) => new() { ["id"] = id, ["@removed"] = new JsonObject { ["reason"] = reason } };

    private static EntraRefusal TooOld(EntraRequest request) => new(410, "syncStateNotFound", "The sync state generation is not found; a full resync is needed.")
    {
        Location = $"{request.Root}{request.ListPath}{(request.Query("$select") is { } select ? $"?$select={Uri.EscapeDataString(select)}" : "")}",
    };
}
