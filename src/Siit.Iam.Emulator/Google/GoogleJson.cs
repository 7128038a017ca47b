using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Google;

/// <summary>Records in the shapes of Google's description.</summary>
internal static class GoogleJson
{
    private const string Never = "1970-01-01T00:00:00.000Z";

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static JsonObject Tagged(JsonObject body)
    {
        if (!body.ContainsKey("etag"))
            body["etag"] = $"\"{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(body.ToJsonString())))[..27]}\"";
        return body;
    }

    /// <param name="schemas">The custom schemas asked for; null for all.</param>
    public static JsonObject User(GoogleUser user, GoogleState state, DateTimeOffset now, IReadOnlyList<string>? schemas = null)
    {
        var json = new JsonObject
        {
            ["kind"] = "admin#directory#user",
            ["id"] = user.Id,
            ["primaryEmail"] = user.PrimaryEmail,
            ["name"] = new JsonObject { ["givenName"] = user.GivenName, ["familyName"] = user.FamilyName, ["fullName"] = user.FullName },
            ["isAdmin"] = state.IsSuperAdmin(user.Id),
            ["isDelegatedAdmin"] = state.IsDelegatedAdmin(user.Id),
            ["lastLoginTime"] = user.LastLogin is { } last ? Time(last) : Never,
            ["creationTime"] = Time(user.Created),
            ["agreedToTerms"] = user.LastLogin is not null,
            ["suspended"] = user.Suspended,
            ["archived"] = user.Archived,
            ["changePasswordAtNextLogin"] = user.ChangePasswordAtNextLogin,
            ["ipWhitelisted"] = false,
            ["emails"] = new JsonArray([
                new JsonObject { ["address"] = user.PrimaryEmail, ["primary"] = true },
                .. user.Aliases.Select(alias => new JsonObject { ["address"] = alias })]),
            ["customerId"] = state.CustomerId,
            ["orgUnitPath"] = user.OrgUnitPath,
            ["isMailboxSetup"] = user.Ready <= now,
            ["isEnrolledIn2Sv"] = user.EnrolledIn2Sv,
            ["isEnforcedIn2Sv"] = user.EnforcedIn2Sv,
            ["includeInGlobalAddressList"] = true,
        };
        if (user.Aliases.Count > 0) json["aliases"] = new JsonArray([.. user.Aliases.Select(alias => JsonValue.Create(alias))]);
        if (user.Suspended) json["suspensionReason"] = user.SuspensionReason ?? "ADMIN";
        if (user.Deleted is { } deleted) json["deletionTime"] = Time(deleted);
        foreach (var (name, value) in user.Profile) json[name] = JsonNode.Parse(value.GetRawText());
        if (schemas is not null && json["customSchemas"] is JsonObject custom)
        {
            foreach (var name in custom.Select(schema => schema.Key).Except(schemas).ToList()) custom.Remove(name);
            if (custom.Count == 0) json.Remove("customSchemas");
        }

        return Tagged(json);
    }

    public static JsonObject Group(GoogleGroup group, GoogleState state) => Tagged(new JsonObject
    {
        ["kind"] = "admin#directory#group",
        ["id"] = group.Id,
        ["email"] = group.Email,
        ["name"] = group.Name,
        ["description"] = group.Description,
        ["directMembersCount"] = $"{(group.Department is null ? group.Members.Count - state.Index.Of(group).NotPeople.Length : state.MembersOf(group).Count())}",
        ["adminCreated"] = true,
    });

    public static JsonObject Member(GoogleMember member, GoogleState state)
    {
        var json = new JsonObject { ["kind"] = "admin#directory#member", ["id"] = member.Id, ["role"] = member.Role, ["type"] = member.Type };
        if (state.Users.TryGetValue(member.Id, out var user))
        {
            json["email"] = user.PrimaryEmail;
            json["status"] = user.Archived ? "ARCHIVED" : user.Suspended ? "SUSPENDED" : "ACTIVE";
        }
        else if (state.Groups.TryGetValue(member.Id, out var group))
        {
            json["email"] = group.Email;
            json["status"] = "ACTIVE";
        }

        // Millions of these are sent in large tenants, so no hash over the whole.
        json["etag"] = $"\"{member.Id}-{member.Role}-{(string?)json["status"]}-{(string?)json["email"]}\"";
        return json;
    }

