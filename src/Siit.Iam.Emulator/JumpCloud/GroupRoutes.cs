using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>Groups of users.</summary>
internal static class GroupRoutes
{
    public static JumpCloudAnswer List(JumpCloudRequest request)
    {
        var holds = JumpCloudFilter.Second(request.Query("filter"));
        var groups = request.Query("filter") is { Length: > 0 } ? request.State.Groups.Values.Where(g => holds(JumpCloudJson.Group(g))) : request.State.Groups.Values;
        groups = request.Query("sort")?.Split(',')[0] switch
        {
            "name" => groups.OrderBy(g => g.Name, StringComparer.Ordinal),
            "-name" => groups.OrderByDescending(g => g.Name, StringComparer.Ordinal),
            _ => groups,
        };
        return request.BarePage(groups, JumpCloudJson.Group, announces: true);
    }

    public static JumpCloudAnswer Get(JumpCloudRequest request) => JumpCloudAnswer.Ok(JumpCloudJson.Group(request.Group()));

    public static JumpCloudAnswer Create(JumpCloudRequest request)
    {
        var body = request.Object();
        if (!JumpCloudRequest.TryText(body, "name", out var name) || name.Length == 0) throw JumpCloudErrors.Invalid("name is required.", "nullName");
        if (request.State.Groups.Values.Any(g => g.Name == name)) throw JumpCloudErrors.Conflict("A group with this name exists already.");
        JumpCloudRequest.TryText(body, "description", out var description);
        var group = new JumpCloudGroup(request.Ids.New(request.Now), name, description ?? "", "STATIC", request.Now);
        request.State = request.State.With(group);
        request.Event("group_create", JumpCloudEvents.About(group));
        request.Effect("group.create", name, group.Id);
        return new(201, JumpCloudJson.Group(group));
    }

    public static JumpCloudAnswer Delete(JumpCloudRequest request)
    {
        var group = request.Group();
        request.State = request.State with
        {
            Groups = request.State.Groups.Remove(group.Id),
            Apps = request.State.Apps.SetItems(request.State.Apps.Values.Where(a => a.Groups.Contains(group.Id)).Select(a => KeyValuePair.Create(a.Id, a with { Groups = a.Groups.Remove(group.Id) }))),
        };
        request.Event("group_delete", JumpCloudEvents.About(group));
        request.Effect("group.delete", group.Name, group.Id);
        return JumpCloudAnswer.NoContent;
    }

    public static JumpCloudAnswer Members(JumpCloudRequest request) =>
        request.BarePage(request.State.MemberIds(request.Group("group_id")), id => JumpCloudJson.Edge("user", id));

    public static JumpCloudAnswer Membership(JumpCloudRequest request)
    {
        var group = request.Group("group_id");
        return request.BarePage(request.State.MemberIds(group), id => JumpCloudJson.Reached("user", id, [[JumpCloudJson.Edge("user", id)]]));
    }

    public static JumpCloudAnswer OfUser(JumpCloudRequest request)
    {
        var user = request.User("user_id");
        return request.BarePage(request.State.GroupsOf(user), g => JumpCloudJson.Reached("user_group", g.Id, [[JumpCloudJson.Edge("user_group", g.Id)]]));
    }

    /// <summary>Members of a group that its query fills are not changed by hand; how JumpCloud says so is described nowhere.</summary>
    public static JumpCloudAnswer ChangeMember(JumpCloudRequest request)
    {
        var group = request.Group("group_id");
        var (op, type, id) = Change(request.Object());
        if (type != "user") throw JumpCloudErrors.Invalid("type must be user.");
        var user = JumpCloudRequest.Find(request.State.Users, id);
        if (group.Method == "DYNAMIC_AUTOMATED") throw JumpCloudErrors.Invalid("The membership of this group is automated.", "invalidMembershipMethod");
        if (op == "update") return JumpCloudAnswer.NoContent;
        if (group.Members.Contains(id) == (op == "add")) throw op == "add" ? JumpCloudErrors.Conflict("Already Exists") : JumpCloudErrors.NotFound();

        request.State = request.State.With(group with { Members = op == "add" ? group.Members.Add(id) : group.Members.Remove(id) });
        request.Event("association_change", JumpCloudEvents.Tie(op, ("user_group", group.Id, group.Name), ("user", user.Id, user.Username)));
        request.Effect(op == "add" ? "group.add_member" : "group.remove_member", null, group.Id, user.Id);
        return JumpCloudAnswer.NoContent;
    }

    /// <summary>What a change of the graph asks for.</summary>
    public static (string Op, string Type, string Id) Change(JsonObject body)
    {
        if (!JumpCloudRequest.TryText(body, "op", out var op) || op is not ("add" or "remove" or "update")) throw JumpCloudErrors.Invalid("op must be add, remove or update.");
        if (!JumpCloudRequest.TryText(body, "type", out var type) || !JumpCloudRequest.TryText(body, "id", out var id)) throw JumpCloudErrors.Invalid("type and id are required.");
        return (op, type, id);
    }
}
