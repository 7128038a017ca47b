using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Entra;

internal static class UserRoutes
{
    private const string Duplicate = "Another object with the same value for property userPrincipalName already exists.";
    private const string Synced = "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.";

    public static EntraAnswer List(EntraRequest request) => request.List("user", request.State.Users.Values, user => user.Id, EntraJson.User, context: "users");

    public static EntraAnswer Get(EntraRequest request) => Single(request, request.User());

    public static EntraAnswer Create(EntraRequest request)
    {
        var body = request.Object();
        foreach (var name in new[] { "accountEnabled", "displayName", "mailNickname", "userPrincipalName", "passwordProfile" })
        {
            if (body[name] is null) throw EntraErrors.BadRequest($"A value is required for property '{name}' of resource 'User'.");
        }

        Known(body);
        var login = EntraRequest.Text(body, "userPrincipalName") ?? "";
        if (login.Split('@') is not [{ Length: > 0 }, var domain] || !TenantRoutes.Domains.Contains(domain, StringComparer.OrdinalIgnoreCase))
            throw EntraErrors.BadRequest("The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.");
        if (request.State.FederatedDomains.Contains(domain.ToLowerInvariant()) && body["onPremisesImmutableId"] is null)
            throw EntraErrors.BadRequest("Property onPremisesImmutableId is required for users of a federated domain.");
        if (request.State.FindUser(login) is not null) throw EntraErrors.BadRequest(Duplicate);
        if (!IsStrong(EntraRequest.Text(body["passwordProfile"]!.AsObject(), "password")))
            throw EntraErrors.BadRequest("The specified password does not comply with password complexity requirements. Please provide a different password.");

        var user = new EntraUser(request.Ids.Uuid())
        {
            Properties = EntraProperties.None
                .With("createdDateTime", EntraJson.Time(request.Now))
                .With("lastPasswordChangeDateTime", EntraJson.Time(request.Now))
                .With("signInSessionsValidFromDateTime", EntraJson.Time(request.Now))
                .With("userType", "Member"),
            MustChangePassword = body["passwordProfile"]!["forceChangePasswordNextSignIn"] is not JsonValue force || force.GetValue<bool>(),
        };
        user = Set(user, body);
        request.State = request.State.With(user);
        request.Audit("Add user", "UserManagement", "Add", user.Target());
        request.Effect("user.create", user.Login, user.Id);
        DynamicGroups.Apply(request, user.Id);
        var whole = EntraJson.Select(EntraJson.User(user), "user", null, request.State);
        whole["@odata.context"] = $"{request.Root}/$metadata#users/$entity";
        return new(201, whole);
    }

    public static EntraAnswer Update(EntraRequest request)
    {
        var user = request.User();
        var body = request.Object();
        Known(body);
        Permitted(request, user, body);
        if (user.IsSynced && body.Any(property => property.Key is not ("usageLocation" or "passwordProfile"))) throw EntraErrors.BadRequest(Synced);
        var next = Set(user, body);

        if (next.Enabled != user.Enabled)
        {
            request.Audit(next.Enabled ? "Enable account" : "Disable account", "UserManagement", "Update", user.Target());
            request.Effect(next.Enabled ? "user.unsuspend" : "user.suspend", null, user.Id);
        }

        if (body["passwordProfile"] is JsonObject profile) next = Password(request, user, next, profile);
        var changed = body.Select(property => property.Key).Where(name => name is not ("accountEnabled" or "passwordProfile") && !Same(user, next, name)).Order(StringComparer.Ordinal).ToList();
        if (changed.Count > 0)
        {
            request.Audit("Update user", "UserManagement", "Update", user.Target());
            request.Effect("user.update", string.Join(',', changed), user.Id);
        }

        if (request.Effects.Count == 0) return EntraAnswer.NoContent;
        request.State = request.State.With(next);
        DynamicGroups.Apply(request, user.Id);
        return EntraAnswer.NoContent;
    }

    public static EntraAnswer Delete(EntraRequest request)
    {
        var user = request.User();
        request.NeedsRoleFor(user);
        if (user.IsSynced) throw EntraErrors.BadRequest(Synced);
        request.State = request.State.Delete(user, request.Now);
        request.Audit("Delete user", "UserManagement", "Delete", user.Target());
        request.Effect("user.delete", user.Login, user.Id);
        return EntraAnswer.NoContent;
    }

    public static EntraAnswer GetManager(EntraRequest request)
    {
        var manager = request.User().ManagerId is { } id ? request.State.Users.GetValueOrDefault(id) : null;
        return manager is null ? throw EntraErrors.NotFound("manager") : Single(request, manager);
    }

    public static EntraAnswer SetManager(EntraRequest request)
    {
        var user = request.User();
        var id = GroupRoutes.Referred(request);
        if (!request.State.Users.ContainsKey(id)) throw EntraErrors.NotFound(id);
        if (user.IsSynced) throw EntraErrors.BadRequest(Synced);
        if (user.ManagerId == id) return EntraAnswer.NoContent;
        request.State = request.State.With(user with { ManagerId = id });
        request.Audit("Set user manager", "UserManagement", "Update", user.Target());
        request.Effect("user.update", "manager", user.Id, id);
        return EntraAnswer.NoContent;
    }

