using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Entra;

/// <summary>Objects as Graph writes them: whole first, then only what was selected.</summary>
internal static class EntraJson
{
    private static readonly string[] UserFields =
    [
        "accountEnabled", "assignedLicenses", "businessPhones", "city", "companyName", "country", "createdDateTime", "creationType", "department",
        "displayName", "employeeHireDate", "employeeId", "employeeLeaveDateTime", "employeeOrgData", "employeeType", "externalUserState", "givenName", "identities", "jobTitle",
        "lastPasswordChangeDateTime", "mail", "mailNickname", "mobilePhone", "officeLocation", "onPremisesDistinguishedName", "onPremisesDomainName", "onPremisesExtensionAttributes",
        "onPremisesImmutableId", "onPremisesLastSyncDateTime", "onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled",
        "onPremisesUserPrincipalName", "otherMails", "passwordPolicies", "passwordProfile", "postalCode", "preferredLanguage", "proxyAddresses",
        "securityIdentifier", "signInActivity", "signInSessionsValidFromDateTime", "state", "streetAddress", "surname", "usageLocation", "userPrincipalName",
        "userType", "faxNumber", "isResourceAccount", "deletedDateTime",
    ];

    private static readonly string[] UserDefaults =
    [
        "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation", "preferredLanguage", "surname", "userPrincipalName",
    ];

    private static readonly string[] GroupFields =
    [
        "assignedLicenses", "classification", "createdDateTime", "deletedDateTime", "description", "displayName", "expirationDateTime", "groupTypes",
        "isAssignableToRole", "mail", "mailEnabled", "mailNickname", "membershipRule", "membershipRuleProcessingState", "onPremisesSamAccountName",
        "onPremisesSyncEnabled", "proxyAddresses", "renewedDateTime", "securityEnabled", "securityIdentifier", "visibility", "isManagementRestricted",
    ];

    private static readonly string[] AppFields =
    [
        "accountEnabled", "appDisplayName", "appId", "appOwnerOrganizationId", "appRoleAssignmentRequired", "appRoles", "deletedDateTime", "displayName", "homepage",
        "loginUrl", "notes", "oauth2PermissionScopes", "preferredSingleSignOnMode", "servicePrincipalNames", "servicePrincipalType", "tags",
    ];

    // There is no second page of what was expanded.
    private const int MostExpanded = 20;

    private static readonly string[] Lists =
    [
        "assignedLicenses", "businessPhones", "identities", "otherMails", "proxyAddresses", "groupTypes", "appRoles", "oauth2PermissionScopes", "servicePrincipalNames", "tags",
    ];

