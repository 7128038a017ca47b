using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Siit.Iam.Emulator.Okta;

/// <summary>Applications and who has them: directly, or through a group.</summary>
internal static partial class AppRoutes
{
    public static OktaAnswer List(OktaRequest request)
    {
        IEnumerable<OktaApp> apps = request.State.Apps.Values;
        OktaUser? user = null;
        if (request.Query("filter") is { } filter)
        {
            if (OfUser().Match(filter) is { Success: true } match)
            {
                user = request.State.FindUser(match.Groups["id"].Value);
                apps = user is null ? [] : apps.Where(a => request.State.IsAssigned(a, user));
            }
            else
            {
                apps = apps.Where(OktaFilter.TryParse<OktaApp>(filter, Attribute) ?? throw OktaErrors.BadSearch());
            }
        }

        if (request.Query("q") is { } q) apps = apps.Where(a => a.Label.StartsWith(q, StringComparison.OrdinalIgnoreCase) || a.Name.StartsWith(q, StringComparison.OrdinalIgnoreCase));
        var embed = user is not null && request.Query("expand") == $"user/{user.Id}" ? user : null;
        return request.Page(apps, a => a.Id, a => Render(request, a, embed), 20, 200);
    }

    public static OktaAnswer Get(OktaRequest request) => OktaAnswer.Ok(OktaJson.App(request.App(), request.Origin));

    /// <summary>The tiles on a person's dashboard.</summary>
    public static OktaAnswer Links(OktaRequest request)
    {
        var user = request.User();
        var apps = request.State.Apps.Values.Where(a => a.Status == "ACTIVE" && request.State.IsAssigned(a, user));
        return OktaAnswer.Ok(new JsonArray([.. apps.Select((a, i) => new JsonObject
        {
            ["id"] = request.Ids.Of("00l", a.Id + user.Id),
            ["label"] = a.Label,
            ["linkUrl"] = $"{request.Origin}/home/{a.Name}/{a.Id}",
            ["logoUrl"] = $"{request.Origin}/logo/{a.Name}.png",
            ["appName"] = a.Name,
            ["appInstanceId"] = a.Id,
            ["appAssignmentId"] = request.Ids.Of("0ua", a.Id + user.Id),
            ["credentialsSetup"] = false,
            ["hidden"] = false,
            ["sortOrder"] = i,
        })]));
    }

    public static OktaAnswer Users(OktaRequest request)
    {
        var app = request.App();
        var q = request.Query("q");
        var (page, next) = request.Cut("users", request.State.Users, u => request.State.IsAssigned(app, u.Value) && Fits(u.Value) ? u.Value : null, request.Limit(50, 500));
        return new OktaAnswer(200) { Items = [.. page.Select(u => OktaAppUser.Bytes(app, u, request.State, request.Origin)!.Value)], Links = request.Links(next) };

        bool Fits(OktaUser user) => q is null || new[] { "login", "firstName", "lastName", "email" }.Any(a => user.Text(a)?.StartsWith(q, StringComparison.OrdinalIgnoreCase) is true);
    }

    public static OktaAnswer GetUser(OktaRequest request) => OktaAnswer.Ok(AppUser(request, request.App(), AssignedUser(request)));

    /// <summary>Gives the application directly; an assignment through a group becomes a direct one.</summary>
    public static OktaAnswer AddUser(OktaRequest request)
    {
        var app = request.App();
        var body = request.Object();
        if (!OktaRequest.TryText(body, "id", out var id)) throw OktaErrors.Invalid("id", "id: The field cannot be left blank");
        var user = request.State.FindUser(id) ?? throw OktaErrors.NotFound(id, "User");
        request.NeedsSuperAdminFor(request.State.IsAdmin(user));
        if (user.Status == "DEPROVISIONED") throw OktaErrors.Invalid("id", "id: Cannot assign an application to a deactivated user");
        if (app.Status != "ACTIVE") throw OktaErrors.Invalid("appId", "The application is not active");
        return Assign(request, app, user, body);
    }

    public static OktaAnswer UpdateUser(OktaRequest request) => Assign(request, request.App(), AssignedUser(request), request.Object());

    /// <summary>An assignment through a group comes back from the group at once.</summary>
    public static OktaAnswer RemoveUser(OktaRequest request)
    {
        var (app, user) = (request.App(), AssignedUser(request));
        request.NeedsSuperAdminFor(request.State.IsAdmin(user));
        request.State = request.State.With(app with { Users = app.Users.Remove(user.Id) });
        request.Event("application.user_membership.remove", "Remove user's application membership", user.AppUser(), app.Target(), user.Target());
        var back = request.State.IsAssigned(app with { Users = app.Users.Remove(user.Id) }, user);
        if (back) request.Event("application.user_membership.add", "Add user to application membership", user.AppUser(), app.Target(), user.Target());
        request.Effect("app.remove_user", back ? "came back through a group" : null, app.Id, user.Id);
        return OktaAnswer.NoContent;
    }

    public static OktaAnswer Groups(OktaRequest request)
    {
        var app = request.App();
        return request.Page(app.Groups.Values, g => g.GroupId, g => GroupAssignment(request, app, g), 20, 200);
    }

