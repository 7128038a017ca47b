using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Entra;

/// <summary>Enterprise applications and who is assigned to them.</summary>
internal static class AppRoutes
{
    private const string NoRoles = "00000000-0000-0000-0000-000000000000";

    public static EntraAnswer List(EntraRequest request) => request.List("servicePrincipal", request.State.Apps.Values, app => app.Id, EntraJson.App, context: "servicePrincipals");

    public static EntraAnswer Get(EntraRequest request)
    {
        var json = EntraJson.Select(EntraJson.App(request.App()), "servicePrincipal", request.Query("$select"), request.State);
        json["@odata.context"] = $"{request.Root}/$metadata#servicePrincipals/$entity";
        return EntraAnswer.Ok(json);
    }

    public static EntraAnswer AssignedTo(EntraRequest request)
    {
        var app = request.App();
        return Page(request, request.State.Assignments.Values.Where(a => a.AppId == app.Id));
    }

    /// <summary>The user's own, and those of groups the user is a direct member of.</summary>
    public static EntraAnswer OfUser(EntraRequest request)
    {
        var user = request.User();
        var groups = request.State.GroupsOf(user.Id).Select(group => group.Id).ToHashSet(StringComparer.Ordinal);
        return Page(request, request.State.Assignments.Values.Where(a => a.PrincipalId == user.Id || groups.Contains(a.PrincipalId)));
    }

    public static EntraAnswer OfGroup(EntraRequest request)
    {
        var group = request.Group();
        return Page(request, request.State.Assignments.Values.Where(a => a.PrincipalId == group.Id));
    }

    public static EntraAnswer Assign(EntraRequest request) => Assign(request, null, request.App().Id);

    public static EntraAnswer AssignToUser(EntraRequest request) => Assign(request, request.User().Id, null);

    public static EntraAnswer AssignToGroup(EntraRequest request) => Assign(request, request.Group().Id, null);

    public static EntraAnswer Unassign(EntraRequest request)
    {
        var app = request.App();
        return Remove(request, a => a.AppId == app.Id);
    }

    public static EntraAnswer UnassignUser(EntraRequest request)
    {
        var user = request.User();
        // What comes from a group is listed here but is no assignment of the user.
        return Remove(request, a => a.PrincipalId == user.Id);
    }

    public static EntraAnswer UnassignGroup(EntraRequest request)
    {
        var group = request.Group();
        return Remove(request, a => a.PrincipalId == group.Id);
    }

    private static EntraAnswer Page(EntraRequest request, IEnumerable<EntraAssignment> assignments) =>
        request.List("appRoleAssignment", assignments.OrderBy(a => a.Id, StringComparer.Ordinal), a => a.Id, a => EntraJson.Assignment(a, request.State), context: "appRoleAssignments");

    private static EntraAnswer Assign(EntraRequest request, string? mustBePrincipal, string? mustBeApp)
    {
        var body = request.Object();
        var (principal, app, role) = (EntraRequest.Text(body, "principalId"), EntraRequest.Text(body, "resourceId"), EntraRequest.Text(body, "appRoleId"));
        if (principal is null || app is null || role is null || (mustBePrincipal ?? principal) != principal || (mustBeApp ?? app) != app)
            throw EntraErrors.BadRequest("Not a valid reference update.");
        if (!request.State.Apps.TryGetValue(app, out var found)) throw EntraErrors.NotFound(app);
        var type = request.State.Users.ContainsKey(principal) ? "User" : request.State.Groups.ContainsKey(principal) ? "Group" : throw EntraErrors.NotFound(principal);
        if (found.Roles.Count == 0 ? role != NoRoles : found.Roles.All(known => known.Id != role))
            throw EntraErrors.BadRequest($"Permission being assigned was not found on application '{app}'.");
        if (request.State.Assignments.Values.Any(a => a.PrincipalId == principal && a.AppId == app && a.AppRoleId == role))
            throw EntraErrors.BadRequest("Permission being assigned already exists on the object");

        var assignment = new EntraAssignment(request.Ids.New("", 43), app, principal, type, role, request.Now);
        request.State = request.State.With(assignment);
        request.Audit($"Add app role assignment {(type == "User" ? "grant to user" : "to group")}", "UserManagement", "Assign", Target(request, assignment), found.Target());
        request.Effect(type == "User" ? "app.add_user" : "app.add_group", null, principal, app);
        var json = EntraJson.Assignment(assignment, request.State);
        json["@odata.context"] = $"{request.Root}/$metadata#appRoleAssignments/$entity";
        return new(201, json);
    }

    private static EntraAnswer Remove(EntraRequest request, Func<EntraAssignment, bool> belongs)
    {
        var id = request.Segment("assignmentId");
        if (!request.State.Assignments.TryGetValue(id, out var assignment) || !belongs(assignment)) throw EntraErrors.NotFound(id);
        request.State = request.State with { Assignments = request.State.Assignments.Remove(id) };
        request.Audit($"Remove app role assignment from {assignment.PrincipalType.ToLowerInvariant()}", "UserManagement", "Unassign", Target(request, assignment), request.State.Apps[assignment.AppId].Target());
        request.Effect(assignment.PrincipalType == "User" ? "app.remove_user" : "app.remove_group", null, assignment.PrincipalId, assignment.AppId);
        return EntraAnswer.NoContent;
    }

    private static EntraTarget Target(EntraRequest request, EntraAssignment assignment) =>
        request.State.Users.TryGetValue(assignment.PrincipalId, out var user) ? user.Target() : new(assignment.PrincipalId, assignment.PrincipalType, null);

    public static EntraTarget Target(this EntraApp app) => new(app.Id, "ServicePrincipal", app.Name);
}
