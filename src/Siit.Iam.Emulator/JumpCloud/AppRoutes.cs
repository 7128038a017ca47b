using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>Applications, and the graph by which users have them: directly or through groups.</summary>
internal static class AppRoutes
{
    public static JumpCloudAnswer List(JumpCloudRequest request)
    {
        var holds = JumpCloudFilter.First(request.Query("filter"));
        return request.CountedPage(request.State.Apps.Values.Select(a => JumpCloudJson.App(a, request.State)).Where(holds), app => app);
    }

    public static JumpCloudAnswer Get(JumpCloudRequest request) => JumpCloudAnswer.Ok(JumpCloudJson.App(request.App(), request.State));

    public static JumpCloudAnswer OfUser(JumpCloudRequest request)
    {
        var user = request.User("user_id");
        var apps = request.State.Apps.Values.Where(a => request.State.IsAssigned(a, user));
        return request.BarePage(apps, app => JumpCloudJson.Reached("application", app.Id, PathsTo(request, app, user)));
    }

    public static JumpCloudAnswer OfGroup(JumpCloudRequest request)
    {
        var group = request.Group("group_id");
        return request.BarePage(request.State.Apps.Values.Where(a => a.Groups.Contains(group.Id)),
            app => JumpCloudJson.Reached("application", app.Id, [[JumpCloudJson.Edge("application", app.Id)]]));
    }

    public static JumpCloudAnswer Users(JumpCloudRequest request)
    {
        var app = request.App("application_id");
        return request.BarePage(request.State.AssignedIds(app).Select(id => request.State.Users[id]), user => JumpCloudJson.Reached("user", user.Id,
        [
            .. app.Users.Contains(user.Id) ? new[] { new JsonArray(JumpCloudJson.Edge("user", user.Id)) } : [],
            .. GroupsBetween(request, app, user).Select(g => new JsonArray(JumpCloudJson.Edge("user_group", g.Id), JumpCloudJson.Edge("user", user.Id))),
        ]));
    }

    public static JumpCloudAnswer Groups(JumpCloudRequest request) =>
        request.BarePage(request.App("application_id").Groups, id => JumpCloudJson.Reached("user_group", id, [[JumpCloudJson.Edge("user_group", id)]]));

    public static JumpCloudAnswer AssociationsOfUser(JumpCloudRequest request)
    {
        var user = request.User("user_id");
        CheckTargets(request);
        return request.BarePage(request.State.Apps.Values.Where(a => a.Users.Contains(user.Id)), app => JumpCloudJson.Edge("application", app.Id));
    }

    public static JumpCloudAnswer AssociationsOfGroup(JumpCloudRequest request)
    {
        var group = request.Group("group_id");
        CheckTargets(request);
        return request.BarePage(request.State.Apps.Values.Where(a => a.Groups.Contains(group.Id)), app => JumpCloudJson.Edge("application", app.Id));
    }

    /// <summary>The direct ones, of the kinds asked for.</summary>
    public static JumpCloudAnswer AssociationsOfApp(JumpCloudRequest request)
    {
        var app = request.App("application_id");
        var targets = request.Query("targets")?.Split(',') ?? [];
        if (targets.Length == 0 || targets.Any(t => t is not ("user" or "user_group"))) throw JumpCloudErrors.Invalid("targets is required: user, user_group or both.");
        var users = targets.Contains("user") ? app.Users.Select(id => ("user", id)) : [];
        var groups = targets.Contains("user_group") ? app.Groups.Select(id => ("user_group", id)) : [];
        return request.BarePage(users.Concat(groups), edge => JumpCloudJson.Edge(edge.Item1, edge.Item2));
    }

    public static JumpCloudAnswer AssociateUser(JumpCloudRequest request)
    {
        var user = request.User("user_id");
        var (op, app) = Asked(request);
        if (op == "update") return JumpCloudAnswer.NoContent;
        if (app.Users.Contains(user.Id) == (op == "add")) throw op == "add" ? JumpCloudErrors.Conflict("Already Exists") : JumpCloudErrors.NotFound();
        request.State = request.State.With(app with { Users = op == "add" ? app.Users.Add(user.Id) : app.Users.Remove(user.Id) });
        request.Event("association_change", JumpCloudEvents.Tie(op, ("user", user.Id, user.Username), ("application", app.Id, app.Label)));
        request.Effect(op == "add" ? "app.add_user" : "app.remove_user", null, app.Id, user.Id);
        return JumpCloudAnswer.NoContent;
    }

    public static JumpCloudAnswer AssociateGroup(JumpCloudRequest request)
    {
        var group = request.Group("group_id");
        var (op, app) = Asked(request);
        if (op == "update") return JumpCloudAnswer.NoContent;
        if (app.Groups.Contains(group.Id) == (op == "add")) throw op == "add" ? JumpCloudErrors.Conflict("Already Exists") : JumpCloudErrors.NotFound();
        request.State = request.State.With(app with { Groups = op == "add" ? app.Groups.Add(group.Id) : app.Groups.Remove(group.Id) });
        request.Event("association_change", JumpCloudEvents.Tie(op, ("user_group", group.Id, group.Name), ("application", app.Id, app.Label)));
        request.Effect(op == "add" ? "app.add_group" : "app.remove_group", null, app.Id, group.Id);
        return JumpCloudAnswer.NoContent;
    }

    private static IEnumerable<JsonArray> PathsTo(JumpCloudRequest request, JumpCloudApp app, JumpCloudUser user) =>
    [
        .. app.Users.Contains(user.Id) ? new[] { new JsonArray(JumpCloudJson.Edge("application", app.Id)) } : [],
        .. GroupsBetween(request, app, user).Select(g => new JsonArray(JumpCloudJson.Edge("user_group", g.Id), JumpCloudJson.Edge("application", app.Id))),
    ];

    private static IEnumerable<JumpCloudGroup> GroupsBetween(JumpCloudRequest request, JumpCloudApp app, JumpCloudUser user) =>
        request.State.GroupsOf(user).Where(g => app.Groups.Contains(g.Id));

    private static (string Op, JumpCloudApp App) Asked(JumpCloudRequest request)
    {
        var (op, type, id) = GroupRoutes.Change(request.Object());
        if (type != "application") throw JumpCloudErrors.Invalid("Only applications are emulated as targets.");
        return (op, JumpCloudRequest.Find(request.State.Apps, id));
    }

    private static void CheckTargets(JumpCloudRequest request)
    {
        if (request.Query("targets") is not { Length: > 0 } targets) throw JumpCloudErrors.Invalid("targets is required.");
        if (targets != "application") throw JumpCloudErrors.Invalid("Only applications are emulated as targets.");
    }
}
