using System.Globalization;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Entra;

/// <summary>
/// Changes since last time. The first round gives everything, the link at its end gives what changed after the round began. Links
/// hold nothing but a token, which knows what was selected, and are good for seven days. Members of one group may be spread over
/// several pages; what changes during a round is told again in the next.
/// </summary>
internal static class DeltaRoutes
{
    private const int MostObjects = 100;
    private const int MostMembers = 1000;

    private static readonly TimeSpan Good = TimeSpan.FromDays(7);

    public static EntraAnswer Users(EntraRequest request) => Run(request, "users", "user", request.State.Users.Keys, (round, id, _, _) =>
    {
        if (!request.State.Users.TryGetValue(id, out var user)) return Removed(id, request.State.Deleted.ContainsKey(id) ? "changed" : "deleted");
        var json = EntraJson.Select(EntraJson.User(user), "user", round.Without("manager"), request.State);
        if (round.Selects("manager") && user.ManagerId is { } manager) json["manager@delta"] = new JsonArray(new JsonObject { ["@odata.type"] = "#microsoft.graph.user", ["id"] = manager });
        return json;
    });

    public static EntraAnswer Apps(EntraRequest request) => Run(request, "servicePrincipals", "servicePrincipal", request.State.Apps.Keys, (round, id, _, _) =>
        request.State.Apps.TryGetValue(id, out var app)
            ? EntraJson.Select(EntraJson.App(app), "servicePrincipal", round.Select, request.State)
            : Removed(id, "deleted"));

    public static EntraAnswer Groups(EntraRequest request) => Run(request, "groups", "group", request.State.Groups.Keys, (round, id, change, members) =>
    {
        if (!request.State.Groups.TryGetValue(id, out var group)) return Removed(id, "deleted");
        var json = change is { Itself: false } && request.PrefersMinimal
            ? new JsonObject { ["id"] = id }
            : EntraJson.Select(EntraJson.Group(group), "group", round.Without("members"), request.State);
        if (members.Count > 0) json["members@delta"] = new JsonArray([.. members.Select(member => Member(request.State, group, member))]);
        return json;
    });

    private static JsonObject Member(EntraState state, EntraGroup group, string id)
    {
        var json = new JsonObject { ["@odata.type"] = state.Groups.ContainsKey(id) ? "#microsoft.graph.group" : "#microsoft.graph.user", ["id"] = id };
        if (!group.Members.Contains(id) || !(state.Users.ContainsKey(id) || state.Groups.ContainsKey(id))) json["@removed"] = new JsonObject { ["reason"] = "deleted" };
        return json;
    }

    private static EntraAnswer Run(
        EntraRequest request, string kind, string type, IEnumerable<string> everything, Func<Round, string, Change?, IReadOnlyList<string>, JsonObject> render)
    {
        foreach (var name in new[] { "$top", "$orderby" })
        {
            if (request.Query(name) is not null) throw EntraErrors.BadRequest($"{name} is not supported with delta queries.");
        }

        var now = request.State.Changes.Count;
        var fresh = new Round(kind, -1, now, "", "", request.Now.ToUnixTimeSeconds(), request.State.Generation, request.Query("$select"));
        if (request.Query("$deltatoken") == "latest") return Page(request, type, [], fresh with { Since = now }, more: false);
        var midway = request.Query("$skiptoken");
        var round = (midway ?? request.Query("$deltatoken")) is { } token ? Round.Read(token, kind) ?? throw EntraErrors.BadRequest("Badly formed token.") : fresh;
        if (round.Generation != request.State.Generation || request.Now - DateTimeOffset.FromUnixTimeSeconds(round.At) > Good) throw TooOld(request, round);
        if (midway is null && round.Since >= 0) round = round with { Began = now };

        var changes = round.Since < 0 ? null : Changes(request.State, round);
        var open = (changes is null ? everything : changes.Keys).SkipWhile(id => round.LastId.Length > 0 && (changes is null ? string.CompareOrdinal(id, round.LastId) < 0 : id != round.LastId));
        var (size, most) = (Math.Min(request.Options.PageSizeCap ?? MostObjects, MostObjects), Math.Min(request.Options.PageSizeCap ?? MostMembers, MostMembers));
        var page = new List<JsonObject>();
        foreach (var id in open)
        {
            // The last one of the page before is looked at again for members that were left.
            var again = id == round.LastId;
            var change = changes?[id];
            IEnumerable<string> all = kind != "groups" || !round.Selects("members") ? [] : change is null ? request.State.Groups.GetValueOrDefault(id)?.Members ?? [] : change.Members;
            var left = (again && round.LastMember.Length > 0 ? all.SkipWhile(member => string.CompareOrdinal(member, round.LastMember) <= 0) : again ? [] : all).Take(most + 1).ToList();
            if (again && left.Count == 0) continue;
            if (page.Count == size || most == 0) return Page(request, type, page, round, more: true);
            var members = left.Take(most).ToList();
            most -= members.Count;
            page.Add(render(round, id, change, members));
            round = round with { LastId = id, LastMember = members.Count > 0 ? members[^1] : "" };
            if (left.Count > members.Count) return Page(request, type, page, round, more: true);
        }

        return Page(request, type, page, round with { Since = round.Began, LastId = "", LastMember = "" }, more: false);
    }

