using System.Globalization;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>Records in the shapes of JumpCloud's descriptions.</summary>
internal static class JumpCloudJson
{
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string? Time(DateTimeOffset? time) => time is { } t ? Time(t) : null;

    public static JsonObject User(JumpCloudUser user, JumpCloudState state)
    {
        var json = new JsonObject
        {
            ["_id"] = user.Id,
            ["id"] = user.Id,
            ["username"] = user.Username,
            ["email"] = user.Email,
            ["state"] = user.State,
            ["suspended"] = user.State == "SUSPENDED",
            ["activated"] = user.State != "STAGED" && user.HasPassword,
            ["account_locked"] = user.Locked,
            ["account_locked_date"] = Time(user.LockedDate),
            ["password_date"] = Time(user.PasswordDate),
            ["password_expiration_date"] = Time(user.PasswordExpirationDate),
            ["password_expired"] = user.PasswordExpired,
            ["password_never_expires"] = user.PasswordExpirationDate is null,
            ["created"] = Time(user.Created),
            ["organization"] = state.OrganizationId,
            ["externally_managed"] = user.ExternallyManaged,
            ["external_source_type"] = user.ExternallyManaged ? "active_directory" : "",
            ["external_dn"] = user.ExternallyManaged ? $"CN={user.Name},OU=People,DC=acme,DC=example" : "",
            ["delegatedAuthority"] = user.DelegatedTo is { } authority ? new JsonObject { ["id"] = authority, ["name"] = "ActiveDirectory" } : null,
            ["restrictedFields"] = new JsonArray([.. user.RestrictedFields.Select(r => new JsonObject { ["field"] = r.Field, ["type"] = r.Type, ["id"] = r.Id })]),
            ["admin"] = user.AdminId is { } adminId && state.Admins.TryGetValue(adminId, out var admin)
                ? new JsonObject { ["id"] = adminId, ["roleName"] = RoleName(admin), ["roleNames"] = new JsonArray([.. admin.Roles.Select(r => JsonValue.Create(r))]) }
                : null,
            ["attributes"] = new JsonArray([.. user.Attributes.Select(a => new JsonObject { ["name"] = a.Key, ["value"] = a.Value })]),
            ["addresses"] = new JsonArray(),
            ["phoneNumbers"] = user.Phone is { } phone ? new JsonArray(new JsonObject { ["type"] = "mobile", ["number"] = phone }) : new JsonArray(),
            ["ssh_keys"] = new JsonArray(),
            ["tags"] = new JsonArray(),
            ["sudo"] = false,
            ["passwordless_sudo"] = false,
            ["ldap_binding_user"] = false,
            ["samba_service_user"] = user.IsService,
            ["allow_public_key"] = true,
            ["enable_user_portal_multifactor"] = user.MfaRequired,
            ["totp_enabled"] = user.Factors.Contains("totp"),
            ["mfa"] = Mfa(user),
            ["mfaEnrollment"] = Enrollment(user),
        };
        foreach (var (name, text) in user.Texts) json[name] = text;
        if (user.Manager is { } manager) json["manager"] = manager;
        return json;
    }

    public static JsonObject Group(JumpCloudGroup group)
    {
        var json = new JsonObject
        {
            ["id"] = group.Id,
            ["type"] = "user_group",
            ["name"] = group.Name,
            ["description"] = group.Description,
            ["email"] = "",
            ["attributes"] = null,
            ["membershipMethod"] = group.Method,
            ["memberSuggestionsNotify"] = false,
            ["memberQueryExemptions"] = new JsonArray(),
        };
        json["memberQuery"] = group.QueryField is null ? null : new JsonObject
        {
            ["queryType"] = "FilterQuery",
            ["filters"] = new JsonArray(new JsonObject { ["field"] = group.QueryField, ["operator"] = "eq", ["value"] = group.QueryValue }),
        };
        return json;
    }

    public static JsonObject App(JumpCloudApp app, JumpCloudState state) => new()
    {
        ["_id"] = app.Id,
        ["id"] = app.Id,
        ["name"] = app.Name,
        ["displayName"] = app.Label,
        ["displayLabel"] = app.Label,
        ["description"] = "",
        ["active"] = app.Active,
        ["beta"] = false,
        ["created"] = Time(app.Created),
        ["organization"] = state.OrganizationId,
        ["ssoUrl"] = $"https://sso.jumpcloud.com/saml2/{app.Name}",
        ["sso"] = new JsonObject { ["type"] = "saml", ["hidden"] = false },
        ["config"] = new JsonObject(),
    };

