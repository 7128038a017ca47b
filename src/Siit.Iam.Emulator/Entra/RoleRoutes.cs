using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Entra;

/// <summary>Directory roles: definitions, assignments held now, and those that have to be activated first (PIM).</summary>
internal static class RoleRoutes
{
    public static EntraAnswer Definitions(EntraRequest request) =>
        request.List("unifiedRoleDefinition", request.State.Roles.Values.Select(Definition), context: "roleManagement/directory/roleDefinitions");

    public static EntraAnswer Assignments(EntraRequest request) =>
        request.List("unifiedRoleAssignment", Of(request, eligible: false).Select(a => Expanded(request, Assignment(a), a)), context: "roleManagement/directory/roleAssignments");

    public static EntraAnswer Eligible(EntraRequest request) =>
        request.List("unifiedRoleEligibilitySchedule", Of(request, eligible: true).Select(a => Expanded(request, Schedule(a), a)), context: "roleManagement/directory/roleEligibilitySchedules");

    public static EntraAnswer Schedules(EntraRequest request) =>
        request.List("unifiedRoleAssignmentSchedule", Of(request, eligible: false).Select(a => Expanded(request, Schedule(a), a)), context: "roleManagement/directory/roleAssignmentSchedules");

    /// <summary>Roles that somebody has or had.</summary>
    public static EntraAnswer Activated(EntraRequest request) => request.List(
        "directoryRole",
        request.State.Roles.Values.Where(role => request.State.RoleAssignments.Values.Any(a => a.RoleId == role.Id)).Select(role => Role(request.State, role)),
        context: "directoryRoles");

    public static EntraAnswer Members(EntraRequest request)
    {
        var id = request.Segment("roleId");
        if (request.State.Roles.Values.FirstOrDefault(role => ActivatedId(role) == id) is not { } role) throw EntraErrors.NotFound(id);
        var holders = request.State.RoleAssignments.Values.Where(a => a.RoleId == role.Id && !a.Eligible);
        return request.List("directoryObject", holders.Select(a => Principal(request.State, a.PrincipalId)), context: "directoryObjects");
    }

    public static JsonObject Role(EntraState state, EntraRole role) => new()
    {
        ["id"] = ActivatedId(role),
        ["deletedDateTime"] = null,
        ["description"] = role.Name,
        ["displayName"] = role.Name,
        ["roleTemplateId"] = role.Id,
    };

    public static string ActivatedId(EntraRole role) => string.Create(36, role.Id, (span, id) =>
    {
        id.CopyTo(span);
        span[0] = span[0] == 'f' ? 'e' : 'f';
    });

    private static IEnumerable<EntraRoleAssignment> Of(EntraRequest request, bool eligible)
    {
        var assigned = request.State.RoleAssignments.Values.Where(a => a.Eligible == eligible);
        return eligible ? assigned : assigned.Concat(OfApplications(request.State));
    }

    private static IEnumerable<EntraRoleAssignment> OfApplications(EntraState state) =>
        from client in state.Clients.Values
        from role in state.Roles.Values
        where client.Roles.Contains(role.Name)
        select new EntraRoleAssignment($"application-{role.Id}", role.Id, EntraSeed.PrincipalId, Eligible: false, DateTimeOffset.UnixEpoch);

    private static JsonObject Definition(EntraRole role) => new()
    {
        ["id"] = role.Id,
        ["description"] = role.Name,
        ["displayName"] = role.Name,
        ["isBuiltIn"] = role.BuiltIn,
        ["isEnabled"] = true,
        ["resourceScopes"] = new JsonArray("/"),
        ["rolePermissions"] = new JsonArray(),
        ["templateId"] = role.Id,
        ["version"] = "1",
    };

    private static JsonObject Assignment(EntraRoleAssignment a) => new()
    {
        ["id"] = a.Id,
        ["principalId"] = a.PrincipalId,
        ["directoryScopeId"] = a.Scope,
        ["roleDefinitionId"] = a.RoleId,
    };

    private static JsonObject Schedule(EntraRoleAssignment a)
    {
        var json = Assignment(a);
        json["appScopeId"] = null;
        json["createdDateTime"] = EntraJson.Time(a.Created);
        json["createdUsing"] = a.Id;
        json["memberType"] = "Direct";
        json["status"] = "Provisioned";
        json["scheduleInfo"] = new JsonObject
        {
            ["startDateTime"] = EntraJson.Time(a.Created),
            ["recurrence"] = null,
            ["expiration"] = new JsonObject { ["type"] = "noExpiration", ["endDateTime"] = null, ["duration"] = null },
        };
        return json;
    }

    private static JsonObject Expanded(EntraRequest request, JsonObject json, EntraRoleAssignment a)
    {
        var expand = request.Query("$expand") ?? "";
        if (expand.Split(',').Length > 1) throw EntraErrors.BadRequest("Only one navigation property can be expanded.");
        if (expand.StartsWith("roleDefinition", StringComparison.Ordinal)) json["roleDefinition"] = Definition(request.State.Roles[a.RoleId]);
        if (expand.StartsWith("principal", StringComparison.Ordinal)) json["principal"] = Principal(request.State, a.PrincipalId);
        return json;
    }

    private static JsonObject Principal(EntraState state, string id) =>
        state.Users.TryGetValue(id, out var user) ? EntraJson.Typed(EntraJson.Select(EntraJson.User(user), "user", null, state), "user")
        : state.Groups.TryGetValue(id, out var group) ? EntraJson.Typed(EntraJson.Group(group), "group")
        : new JsonObject { ["@odata.type"] = "#microsoft.graph.servicePrincipal", ["id"] = id };
}