    /// <summary>Seconds, as the directory keeps them.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>With fractions, as the audit log keeps them.</summary>
    public static string Precise(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    public static bool IsUserField(string name) => UserFields.Contains(name) || name.StartsWith("extension_", StringComparison.Ordinal);

    public static JsonObject User(EntraUser user)
    {
        var json = Whole(user.Id, user.Properties, UserFields);
        json["passwordProfile"] = new JsonObject
        {
            ["password"] = null,
            ["forceChangePasswordNextSignIn"] = user.MustChangePassword,
            ["forceChangePasswordNextSignInWithMfa"] = false,
        };
        if (user.Deleted is { } deleted) json["deletedDateTime"] = Time(deleted);
        return json;
    }

    public static JsonObject Group(EntraGroup group) => Whole(group.Id, group.Properties, GroupFields);

    public static JsonObject App(EntraApp app)
    {
        var json = Whole(app.Id, app.Properties, AppFields);
        json["appRoles"] = new JsonArray([.. app.Roles.Select(role => new JsonObject
        {
            ["id"] = role.Id,
            ["allowedMemberTypes"] = new JsonArray("User"),
            ["description"] = role.DisplayName,
            ["displayName"] = role.DisplayName,
            ["isEnabled"] = true,
            ["origin"] = "Application",
            ["value"] = role.Value,
        })]);
        return json;
    }

    public static JsonObject Typed(JsonObject json, string type)
    {
        var typed = new JsonObject { ["@odata.type"] = $"#microsoft.graph.{type}" };
        foreach (var (name, value) in json) typed[name] = value?.DeepClone();
        return typed;
    }

    public static JsonObject Assignment(EntraAssignment assignment, EntraState state) => new()
    {
        ["id"] = assignment.Id,
        ["deletedDateTime"] = null,
        ["appRoleId"] = assignment.AppRoleId,
        ["createdDateTime"] = Time(assignment.Created),
        ["principalDisplayName"] = state.Users.GetValueOrDefault(assignment.PrincipalId)?.DisplayName ?? state.Groups.GetValueOrDefault(assignment.PrincipalId)?.Name,
        ["principalId"] = assignment.PrincipalId,
        ["principalType"] = assignment.PrincipalType,
        ["resourceDisplayName"] = state.Apps[assignment.AppId].Name,
        ["resourceId"] = assignment.AppId,
    };

    /// <summary>The properties asked for, or those that Graph gives unasked.</summary>
    public static JsonObject Select(JsonObject item, string type, string? select, EntraState state, string? expand = null)
    {
        var fields = type switch { "user" => UserFields, "group" => GroupFields, "servicePrincipal" => AppFields, _ => null };
        IEnumerable<string> wanted = select is null
            ? type == "user" ? UserDefaults : item.Select(property => property.Key)
            : select.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (select is not null && fields is not null && wanted.FirstOrDefault(name => name != "id" && !fields.Contains(name) && !name.StartsWith("extension_", StringComparison.Ordinal)) is { } unknown)
            throw EntraErrors.NoProperty(unknown, type);
        var selected = new JsonObject();
        if (item["@odata.type"] is { } kind) selected["@odata.type"] = kind.DeepClone();
        if (item.ContainsKey("id")) selected["id"] = item["id"]?.DeepClone();
        foreach (var name in wanted.Where(name => name is not ("id" or "@odata.type")).Distinct(StringComparer.Ordinal)) selected[name] = item[name]?.DeepClone();
        if (type == "user" && expand?.StartsWith("manager", StringComparison.Ordinal) is true) Manager(selected, item, state);
        if (expand?.StartsWith("owners", StringComparison.Ordinal) is true && OwnersOf(item["id"]!.ToString(), state) is { } owners)
            selected["owners"] = new JsonArray([.. owners.Take(MostExpanded).Select(JsonNode (id) => Reference(id))]);
        return selected;
    }

    /// <summary>Of a group or an application.</summary>
    public static IEnumerable<string>? OwnersOf(string id, EntraState state) =>
        (state.Groups.GetValueOrDefault(id)?.Owners ?? state.Apps.GetValueOrDefault(id)?.Owners)?.Where(state.Users.ContainsKey);

    public static JsonObject Reference(string id) => new() { ["@odata.type"] = "#microsoft.graph.user", ["id"] = id };

    private static void Manager(JsonObject selected, JsonObject item, EntraState state)
    {
        if (state.Users.GetValueOrDefault(item["id"]!.ToString())?.ManagerId is not { } id || state.Users.GetValueOrDefault(id) is not { } manager) return;
        selected["manager"] = new JsonObject
        {
            ["@odata.type"] = "#microsoft.graph.user",
            ["id"] = manager.Id,
            ["displayName"] = manager.DisplayName,
            ["mail"] = manager.Mail,
            ["userPrincipalName"] = manager.Login,
        };
    }

    private static JsonObject Whole(string id, ImmutableSortedDictionary<string, JsonElement> properties, string[] fields)
    {
        var json = new JsonObject { ["id"] = id };
        foreach (var field in fields)
            json[field] = properties.TryGetValue(field, out var value) ? JsonSerializer.SerializeToNode(value) : Lists.Contains(field) ? new JsonArray() : null;
        foreach (var (name, value) in properties.Where(property => property.Key.StartsWith("extension_", StringComparison.Ordinal)))
            json[name] = JsonSerializer.SerializeToNode(value);
        return json;
    }
}