    public static EntraAnswer RevokeSessions(EntraRequest request)
    {
        var user = request.User();
        request.State = request.State.With(user with { Properties = user.Properties.With("signInSessionsValidFromDateTime", EntraJson.Time(request.Now)) });
        request.Audit("Update StsRefreshTokenValidFrom Timestamp", "UserManagement", "Update", user.Target());
        request.Effect("user.clear_sessions", null, user.Id);
        return EntraAnswer.Ok(new JsonObject { ["@odata.context"] = $"{request.Root}/$metadata#Edm.Boolean", ["value"] = true });
    }

    public static EntraTarget Target(this EntraUser user) => new(user.Id, "User", user.DisplayName, user.Login);

    public static EntraAnswer Single(EntraRequest request, EntraUser user)
    {
        var json = EntraJson.Select(EntraJson.User(user), "user", request.Query("$select"), request.State, request.Query("$expand"));
        json["@odata.context"] = $"{request.Root}/$metadata#users/$entity";
        return EntraAnswer.Ok(json);
    }

    private static EntraUser Password(EntraRequest request, EntraUser user, EntraUser next, JsonObject profile)
    {
        // Its password is checked elsewhere, so that what is set here has no meaning.
        if (request.State.FederatedDomains.Contains(user.Login.Split('@')[^1])) return next;
        var due = profile["forceChangePasswordNextSignIn"] is JsonValue force && force.TryGetValue<bool>(out var flag) ? flag : user.MustChangePassword;
        if (EntraRequest.Text(profile, "password") is { } password)
        {
            if (!IsStrong(password)) throw EntraErrors.BadRequest("The specified password does not comply with password complexity requirements. Please provide a different password.");
            next = next with
            {
                Properties = next.Properties.With("lastPasswordChangeDateTime", EntraJson.Time(request.Now)).With("signInSessionsValidFromDateTime", EntraJson.Time(request.Now)),
            };
            request.Audit("Reset user password", "UserManagement", "Update", user.Target());
            request.Effect("user.set_password", null, user.Id);
        }
        else if (due != user.MustChangePassword)
        {
            request.Audit("Set force change user password", "UserManagement", "Update", user.Target());
            request.Effect(due ? "user.expire_password" : "user.unexpire_password", null, user.Id);
        }

        return next with { MustChangePassword = due };
    }

    private static void Permitted(EntraRequest request, EntraUser user, JsonObject body)
    {
        var everything = request.Holds("User.ReadWrite.All", "Directory.ReadWrite.All");
        var people = request.Caller.Client.Roles.Contains("User Administrator");
        foreach (var (name, _) in body.Where(property => !property.Key.StartsWith("@odata.", StringComparison.Ordinal)))
        {
            var permitted = name switch
            {
                "accountEnabled" => everything || request.Holds("User.EnableDisableAccount.All"),
                "passwordProfile" => request.Holds("User-PasswordProfile.ReadWrite.All") || (everything && people),
                _ => everything,
            };
            if (!permitted) throw EntraErrors.NotAllowed();
        }

        if (body.Any(property => property.Key is "accountEnabled" or "passwordProfile" or "userPrincipalName" or "businessPhones" or "mobilePhone" or "otherMails")) request.NeedsRoleFor(user);
    }

    private static void Known(JsonObject body)
    {
        foreach (var (name, _) in body.Where(property => !property.Key.StartsWith("@odata.", StringComparison.Ordinal)))
        {
            if (!EntraJson.IsUserField(name)) throw EntraErrors.BadRequest($"One or more property values specified are invalid. Property '{name}' does not exist as a declared property or extension property.");
            if (name is "onPremisesSyncEnabled" or "createdDateTime" or "lastPasswordChangeDateTime" or "signInSessionsValidFromDateTime")
                throw EntraErrors.BadRequest($"Property '{name}' is read-only and cannot be set.");
        }
    }

    private static EntraUser Set(EntraUser user, JsonObject body) => user with
    {
        Properties = body.Where(property => property.Key != "passwordProfile" && !property.Key.StartsWith("@odata.", StringComparison.Ordinal))
            .Aggregate(user.Properties, (all, property) => property.Value is null ? all.Remove(property.Key) : all.SetItem(property.Key, JsonSerializer.SerializeToElement(property.Value))),
    };

    private static bool Same(EntraUser one, EntraUser other, string name) =>
        one.Properties.TryGetValue(name, out var a) == other.Properties.TryGetValue(name, out var b)
        && (a.ValueKind == JsonValueKind.Undefined || a.GetRawText() == b.GetRawText());

    private static bool IsStrong(string? password) =>
        password is { Length: >= 8 and <= 256 }
        && new Func<char, bool>[] { char.IsAsciiLetterLower, char.IsAsciiLetterUpper, char.IsAsciiDigit, c => !char.IsAsciiLetterOrDigit(c) }.Count(kind => password.Any(kind)) >= 3;
}