    public static JsonObject Role(GoogleRole role) => Tagged(new JsonObject
    {
        ["kind"] = "admin#directory#role",
        ["roleId"] = role.Id,
        ["roleName"] = role.Name,
        ["roleDescription"] = role.Description,
        ["rolePrivileges"] = new JsonArray(),
        ["isSystemRole"] = role.IsSystem,
        ["isSuperAdminRole"] = role.IsSuper,
    });

    public static JsonObject Assignment(GoogleRoleAssignment assignment) => Tagged(new JsonObject
    {
        ["kind"] = "admin#directory#roleAssignment",
        ["roleAssignmentId"] = assignment.Id,
        ["roleId"] = assignment.RoleId,
        ["assignedTo"] = assignment.AssignedTo,
        ["assigneeType"] = assignment.AssigneeType,
        ["scopeType"] = "CUSTOMER",
    });

    public static JsonObject Token(GoogleToken token, GoogleUser user) => Tagged(new JsonObject
    {
        ["kind"] = "admin#directory#token",
        ["clientId"] = token.ClientId,
        ["userKey"] = user.Id,
        ["anonymous"] = false,
        ["displayText"] = token.DisplayText,
        ["nativeApp"] = false,
        ["scopes"] = new JsonArray([.. token.Scopes.Select(scope => JsonValue.Create(scope))]),
    });

    public static JsonObject AppPassword(GoogleAppPassword password, GoogleUser user) => Tagged(new JsonObject
    {
        ["kind"] = "admin#directory#asp",
        ["codeId"] = password.CodeId,
        ["name"] = password.Name,
        ["creationTime"] = $"{password.Created.ToUnixTimeMilliseconds()}",
        ["lastTimeUsed"] = "0",
        ["userKey"] = user.Id,
    });

    public static JsonObject OrgUnit(GoogleOrgUnit unit) => Tagged(new JsonObject
    {
        ["kind"] = "admin#directory#orgUnit",
        ["orgUnitId"] = unit.Id,
        ["orgUnitPath"] = unit.Path,
        ["name"] = unit.Path.Split('/')[^1],
        ["description"] = unit.Description,
        ["parentOrgUnitPath"] = unit.Path.LastIndexOf('/') is > 0 and var at ? unit.Path[..at] : "/",
    });

    public static JsonObject Activity(GoogleActivity entry, string customerId) => Tagged(new JsonObject
    {
        ["kind"] = "admin#reports#activity",
        ["id"] = new JsonObject
        {
            ["time"] = Time(entry.Time),
            ["uniqueQualifier"] = entry.Qualifier,
            ["applicationName"] = entry.Application,
            ["customerId"] = customerId,
        },
        ["actor"] = new JsonObject { ["callerType"] = "USER", ["email"] = entry.ActorEmail, ["profileId"] = entry.ActorId },
        ["ipAddress"] = "127.0.0.1",
        ["events"] = new JsonArray([.. entry.Events.Select(one => new JsonObject
        {
            ["type"] = one.Type,
            ["name"] = one.Name,
            ["parameters"] = new JsonArray([.. one.Parameters.Select(p => new JsonObject { ["name"] = p.Key, ["value"] = p.Value })]),
        })]),
    });

    public static JsonObject CloudGroup(GoogleGroup group, string customerId)
    {
        var labels = new JsonObject { ["cloudidentity.googleapis.com/groups.discussion_forum"] = "" };
        if (group.Kind != "GROUP") labels[$"cloudidentity.googleapis.com/groups.{group.Kind.ToLowerInvariant()}"] = "";
        var json = new JsonObject
        {
            ["name"] = $"groups/{group.Id}",
            ["groupKey"] = new JsonObject { ["id"] = group.Email },
            ["parent"] = $"customers/{customerId}",
            ["displayName"] = group.Name,
            ["description"] = group.Description,
            ["labels"] = labels,
        };
        if (group.Query is { } query)
        {
            json["dynamicGroupMetadata"] = new JsonObject
            {
                ["queries"] = new JsonArray(new JsonObject { ["resourceType"] = "USER", ["query"] = query }),
                ["status"] = new JsonObject { ["status"] = "UP_TO_DATE" },
            };
        }

        return json;
    }
}