    public static OktaAnswer GetGroup(OktaRequest request)
    {
        var app = request.App();
        var assignment = app.Groups.GetValueOrDefault(request.Segment("groupId")) ?? throw OktaErrors.NotFound(request.Segment("groupId"), "ApplicationGroupAssignment");
        return OktaAnswer.Ok(GroupAssignment(request, app, assignment));
    }

    public static OktaAnswer AddGroup(OktaRequest request)
    {
        var (app, group) = (request.App(), request.Group());
        var priority = request.Body?["priority"] is JsonValue value && value.TryGetValue<int>(out var asked) ? asked : app.Groups.Count;
        var known = app.Groups.GetValueOrDefault(group.Id);
        var assignment = known is not null && request.Body?["priority"] is null ? known : new OktaGroupAssignment(group.Id, priority, request.Now);
        if (assignment != known && assignment.Priority != known?.Priority)
        {
            request.Event("group.application_assignment.add", "Add assigned application to group", group.Target(), app.Target());
            Membership.AppsFollow(request, group, () => request.State = request.State.With(app with { Groups = app.Groups.SetItem(group.Id, assignment) }));
            request.Effect("app.add_group", null, app.Id, group.Id);
        }

        return OktaAnswer.Ok(GroupAssignment(request, app, assignment));
    }

    public static OktaAnswer RemoveGroup(OktaRequest request)
    {
        var (app, group) = (request.App(), request.Group());
        if (!app.Groups.ContainsKey(group.Id)) throw OktaErrors.NotFound(group.Id, "ApplicationGroupAssignment");
        request.Event("group.application_assignment.remove", "Remove assigned application from group", group.Target(), app.Target());
        Membership.AppsFollow(request, group, () => request.State = request.State.With(app with { Groups = app.Groups.Remove(group.Id) }));
        request.Effect("app.remove_group", null, app.Id, group.Id);
        return OktaAnswer.NoContent;
    }

    private static OktaAnswer Assign(OktaRequest request, OktaApp app, OktaUser user, JsonObject body)
    {
        var known = app.Users.GetValueOrDefault(user.Id);
        var userName = (string?)body["credentials"]?["userName"] ?? known?.UserName ?? user.Login;
        var profile = body["profile"] is JsonObject given
            ? given.ToImmutableSortedDictionary(p => p.Key, p => JsonSerializer.SerializeToElement(p.Value), StringComparer.Ordinal)
            : known?.Profile;
        if (known is null || known.UserName != userName || body["profile"] is not null)
        {
            var verb = known is null ? "add" : "update";
            request.State = request.State.With(app with { Users = app.Users.SetItem(user.Id, new(user.Id, userName, known?.Created ?? request.Now, profile)) });
            request.Event($"application.user_membership.{verb}", known is null ? "Add user to application membership" : "Update user's application membership", user.AppUser(), app.Target(), user.Target());
            request.Effect($"app.{verb}_user", null, app.Id, user.Id);
        }

        return OktaAnswer.Ok(AppUser(request, request.State.Apps[app.Id], user));
    }

    private static OktaUser AssignedUser(OktaRequest request)
    {
        var id = request.Segment("userId");
        var user = request.State.FindUser(id);
        return user is not null && request.State.IsAssigned(request.App(), user) ? user : throw OktaErrors.NotFound(id, "AppUser");
    }

    private static JsonObject AppUser(OktaRequest request, OktaApp app, OktaUser user) => JsonNode.Parse(OktaAppUser.Bytes(app, user, request.State, request.Origin)!.Value.Span)!.AsObject();

    private static JsonObject Render(OktaRequest request, OktaApp app, OktaUser? embed)
    {
        var json = OktaJson.App(app, request.Origin);
        if (embed is not null) json["_embedded"] = new JsonObject { ["user"] = AppUser(request, app, embed) };
        return json;
    }

    private static JsonObject GroupAssignment(OktaRequest request, OktaApp app, OktaGroupAssignment assignment) => new()
    {
        ["id"] = assignment.GroupId,
        ["lastUpdated"] = OktaJson.Time(assignment.LastUpdated),
        ["priority"] = assignment.Priority,
        ["profile"] = new JsonObject(),
        ["_links"] = new JsonObject
        {
            ["app"] = OktaJson.Href(request.Origin, $"/api/v1/apps/{app.Id}"),
            ["self"] = OktaJson.Href(request.Origin, $"/api/v1/apps/{app.Id}/groups/{assignment.GroupId}"),
            ["group"] = OktaJson.Href(request.Origin, $"/api/v1/groups/{assignment.GroupId}"),
        },
    };

    private static Func<OktaApp, IEnumerable<string?>>? Attribute(string name) => name switch
    {
        "id" => a => [a.Id],
        "name" => a => [a.Name],
        "status" => a => [a.Status],
        _ => null,
    };

    [GeneratedRegex("""^\s*user\.id\s+eq\s+"(?<id>[^"]+)"\s*$""", RegexOptions.IgnoreCase)]
    private static partial Regex OfUser();
}
