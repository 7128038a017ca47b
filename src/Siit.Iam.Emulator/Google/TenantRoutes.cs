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
