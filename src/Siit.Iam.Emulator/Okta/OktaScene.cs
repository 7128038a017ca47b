using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Okta;

/// <summary>The org as a test sees it: a readable dump, and changes made behind the API's back (no effect, no event).</summary>
internal static class OktaScene
{
    public static JsonObject Describe(OktaState state) => new()
    {
        ["users"] = new JsonArray([.. state.Users.Values.OrderBy(u => u.Login, StringComparer.Ordinal).Select(u => new JsonObject
        {
            ["id"] = u.Id,
            ["login"] = u.Login,
            ["name"] = u.DisplayName,
            ["status"] = u.Status,
            ["roles"] = Names(state.RolesOf(u).Select(r => r.Role.Type)),
            ["factors"] = Names(u.Factors.Select(f => f.FactorType)),
            ["sessions"] = u.Sessions.Count,
        })]),
        ["groups"] = new JsonArray([.. state.Groups.Values.OrderBy(g => g.Name, StringComparer.Ordinal).Select(g => new JsonObject
        {
            ["id"] = g.Id,
            ["name"] = g.Name,
            ["type"] = g.Type,
            ["roles"] = Names(g.Roles.Select(r => r.Type)),
            ["members"] = Names(state.MembersOf(g).Select(u => u.Login).Order(StringComparer.Ordinal)),
        })]),
        ["apps"] = new JsonArray([.. state.Apps.Values.OrderBy(a => a.Label, StringComparer.Ordinal).Select(a => new JsonObject
        {
            ["id"] = a.Id,
            ["label"] = a.Label,
            ["direct"] = Names(a.Users.Keys.Select(id => state.Users.GetValueOrDefault(id)?.Login ?? id).Order(StringComparer.Ordinal)),
            ["groups"] = Names(a.Groups.Keys.Select(id => state.Groups[id].Name)),
        })]),
    };

    /// <summary>
    /// <c>{user, status?, role?, noRoles?, profile?, sessions?, push?}</c> (push: how the person answers what waits on the device), <c>{group, add?, remove?, role?, told?}</c> (told: the log
    /// says that an administrator did it, as when it is done at the console) or
    /// <c>{serviceApp, roles?, scopes?, publicKey?, dpop?}</c>, or what the log says happened, though nothing did:
    /// <c>{log, targets: [{id, type, alternateId?, displayName?, changeDetails?}], result?, transaction?, debugData?}</c>.
    /// </summary>
    public static (OktaState State, string? Error) Arrange(OktaState state, JsonObject change, SeededIds ids, DateTimeOffset now)
    {
        if (Text(change, "user") is { } login)
        {
            if (state.FindUser(login) is not { } user) return (state, $"There is no user {login}.");
            if (Text(change, "status") is { } status) user = user with { Status = status, StatusChanged = now, LastUpdated = now };
            if (change["noRoles"] is not null) user = user with { Roles = [] };
            if (Text(change, "role") is { } role) user = user with { Roles = user.Roles.Add(new(ids.New("ra1"), role, now)) };
            if (change["sessions"] is not null) user = user with { Sessions = [new(ids.New("102"), now)] };
            if (Text(change, "push") is { } answer)
            {
                foreach (var push in state.Pushes.Values.Where(push => push.UserId == user.Id && push.Result == "WAITING"))
                    state = state with { Pushes = state.Pushes.SetItem(push.Id, push with { Result = answer }) };
            }

            foreach (var (name, value) in change["profile"] as JsonObject ?? [])
                user = user with { Profile = user.Profile.SetItem(name, System.Text.Json.JsonSerializer.SerializeToElement(value)), LastUpdated = now };
            return (state.With(user), null);
        }

        if (Text(change, "group") is { } name0)
        {
            var group = state.Groups.GetValueOrDefault(name0) ?? state.Groups.Values.FirstOrDefault(g => g.Name == name0);
            if (group is null) return (state, $"There is no group {name0}.");
            if (new[] { Text(change, "add"), Text(change, "remove") }.FirstOrDefault(named => named is not null && state.FindUser(named) is null) is { } nobody) return (state, $"There is no user {nobody}.");
            if (Text(change, "role") is { } role) group = group with { Roles = group.Roles.Add(new(ids.New("grp"), role, now)) };
            if (Text(change, "add") is { } added && state.FindUser(added) is { } member) group = group with { Members = group.Members.SetItem(member.Id, ""), LastMembershipUpdated = now };
            if (Text(change, "remove") is { } removed && state.FindUser(removed) is { } leaver) group = group with { Members = group.Members.Remove(leaver.Id), LastMembershipUpdated = now };
            state = state.With(group);
            return (change["told"] is JsonValue told && told.TryGetValue<bool>(out var isTold) && isTold ? state with { Log = state.Log.AddRange(Told(state, group, change, ids, now)) } : state, null);
        }

        if (Text(change, "log") is { } type) return (state with { Log = state.Log.Add(Event(type, change, ids, now)) }, null);

        if (Text(change, "serviceApp") is { } clientId && state.ServiceApps.TryGetValue(clientId, out var app))
        {
            if (change["roles"] is JsonArray roles) app = app with { Roles = [.. roles.Select(r => (string)r!)] };
            if (change["scopes"] is JsonArray scopes) app = app with { Scopes = [.. scopes.Select(s => (string)s!)] };
            if (Text(change, "publicKey") is { } publicKey) app = app with { PublicKeyPem = publicKey };
            if (change["dpop"] is JsonValue dpop && dpop.TryGetValue<bool>(out var requires)) app = app with { RequiresDpop = requires };
            return (state with { ServiceApps = state.ServiceApps.SetItem(clientId, app) }, null);
        }

        return (state, "A change names a user, a group or a serviceApp that exists, or an entry for the log.");
    }

    private static readonly string[] Changes = ["add", "remove"];

    private static IEnumerable<OktaEvent> Told(OktaState state, OktaGroup group, JsonObject change, SeededIds ids, DateTimeOffset now)
    {
        foreach (var what in Changes)
        {
            if (Text(change, what) is { } login && state.FindUser(login) is { } user)
                yield return new OktaEvent(ids.Uuid(), now, $"group.user_membership.{what}", $"{what} user", new OktaTarget("00uAdministrator0000", "User", "admin@acme.example", "An administrator"), [user.Target(), group.Target()], ids.New("req", 24));
        }
    }

    private static OktaEvent Event(string type, JsonObject entry, SeededIds ids, DateTimeOffset now) => new(
        ids.Uuid(), now, type, type, new OktaTarget("00uSystemPrincipal00", "SystemPrincipal", "system@okta.com", "Okta System"),
        [.. (entry["targets"] as JsonArray ?? []).OfType<JsonObject>().Select(t => new OktaTarget(Text(t, "id") ?? "", Text(t, "type") ?? "", Text(t, "alternateId") ?? "unknown", Text(t, "displayName") ?? "unknown")
        {
            ChangeDetails = Element(t["changeDetails"]),
        })],
        ids.New("req", 24), Text(entry, "result") ?? "SUCCESS")
    {
        Transaction = Text(entry, "transaction") ?? "WEB",
        DebugData = Element(entry["debugData"]),
    };

    private static System.Text.Json.JsonElement? Element(JsonNode? node) => node is null ? null : System.Text.Json.JsonSerializer.SerializeToElement(node);

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(n => JsonValue.Create(n))]);
}
