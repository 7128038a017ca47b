using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Entra;

/// <summary>The tenant as a test sees it: a readable dump, and changes made behind the API's back (no effect, no audit).</summary>
internal static class EntraScene
{
    public static JsonObject Describe(EntraState state) => new()
    {
        ["users"] = new JsonArray([.. state.Users.Values.OrderBy(user => user.Login, StringComparer.Ordinal).Select(user => new JsonObject
        {
            ["id"] = user.Id,
            ["login"] = user.Login,
            ["mail"] = user.Mail,
            ["name"] = user.DisplayName,
            ["enabled"] = user.Enabled,
            ["mustChangePassword"] = user.MustChangePassword,
            ["roles"] = Names(state.ActiveRolesOf(user.Id).Select(role => role.Name)),
            ["methods"] = Names(user.Methods.Select(method => method.Type)),
        })]),
        ["deleted"] = Names(state.Deleted.Values.Select(user => user.Mail ?? user.Login)),
        ["groups"] = new JsonArray([.. state.Groups.Values.OrderBy(group => group.Name, StringComparer.Ordinal).Select(group => new JsonObject
        {
            ["id"] = group.Id,
            ["name"] = group.Name,
            ["members"] = Names(state.MembersOf(group).Select(user => user.Login).Order(StringComparer.Ordinal)),
            ["nested"] = Names(state.NestedIn(group).Select(nested => nested.Name)),
        })]),
        ["apps"] = new JsonArray([.. state.Apps.Values.OrderBy(app => app.Name, StringComparer.Ordinal).Select(app => new JsonObject
        {
            ["id"] = app.Id,
            ["name"] = app.Name,
            ["assigned"] = Names(state.Assignments.Values.Where(a => a.AppId == app.Id)
                .Select(a => state.Users.GetValueOrDefault(a.PrincipalId)?.Login ?? state.Groups.GetValueOrDefault(a.PrincipalId)?.Name ?? a.PrincipalId).Order(StringComparer.Ordinal)),
        })]),
    };

    /// <summary>
    /// <c>{user, properties?, manager?, role?, eligible?, noRoles?, defaultMethod?, delete?, erase?}</c>, <c>{group, properties?, add?, remove?, owner?, role?}</c>,
    /// <c>{app, properties?}</c> or <c>{client, name?, permissions?, roles?, secret?}</c>.
    /// </summary>
    public static (EntraState State, string? Error) Arrange(EntraState state, JsonObject change, SeededIds ids, DateTimeOffset now)
    {
        if (Text(change, "user") is { } login)
        {
            if (state.FindUser(login) is not { } user) return (state, $"There is no user {login}.");
            foreach (var (name, value) in change["properties"] as JsonObject ?? []) user = user with { Properties = user.Properties.With(name, value) };
            if (Text(change, "defaultMethod") is { } type) user = user with { DefaultMethod = user.Methods.Find(method => method.Type == type)?.Id };
            if (Text(change, "manager") is { } manager) user = user with { ManagerId = state.FindUser(manager)?.Id };
            state = state.With(user);
            if (change["noRoles"] is not null) state = state with { RoleAssignments = state.RoleAssignments.RemoveRange(state.RoleAssignments.Values.Where(a => a.PrincipalId == user.Id).Select(a => a.Id)) };
            if (change["delete"] is not null) state = state.Delete(state.Users[user.Id], now);
            if (change["erase"] is not null) state = state.Delete(user, now).Erase(user);
            return Roles(state, change, user.Id, ids, now);
        }

        if (Text(change, "group") is { } groupName)
        {
            var group = state.Groups.GetValueOrDefault(groupName) ?? state.Groups.Values.FirstOrDefault(found => found.Name == groupName);
            if (group is null) return (state, $"There is no group {groupName}.");
            foreach (var (name, value) in change["properties"] as JsonObject ?? []) group = group with { Properties = group.Properties.With(name, value) };
            if (Text(change, "add") is { } added && Member(state, added) is { } member) group = group with { Members = group.Members.Add(member) };
            if (Text(change, "owner") is { } ownerName && state.FindUser(ownerName) is { } owner) group = group with { Owners = group.Owners.Add(owner.Id) };
            if (Text(change, "remove") is { } removed && Member(state, removed) is { } leaver) group = group with { Members = group.Members.Remove(leaver) };
            return Roles(state.With(group), change, group.Id, ids, now);
        }

        if (Text(change, "app") is { } appName && state.Apps.Values.FirstOrDefault(found => found.Name == appName) is { } app)
        {
            foreach (var (name, value) in change["properties"] as JsonObject ?? []) app = app with { Properties = app.Properties.With(name, value) };
            return (state.With(app), null);
        }

        if (Text(change, "client") is { } clientId && (state.Clients.GetValueOrDefault(clientId) ?? NewClient(state, clientId, change)) is { } client)
        {
            if (change["permissions"] is JsonArray permissions) client = client with { Permissions = [.. permissions.Select(permission => (string)permission!)] };
            if (change["roles"] is JsonArray roles) client = client with { Roles = [.. roles.Select(role => (string)role!)] };
            if (Text(change, "secret") is { } secret) client = client with { Secret = secret };
            return (state with { Clients = state.Clients.SetItem(clientId, client) }, null);
        }

        return (state, "A change names a user, a group, an app or a client that exists.");
    }

    /// <summary>A name makes another application; it shares the first one's certificate.</summary>
    private static EntraClient? NewClient(EntraState state, string clientId, JsonObject change) =>
        Text(change, "name") is { } name ? state.Clients.Values.First() with { ClientId = clientId, Name = name, Permissions = [] } : null;

    private static (EntraState, string?) Roles(EntraState state, JsonObject change, string principal, SeededIds ids, DateTimeOffset now)
    {
        foreach (var (key, eligible) in new[] { ("role", false), ("eligible", true) })
        {
            if (Text(change, key) is not { } name) continue;
            if (state.Roles.Values.FirstOrDefault(role => role.Name == name) is not { } role) return (state, $"There is no role {name}.");
            var held = new EntraRoleAssignment(ids.New("", 40), role.Id, principal, eligible, now);
            state = state with { RoleAssignments = state.RoleAssignments.Add(held.Id, held) };
        }

        return (state, null);
    }

    private static string? Member(EntraState state, string name) => state.FindUser(name)?.Id ?? state.Groups.Values.FirstOrDefault(group => group.Name == name)?.Id;

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => JsonValue.Create(name))]);
}
