using System.Globalization;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Okta;

/// <summary>Records in the shapes of Okta's description.</summary>
internal static class OktaJson
{
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string? Time(DateTimeOffset? time) => time is { } t ? Time(t) : null;

    public static JsonObject Href(string origin, string path, string? method = null)
    {
        var link = new JsonObject { ["href"] = origin + path };
        if (method is not null) link["method"] = method;
        return link;
    }

    public static JsonObject User(OktaUser user, string origin, bool single = false) => new()
    {
        ["id"] = user.Id,
        ["status"] = user.Status,
        ["created"] = Time(user.Created),
        ["activated"] = Time(user.Activated),
        ["statusChanged"] = Time(user.StatusChanged),
        ["lastLogin"] = Time(user.LastLogin),
        ["lastUpdated"] = Time(user.LastUpdated),
        ["passwordChanged"] = Time(user.PasswordChanged),
        ["transitioningToStatus"] = user.TransitioningTo,
        ["type"] = new JsonObject { ["id"] = "oty00000000000000001" },
        ["profile"] = new JsonObject(user.Profile.Select(p => KeyValuePair.Create(p.Key, JsonNode.Parse(p.Value.GetRawText())))),
        ["credentials"] = Credentials(user),
        ["_links"] = UserLinks(user, origin, single),
    };

    public static JsonObject Group(OktaGroup group, OktaState state, string origin, string? expand)
    {
        var json = new JsonObject
        {
            ["id"] = group.Id,
            ["created"] = Time(group.Created),
            ["lastUpdated"] = Time(group.LastUpdated),
            ["lastMembershipUpdated"] = Time(group.LastMembershipUpdated),
            ["objectClass"] = new JsonArray(group.Type == "APP_GROUP" ? "okta:windows_security_principal" : "okta:user_group"),
            ["type"] = group.Type,
            ["profile"] = GroupProfile(group),
            ["_links"] = new JsonObject
            {
                ["self"] = Href(origin, $"/api/v1/groups/{group.Id}"),
                ["users"] = Href(origin, $"/api/v1/groups/{group.Id}/users"),
                ["apps"] = Href(origin, $"/api/v1/groups/{group.Id}/apps"),
            },
        };
        if (expand?.Contains("stats", StringComparison.Ordinal) is true)
        {
            json["_embedded"] = new JsonObject
            {
                ["stats"] = new JsonObject
                {
                    ["usersCount"] = group.Type == "BUILT_IN" ? state.MembersOf(group).Count() : group.Members.Count,
                    ["appsCount"] = state.Apps.Values.Count(a => a.Groups.ContainsKey(group.Id)),
                    ["groupPushMappingsCount"] = 0,
                    ["hasAdminPrivlege"] = group.Roles.Count > 0,
                },
            };
        }

        return json;
    }

    public static JsonObject App(OktaApp app, string origin) => new()
    {
        ["id"] = app.Id,
        ["orn"] = $"orn:okta:idp:acme:apps:{app.Name}:{app.Id}",
        ["name"] = app.Name,
        ["label"] = app.Label,
        ["status"] = app.Status,
        ["created"] = Time(app.Created),
        ["lastUpdated"] = Time(app.LastUpdated),
        ["signOnMode"] = app.SignOnMode,
        ["features"] = new JsonArray(),
        ["accessibility"] = new JsonObject { ["selfService"] = false },
        ["visibility"] = new JsonObject { ["autoSubmitToolbar"] = false, ["hide"] = new JsonObject { ["iOS"] = false, ["web"] = false } },
        ["_links"] = new JsonObject
        {
            ["self"] = Href(origin, $"/api/v1/apps/{app.Id}"),
            ["users"] = Href(origin, $"/api/v1/apps/{app.Id}/users"),
            ["groups"] = Href(origin, $"/api/v1/apps/{app.Id}/groups"),
        },
    };

    public static JsonObject Role(OktaRole role, bool throughGroup, string origin, string assignee, string assignedTo = "USER") => new()
    {
        ["id"] = role.Id,
        ["label"] = string.Join(' ', role.Type.Split('_').Select(w => w[..1] + w[1..].ToLowerInvariant())).Replace("Admin", "Administrator", StringComparison.Ordinal),
        ["type"] = role.Type,
        ["status"] = "ACTIVE",
        ["created"] = Time(role.Created),
        ["lastUpdated"] = Time(role.Created),
        ["assignmentType"] = throughGroup ? "GROUP" : assignedTo,
        // A standard role has none. Said, because the description wants exactly one of two shapes that are otherwise alike.
        ["resource-set"] = null,
        ["_links"] = new JsonObject { ["assignee"] = Href(origin, assignee) },
    };

    public static JsonObject Factor(OktaFactor factor, OktaUser user, string origin) => new()
    {
        ["id"] = factor.Id,
        ["factorType"] = factor.FactorType,
        ["provider"] = factor.Provider,
        ["vendorName"] = factor.VendorName,
        ["status"] = "ACTIVE",
        ["created"] = Time(factor.Created),
        ["lastUpdated"] = Time(factor.Created),
        ["profile"] = factor.FactorType switch
        {
            "push" => new JsonObject { ["credentialId"] = user.Login, ["deviceType"] = "SmartPhone_IPhone", ["name"] = "Phone", ["platform"] = "IOS", ["version"] = "18.1" },
            "sms" => new JsonObject { ["phoneNumber"] = "+15550100" },
            _ => new JsonObject { ["credentialId"] = user.Login },
        },
        ["_links"] = new JsonObject { ["self"] = Href(origin, $"/api/v1/users/{user.Id}/factors/{factor.Id}") },
    };

    private static JsonObject Credentials(OktaUser user)
    {
        var json = new JsonObject
        {
            ["provider"] = new JsonObject { ["type"] = user.Provider, ["name"] = user.Provider == "OKTA" ? "OKTA" : "acme.example" },
        };
        if (user.HasPassword) json["password"] = new JsonObject();
        return json;
    }

    private static JsonObject GroupProfile(OktaGroup group)
    {
        var profile = new JsonObject { ["name"] = group.Name, ["description"] = group.Description };
        if (group.Type != "APP_GROUP") return profile;
        profile["samAccountName"] = group.Name;
        profile["dn"] = $"CN={group.Name},DC=acme,DC=example";
        profile["windowsDomainQualifiedName"] = $"ACME\\{group.Name}";
        profile["externalId"] = group.Id;
        return profile;
    }

    private static JsonObject UserLinks(OktaUser user, string origin, bool single)
    {
        var links = new JsonObject { ["self"] = Href(origin, $"/api/v1/users/{user.Id}") };
        if (!single) return links;
        void Offer(string name, string path) => links[name] = Href(origin, $"/api/v1/users/{user.Id}/lifecycle/{path}", "POST");
        if (user.Status is "STAGED" or "DEPROVISIONED") Offer("activate", "activate");
        if (user.Status is "PROVISIONED" or "RECOVERY") Offer("reactivate", "reactivate");
        if (user.Status == "ACTIVE") Offer("suspend", "suspend");
        if (user.Status == "SUSPENDED") Offer("unsuspend", "unsuspend");
        if (user.Status == "LOCKED_OUT") Offer("unlock", "unlock");
        if (user.Status != "DEPROVISIONED") Offer("deactivate", "deactivate");
        if (LifecycleRoutes.MayResetPassword(user)) Offer("resetPassword", "reset_password");
        if (LifecycleRoutes.MayResetPassword(user)) Offer("expirePassword", "expire_password");
        if (user.Factors.Count > 0) Offer("resetFactors", "reset_factors");
        return links;
    }
}
