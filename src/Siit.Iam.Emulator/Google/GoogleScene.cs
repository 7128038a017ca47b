using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Google;

/// <summary>The tenant as a test sees it: a readable dump, and changes made behind the API's back (no effect, nothing logged).</summary>
internal static class GoogleScene
{
    public static JsonObject Describe(GoogleState state) => new()
    {
        ["users"] = new JsonArray([.. state.Users.Values.OrderBy(u => u.PrimaryEmail, StringComparer.Ordinal).Select(u => new JsonObject
        {
            ["id"] = u.Id,
            ["email"] = u.PrimaryEmail,
            ["name"] = u.FullName,
            ["aliases"] = Names(u.Aliases),
            ["status"] = u.Deleted is not null ? "deleted" : u.Archived ? "archived" : u.Suspended ? "suspended" : "active",
            ["roles"] = Names(state.AssignmentsOf(u.Id, indirect: true).Select(a => state.Role(a).Name)),
            ["twoStep"] = u.EnforcedIn2Sv ? "enforced" : u.EnrolledIn2Sv ? "enrolled" : "off",
            ["changePasswordAtNextLogin"] = u.ChangePasswordAtNextLogin,
            ["sessions"] = u.Sessions,
            ["tokens"] = Names(u.Tokens.Select(t => t.DisplayText)),
        })]),
        ["groups"] = new JsonArray([.. state.Groups.Values.OrderBy(g => g.Email, StringComparer.Ordinal).Select(g => new JsonObject
        {
            ["id"] = g.Id,
            ["email"] = g.Email,
            ["name"] = g.Name,
            ["kind"] = g.Kind,
            ["roles"] = Names(state.AssignmentsOf(g.Id, indirect: false).Select(a => state.Role(a).Name)),
            ["members"] = Names(state.MembersOf(g)
                .Select(m => state.Users.GetValueOrDefault(m.Id)?.PrimaryEmail ?? state.Groups.GetValueOrDefault(m.Id)?.Email ?? m.Id).Order(StringComparer.Ordinal)),
        })]),
        ["archiveLicences"] = state.ArchiveLicences,
    };

    /// <summary>
    /// <c>{user, suspended?, reason?, archived?, twoStep?, role?, noRoles?, sessions?, alias?, profile?}</c>,
    /// <c>{group, kind?, add?, remove?, role?}</c>, <c>{serviceAccount, scopes?, role?, noRoles?}</c> <c>{archiveLicences}</c>, <c>{logDelaySeconds}</c>,
    /// or what people do themselves, which is logged: see <see cref="GoogleOwnDoing"/>.
    /// </summary>
    public static (GoogleState State, string? Error) Arrange(GoogleState state, JsonObject change, SeededIds ids, DateTimeOffset now)
    {
        if (change["logDelaySeconds"] is JsonValue delay && delay.TryGetValue<double>(out var seconds)) return (state with { LogDelay = TimeSpan.FromSeconds(seconds) }, null);
        if (Text(change, "own") is { } own) return GoogleOwnDoing.Arrange(state, own, change, ids, now);
        if (Text(change, "user") is { } key) return state.FindUser(key) is { } user ? User(state, user, change, ids) : (state, $"There is no user {key}.");
        if (Text(change, "group") is { } name)
        {
            var group = state.FindGroup(name) ?? state.Groups.Values.FirstOrDefault(g => g.Name == name);
            return group is null ? (state, $"There is no group {name}.") : Group(state, group, change, ids);
        }

        if (Text(change, "serviceAccount") is { } email && state.ServiceAccounts.TryGetValue(email, out var account))
        {
            if (change["scopes"] is JsonArray scopes) account = account with { DelegatedScopes = [.. scopes.Select(s => (string)s!)] };
            return Roles(state with { ServiceAccounts = state.ServiceAccounts.SetItem(email, account) }, account.UniqueId, "user", change, ids);
        }

        return change["archiveLicences"] is JsonValue licences && licences.TryGetValue<int>(out var left)
            ? (state with { ArchiveLicences = left }, null)
            : (state, "A change names a user, a group or a serviceAccount that exists, or archiveLicences.");
    }

    private static (GoogleState State, string? Error) User(GoogleState state, GoogleUser user, JsonObject change, SeededIds ids)
    {
        if (GoogleRequest.Flag(change, "suspended") is { } suspended)
            user = user with { Suspended = suspended, SuspensionReason = suspended ? Text(change, "reason") ?? "ADMIN" : null };
        if (GoogleRequest.Flag(change, "archived") is { } archived) user = user with { Archived = archived };
        if (Text(change, "twoStep") is { } twoStep) user = user with { EnrolledIn2Sv = twoStep != "off", EnforcedIn2Sv = twoStep == "enforced" };
        if (change["sessions"] is not null) user = user with { Sessions = 1 };
        if (Text(change, "alias") is { } alias) user = user with { Aliases = user.Aliases.Add(alias) };
        foreach (var (name, value) in change["profile"] as JsonObject ?? []) user = user with { Profile = user.Profile.SetItem(name, JsonSerializer.SerializeToElement(value)) };
        return Roles(state.With(user), user.Id, "user", change, ids);
    }

    private static (GoogleState State, string? Error) Group(GoogleState state, GoogleGroup group, JsonObject change, SeededIds ids)
    {
        if (Text(change, "kind") is { } kind) group = group with { Kind = kind };
        if (Text(change, "add") is { } added && (state.FindUser(added)?.Id ?? state.FindGroup(added)?.Id) is { } member)
            group = group with { Members = group.Members.SetItem(member, new(member, state.Users.ContainsKey(member) ? "USER" : "GROUP", Text(change, "as") ?? "MEMBER")) };
        if (Text(change, "remove") is { } removed && (state.FindUser(removed)?.Id ?? state.FindGroup(removed)?.Id) is { } leaver)
            group = group with { Members = group.Members.Remove(leaver) };
        return Roles(state.With(group), group.Id, "group", change, ids);
    }

    private static (GoogleState State, string? Error) Roles(GoogleState state, string id, string type, JsonObject change, SeededIds ids)
    {
        if (change["noRoles"] is not null) state = state with { Assignments = state.Assignments.RemoveAll(a => a.AssignedTo == id) };
        if (Text(change, "role") is not { } name) return (state, null);
        return state.Roles.Find(r => r.Name == name) is { } role
            ? (state with { Assignments = state.Assignments.Add(new(GoogleNumbers.Of(ids.New(""), 17), role.Id, id, type)) }, null)
            : (state, $"There is no role {name}.");
    }

    private static string? Text(JsonObject json, string name) => GoogleRequest.Text(json, name);

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(n => JsonValue.Create(n))]);
}
