using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Google;

/// <summary>Administrator roles and organizational units.</summary>
internal static class TenantRoutes
{
    public static GoogleAnswer Roles(GoogleRequest request)
    {
        request.Customer(request.Segment("customer"));
        return request.Page("admin#directory#roles", "items", request.State.Roles, r => r.Id, GoogleJson.Role, 100, 100);
    }

    public static GoogleAnswer Role(GoogleRequest request)
    {
        request.Customer(request.Segment("customer"));
        return GoogleAnswer.Ok(GoogleJson.Role(request.State.Roles.Find(r => r.Id == request.Segment("roleId")) ?? throw GoogleErrors.NotFound("roleId")));
    }

    /// <summary>Assignments through groups are told for a user only, and only when asked for.</summary>
    public static GoogleAnswer Assignments(GoogleRequest request)
    {
        request.Customer(request.Segment("customer"));
        IEnumerable<GoogleRoleAssignment> assignments = request.State.Assignments;
        if (request.Query("userKey") is { } key)
        {
            var id = request.State.FindUser(key)?.Id ?? request.State.FindGroup(key)?.Id
                ?? request.State.ServiceAccounts.Values.FirstOrDefault(a => a.UniqueId == key)?.UniqueId ?? throw GoogleErrors.NotFound("userKey");
            assignments = request.State.AssignmentsOf(id, request.Flag("includeIndirectRoleAssignments"));
        }

        if (request.Query("roleId") is { } role) assignments = assignments.Where(a => a.RoleId == role);
        return request.Page("admin#directory#roleAssignments", "items", assignments, a => a.Id, GoogleJson.Assignment, 100, 200);
    }

    public static GoogleAnswer Assign(GoogleRequest request)
    {
        request.Customer(request.Segment("customer"));
        var body = request.Object();
        var role = request.State.Roles.Find(r => r.Id == GoogleRequest.Text(body, "roleId")) ?? throw GoogleErrors.NotFound("roleId");
        var to = GoogleRequest.Text(body, "assignedTo") ?? throw GoogleErrors.Missing("assignedTo");
        var group = request.State.Groups.GetValueOrDefault(to);
        // Google gives the super administrator role to users only.
        if (group is null ? request.State.FindUser(to) is not { } user || user.Id != to : role.IsSuper) throw GoogleErrors.NotFound("assignedTo");
        if (request.State.Assignments.Any(a => a.AssignedTo == to && a.RoleId == role.Id)) throw GoogleErrors.Exists();
        var assignment = new GoogleRoleAssignment(GoogleNumbers.Of(request.Ids.New(""), 17), role.Id, to, group is null ? "user" : "group");
        request.State = request.State with { Assignments = request.State.Assignments.Add(assignment) };
        Log(request, "ASSIGN_ROLE", role, to);
        request.Effect("role.assign", role.Name, role.Id, to);
        return GoogleAnswer.Ok(GoogleJson.Assignment(assignment));
    }

    public static GoogleAnswer Unassign(GoogleRequest request)
    {
        request.Customer(request.Segment("customer"));
        var assignment = request.State.Assignments.Find(a => a.Id == request.Segment("roleAssignmentId")) ?? throw GoogleErrors.NotFound("roleAssignmentId");
        var role = request.State.Role(assignment);
        request.State = request.State with { Assignments = request.State.Assignments.Remove(assignment) };
        Log(request, "UNASSIGN_ROLE", role, assignment.AssignedTo);
        request.Effect("role.unassign", role.Name, role.Id, assignment.AssignedTo);
        return GoogleAnswer.NoContent;
    }

    private static void Log(GoogleRequest request, string name, GoogleRole role, string to) => request.Log("admin", "DELEGATED_ADMIN_SETTINGS", name,
        ("ROLE_ID", role.Id), ("ROLE_NAME", role.Name), ("USER_EMAIL", request.State.Users.GetValueOrDefault(to)?.PrimaryEmail ?? request.State.Groups[to].Email));

    public static GoogleAnswer OrgUnits(GoogleRequest request)
    {
        request.Customer(request.Segment("customer"));
        return GoogleAnswer.Ok(new JsonObject
        {
            ["kind"] = "admin#directory#orgUnits",
            ["organizationUnits"] = new JsonArray([.. request.State.OrgUnits.Select(GoogleJson.OrgUnit)]),
        });
    }
}