    /// <summary>What changed between the beginning of this round and that of the one before, in order; members sorted.</summary>
    private static OrderedDictionary<string, Change> Changes(EntraState state, Round round)
    {
        var found = new OrderedDictionary<string, Change>(StringComparer.Ordinal);
        for (var i = (int)round.Since; i < round.Began; i++)
        {
            var change = state.Changes[i];
            if (change.Kind != round.Kind) continue;
            if (!found.TryGetValue(change.Id, out var known)) found[change.Id] = known = new Change();
            if (change.MemberId is { } member) known.Members.Add(member);
            else known.Itself = true;
        }

        return found;
    }

    private static EntraAnswer Page(EntraRequest request, string type, IReadOnlyList<JsonObject> page, Round round, bool more)
    {
        var token = (round with { At = request.Now.ToUnixTimeSeconds() }).Token();
        return EntraAnswer.Ok(new JsonObject
        {
            ["@odata.context"] = $"{request.Root}/$metadata#{type}s",
            [more ? "@odata.nextLink" : "@odata.deltaLink"] = $"{request.Root}{request.ListPath}?{(more ? "$skiptoken" : "$deltatoken")}={Uri.EscapeDataString(token)}",
            ["value"] = new JsonArray([.. page]),
        });
    }

    private static JsonObject Removed(string id, string reason) => new() { ["id"] = id, ["@removed"] = new JsonObject { ["reason"] = reason } };

    private static EntraRefusal TooOld(EntraRequest request, Round round) => new(410, "syncStateNotFound", "The sync state generation is not found; a full resync is needed.")
    {
        Location = $"{request.Root}{request.ListPath}{(round.Select is { } select ? $"?$select={Uri.EscapeDataString(select)}" : "")}",
    };

    /// <summary>How one object changed.</summary>
    private sealed class Change
    {
        public bool Itself { get; set; }

        public SortedSet<string> Members { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>Where a round stands.</summary>
    /// <param name="Since">Changes before this one were told; below zero when everything is being told.</param>
    private sealed record Round(string Kind, long Since, long Began, string LastId, string LastMember, long At, long Generation, string? Select)
    {
        public bool Selects(string name) => Select is null ? name == "members" : Names().Contains(name);

        public string? Without(string name) => Select is null ? null : string.Join(',', Names().Where(selected => selected != name));

        public string Token() => Cursor.Of($"delta:{Kind}", string.Create(CultureInfo.InvariantCulture, $"{Since}|{Began}|{LastId}|{LastMember}|{At}|{Generation}|{Select}"));

        public static Round? Read(string token, string kind)
        {
            if (!Cursor.TryRead(token, $"delta:{kind}", out var place) || place.Split('|') is not [var since, var began, var id, var member, var at, var generation, var select]) return null;
            return new Round(kind, Number(since), Number(began), id, member, Number(at), Number(generation), select.Length > 0 ? select : null);
        }

        private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

        private string[] Names() => Select!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}
