using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>The organization as a test sees it: a readable dump, and changes made behind the API's back (no effect, no event).</summary>
internal static class JumpCloudScene
{
    private static readonly string[] Mastered = ["department", "email", "firstname", "jobTitle", "lastname", "username"];

    public static JsonObject Describe(JumpCloudState state) => new()
    {
        ["users"] = new JsonArray([.. state.Users.Values.OrderBy(u => u.Username, StringComparer.Ordinal).Select(u => new JsonObject
        {
            ["id"] = u.Id,
            ["username"] = u.Username,
            ["email"] = u.Email,
            ["state"] = u.State,
            ["locked"] = u.Locked,
            ["password_expired"] = u.PasswordExpired,
            ["factors"] = Names(u.Factors.Concat(u.PushEndpoints.Select(_ => "push"))),
        })]),
        ["groups"] = new JsonArray([.. state.Groups.Values.OrderBy(g => g.Name, StringComparer.Ordinal).Select(g => new JsonObject
        {
            ["id"] = g.Id,
            ["name"] = g.Name,
            ["method"] = g.Method,
            ["members"] = Names(state.MembersOf(g).Select(u => u.Username).Order(StringComparer.Ordinal)),
        })]),
        ["apps"] = new JsonArray([.. state.Apps.Values.OrderBy(a => a.Label, StringComparer.Ordinal).Select(a => new JsonObject
        {
            ["id"] = a.Id,
            ["label"] = a.Label,
            ["direct"] = Names(a.Users.Select(id => state.Users.GetValueOrDefault(id)?.Username ?? id).Order(StringComparer.Ordinal)),
            ["groups"] = Names(a.Groups.Select(id => state.Groups[id].Name)),
        })]),
        ["administrators"] = new JsonArray([.. state.Admins.Values.OrderBy(a => a.Email, StringComparer.Ordinal).Select(a => new JsonObject
        {
            ["id"] = a.Id,
            ["email"] = a.Email,
            ["roles"] = Names(a.Roles),
            ["suspended"] = a.Suspended,
        })]),
    };

    /// <summary>
    /// <c>{user, state?, email?, locked?, passwordExpired?, texts?, factors?, delegated?, masteredBy?}</c>, <c>{group, add?, remove?, method?}</c>,
    /// <c>{admin, suspended?, role?}</c>, <c>{role, scopes?, custom?}</c>, <c>{serviceAccount, role}</c> or
    /// <c>{organization, unifiedMfa?, insights?, holdEvents?, releaseEvents?}</c>: what is held reaches the log late, when it is released.
    /// </summary>
    public static (JumpCloudState State, string? Error) Arrange(JumpCloudState state, JsonObject change, ObjectIds ids, DateTimeOffset now)
    {
        if (Text(change, "user") is { } login) return state.FindUser(login) is { } user ? (state.With(Changed(user, change, ids, now)), null) : (state, $"There is no user {login}.");

        if (Text(change, "group") is { } name)
        {
            if (state.Groups.Values.FirstOrDefault(g => g.Name == name || g.Id == name) is not { } group) return (state, $"There is no group {name}.");
            if (Text(change, "add") is { } added && state.FindUser(added) is { } member) group = group with { Members = group.Members.Add(member.Id) };
            if (Text(change, "remove") is { } removed && state.FindUser(removed) is { } leaver) group = group with { Members = group.Members.Remove(leaver.Id) };
            if (Text(change, "method") is { } method) group = group with { Method = method };
            return (state.With(group), null);
        }

        if (Text(change, "admin") is { } email)
        {
            var admin = state.Admins.Values.FirstOrDefault(a => a.Email == email) ?? new(ids.New(now), email, "", "", ["Read Only"], now);
            if (Flag(change, "suspended") is { } suspended) admin = admin with { Suspended = suspended };
            if (Text(change, "role") is { } role) admin = admin with { Roles = [role] };
            return (state.With(admin), null);
        }

        if (Text(change, "role") is { } roleName)
        {
            var role = state.Roles.Values.FirstOrDefault(r => r.Name == roleName) ?? new(ids.New(now), roleName, "", [], IsCustom: true);
            if (change["scopes"] is JsonArray scopes) role = role with { Scopes = [.. scopes.Select(s => (string)s!)] };
            if (Flag(change, "custom") is { } custom) role = role with { IsCustom = custom };
            return (state with { Roles = state.Roles.SetItem(role.Id, role) }, null);
        }

        if (Text(change, "serviceAccount") is { } clientId && state.ServiceAccounts.TryGetValue(clientId, out var account) && Text(change, "as") is { } newRole)
            return (state with { ServiceAccounts = state.ServiceAccounts.SetItem(clientId, account with { Role = newRole }) }, null);

        if (change["organization"] is not null)
        {
            state = state with
            {
                UnifiedMfa = Flag(change, "unifiedMfa") ?? state.UnifiedMfa,
                HasInsights = Flag(change, "insights") ?? state.HasInsights,
                HoldsEvents = Flag(change, "holdEvents") ?? state.HoldsEvents,
            };
            return (Flag(change, "releaseEvents") == true ? state.Released() : state, null);
        }

        return (state, "A change names a user, a group, an admin, a role, a serviceAccount (with 'as') or the organization.");
    }

    private static JumpCloudUser Changed(JumpCloudUser user, JsonObject change, ObjectIds ids, DateTimeOffset now)
    {
        if (Text(change, "state") is { } state) user = user with { State = state };
        if (Text(change, "email") is { } email) user = user with { Email = email };
        if (Flag(change, "locked") is { } locked) user = user with { Locked = locked, LockedDate = locked ? now : null };
        if (Flag(change, "passwordExpired") is { } expired) user = user with { PasswordExpired = expired, PasswordExpirationDate = expired ? now : now.AddDays(60) };
        if (Flag(change, "delegated") is { } delegated) user = user with { DelegatedTo = delegated ? ids.New(now) : null };
        if (Text(change, "masteredBy") is { } master) user = user with { ExternallyManaged = true, RestrictedFields = [.. Mastered.Select(field => new JumpCloudRestrictedField(field, master, ids.New(now)))] };
        if (change["factors"] is JsonArray factors) user = user with { Factors = [.. factors.Select(f => (string)f!).Where(f => f != "push")] };
        if (change["factors"] is JsonArray named)
            user = user with { PushEndpoints = named.Any(f => (string?)f == "push") ? [new(ids.New(now), "Phone", "active", now)] : [] };
        foreach (var (name, value) in change["texts"] as JsonObject ?? []) user = user with { Texts = user.Texts.SetItem(name, (string)value!) };
        return user;
    }

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static bool? Flag(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(n => JsonValue.Create(n))]);
}