    /// <summary>An administrator as <c>GET /users</c> shows it: the only answer that no description covers.</summary>
    public static JsonObject Admin(JumpCloudAdmin admin, JumpCloudState state)
    {
        var json = new JsonObject
        {
            ["_id"] = admin.Id,
            ["id"] = admin.Id,
            ["email"] = admin.Email,
            ["firstname"] = admin.FirstName,
            ["lastname"] = admin.LastName,
            ["role"] = state.Roles.Values.FirstOrDefault(r => r.Name == admin.Roles[0])?.Id,
            ["roleName"] = RoleName(admin),
            ["suspended"] = admin.Suspended,
            ["registered"] = true,
            ["enableMultiFactor"] = true,
            ["totpEnrolled"] = true,
            ["created"] = Time(admin.Created),
        };
        if (admin.Roles.Length > 1) json["roleNames"] = new JsonArray([.. admin.Roles.Select(r => JsonValue.Create(r))]);
        return json;
    }

    public static JsonObject Role(JumpCloudRole role) => new()
    {
        ["id"] = role.Id,
        ["name"] = role.Name,
        ["description"] = role.Description,
        ["scopes"] = new JsonArray([.. role.Scopes.Select(s => JsonValue.Create(s))]),
        ["isCustom"] = role.IsCustom,
    };

    /// <summary>Its ids are bytes in Base64.</summary>
    public static JsonObject ServiceAccount(JumpCloudServiceAccount account, JumpCloudState state) => new()
    {
        ["objectId"] = Bytes(account.Id),
        ["name"] = account.Name,
        ["authType"] = "CLIENT_SECRET",
        ["orgId"] = Bytes(state.OrganizationId),
        ["roleId"] = state.Roles.Values.FirstOrDefault(role => role.Name == account.Role) is { } role ? Bytes(role.Id) : null,
        ["expiresAt"] = Time(account.SecretEnds),
    };

    public static JsonObject PushEndpoint(JumpCloudPushEndpoint endpoint) => new()
    {
        ["id"] = endpoint.Id,
        ["name"] = endpoint.Name,
        ["state"] = endpoint.State,
        ["enrollmentDate"] = Time(endpoint.Enrolled),
        ["lastUsedDate"] = null,
        ["device"] = new JsonObject { ["make"] = "Acme", ["model"] = "Phone", ["os"] = "android", ["uvEnabled"] = true },
    };

    public static JsonObject Node(string type, string id) => new() { ["type"] = type, ["id"] = id, ["attributes"] = null };

    public static JsonObject Edge(string type, string id) => new() { ["attributes"] = null, ["to"] = Node(type, id) };

    /// <summary>Something reached, with the paths to it.</summary>
    public static JsonObject Reached(string type, string id, IEnumerable<JsonArray> paths) => new()
    {
        ["id"] = id,
        ["type"] = type,
        ["compiledAttributes"] = null,
        ["paths"] = new JsonArray([.. paths]),
    };

    private static string RoleName(JumpCloudAdmin admin) => admin.Roles.Length == 1 ? admin.Roles[0] : "Multi Role";

    private static string Bytes(string id) => Convert.ToBase64String(Convert.FromHexString(id));

    private static JsonObject Mfa(JumpCloudUser user)
    {
        var json = new JsonObject { ["configured"] = user.Factors.Contains("totp"), ["exclusion"] = user.MfaExempt };
        if (user.MfaExemptUntil is { } until) json["exclusionUntil"] = Time(until);
        return json;
    }

    private static JsonObject Enrollment(JumpCloudUser user)
    {
        string Word(bool enrolled) => enrolled ? "ENROLLED" : user.MfaExempt ? "IN_ENROLLMENT" : "NOT_ENROLLED";
        return new()
        {
            ["totpStatus"] = Word(user.Factors.Contains("totp")),
            ["webAuthnStatus"] = Word(user.Factors.Contains("webauthn")),
            ["pushStatus"] = Word(user.PushEndpoints.Count > 0),
            ["smsStatus"] = Word(user.Factors.Contains("sms")),
            ["jcGoStatus"] = Word(user.Factors.Contains("go")),
            ["overallStatus"] = Word(user.Factors.Count > 0 || user.PushEndpoints.Count > 0),
        };
    }
}
