using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Entra;

internal static class GroupRoutes
{
    public static EntraAnswer List(EntraRequest request) => request.List("group", request.State.Groups.Values, group => group.Id, EntraJson.Group, context: "groups");

    public static EntraAnswer Get(EntraRequest request)
    {
        var json = EntraJson.Select(EntraJson.Group(request.Group()), "group", request.Query("$select"), request.State);
        json["@odata.context"] = $"{request.Root}/$metadata#groups/$entity";
        return EntraAnswer.Ok(json);
    }

    /// <summary>Properties, or up to 20 members at once.</summary>
    public static EntraAnswer Update(EntraRequest request)
    {
        var group = request.Group();
        var body = request.Object();
        if (body["members@odata.bind"] is JsonArray members)
        {
            if (members.Count is 0 or > 20) throw EntraErrors.BadRequest("The number of references to add must be between 1 and 20.");
            foreach (var member in members) Add(request, request.State.Groups[group.Id], IdOf((string?)member));
            return EntraAnswer.NoContent;
        }

        if (group.Flag("onPremisesSyncEnabled")) throw EntraErrors.BadRequest(EntraErrors.NotSupported);
        request.State = request.State.With(group with
        {
            Properties = body.Aggregate(group.Properties, (all, property) => property.Value is null ? all.Remove(property.Key) : all.SetItem(property.Key, JsonSerializer.SerializeToElement(property.Value))),
        });
        request.Effect("group.update", string.Join(',', body.Select(property => property.Key)), group.Id);
        return EntraAnswer.NoContent;
    }

    public static EntraAnswer Create(EntraRequest request)
    {
        var body = request.Object();
        foreach (var name in new[] { "displayName", "mailEnabled", "mailNickname", "securityEnabled" })
        {
            if (body[name] is null) throw EntraErrors.BadRequest($"A value is required for property '{name}' of resource 'Group'.");
        }

        var group = new EntraGroup(request.Ids.Uuid())
        {
            Properties = body.Where(property => property.Value is not null && !property.Key.Contains('@'))
                .Aggregate(EntraProperties.None.With("createdDateTime", EntraJson.Time(request.Now)), (all, property) => all.SetItem(property.Key, JsonSerializer.SerializeToElement(property.Value))),
        };
        request.State = request.State.With(group);
        request.Audit("Add group", "GroupManagement", "Add", group.Target());
        request.Effect("group.create", group.Name, group.Id);
        var json = EntraJson.Group(group);
        json["@odata.context"] = $"{request.Root}/$metadata#groups/$entity";
        return new(201, json);
    }

    public static EntraAnswer Delete(EntraRequest request)
    {
        var group = request.Group();
        if (group.Flag("onPremisesSyncEnabled")) throw EntraErrors.BadRequest(EntraErrors.NotSupported);
        request.State = request.State.Delete(group);
        request.Audit("Delete group", "GroupManagement", "Delete", group.Target());
        request.Effect("group.delete", group.Name, group.Id);
        return EntraAnswer.NoContent;
    }

    public static EntraAnswer AddMember(EntraRequest request)
    {
        Add(request, request.Group(), Referred(request));
        return EntraAnswer.NoContent;
    }

    public static EntraAnswer RemoveMember(EntraRequest request)
    {
        var group = request.Group();
        var id = request.Segment("memberId");
        Writable(request, group);
        if (!group.Members.Contains(id)) throw EntraErrors.NotFound(id);
        request.State = request.State.With(group with { Members = group.Members.Remove(id) });
        request.Audit("Remove member from group", "GroupManagement", "Unassign", Member(request, id), group.Target());
        request.Effect("group.remove_member", null, id, group.Id);
        return EntraAnswer.NoContent;
    }

    public static EntraAnswer Members(EntraRequest request)
    {
        var group = request.Group();
        return Objects(request, request.State.MembersOf(group), request.State.NestedIn(group), []);
    }

    public static EntraAnswer TransitiveMembers(EntraRequest request)
    {
        var group = request.Group();
        return Objects(request, request.State.AllMembersOf(group), [], []);
    }

    public static EntraAnswer MemberOf(EntraRequest request)
    {
        var user = request.User();
        return Objects(request, [], request.State.GroupsOf(user.Id), RolesOf(request.State, user.Id, throughGroups: false));
    }

    public static EntraAnswer TransitiveMemberOf(EntraRequest request)
    {
        var user = request.User();
        return Objects(request, [], request.State.AllGroupsOf(user.Id), RolesOf(request.State, user.Id, throughGroups: true));
    }

    public static EntraAnswer GetMemberGroups(EntraRequest request)
    {
        var onlySecurity = request.Object()["securityEnabledOnly"] is JsonValue flag && flag.GetValue<bool>();
        var groups = request.State.AllGroupsOf(request.User().Id).Where(group => !onlySecurity || group.Flag("securityEnabled"));
        return EntraAnswer.Ok(new JsonObject
        {
            ["@odata.context"] = $"{request.Root}/$metadata#Collection(Edm.String)",
            ["value"] = new JsonArray([.. groups.Select(group => JsonValue.Create(group.Id))]),
        });
    }

    public static EntraTarget Target(this EntraGroup group) => new(group.Id, "Group", group.Name);

    /// <summary>The object that a body refers to by its address.</summary>
    public static string Referred(EntraRequest request) => IdOf(EntraRequest.Text(request.Object(), "@odata.id"));

    private static string IdOf(string? reference) =>
        Uri.TryCreate(reference, UriKind.Absolute, out var address) && address.Segments.Length >= 3
            ? address.Segments[^1]
            : throw EntraErrors.BadRequest("Invalid URL format specified in @odata.id / @odata.bind for reference update.");

    private static void Add(EntraRequest request, EntraGroup group, string id)
    {
        if (!request.State.Users.ContainsKey(id) && !request.State.Groups.ContainsKey(id)) throw EntraErrors.NotFound(id);
        Writable(request, group);
        if (group.Flag("isAssignableToRole") && request.State.Groups.ContainsKey(id)) throw EntraErrors.BadRequest("A role-assignable group cannot have other groups added as members.");
        if (group.Members.Contains(id)) throw EntraErrors.AlreadyMember();
        request.State = request.State.With(group with { Members = group.Members.Add(id) });
        request.Audit("Add member to group", "GroupManagement", "Assign", Member(request, id), group.Target());
        request.Effect("group.add_member", null, id, group.Id);
    }

    private static void Writable(EntraRequest request, EntraGroup group)
    {
        if (group.Has("DynamicMembership")) throw EntraErrors.BadRequest("Insufficient privileges to complete the operation. Members of a dynamic group cannot be changed.");
        if (group.Flag("onPremisesSyncEnabled") || (group.Flag("mailEnabled") && !group.Has("Unified"))) throw EntraErrors.BadRequest(EntraErrors.NotSupported);
        if (group.Flag("isManagementRestricted")) throw EntraErrors.NotAllowed();
        if (group.Flag("isAssignableToRole") && !request.Holds("RoleManagement.ReadWrite.Directory")) throw EntraErrors.NotAllowed();
    }

    private static EntraTarget Member(EntraRequest request, string id) =>
        request.State.Users.TryGetValue(id, out var user) ? user.Target() : request.State.Groups[id].Target();

    private static IEnumerable<EntraRole> RolesOf(EntraState state, string userId, bool throughGroups) =>
        throughGroups
            ? state.ActiveRolesOf(userId)
            : state.RoleAssignments.Values.Where(a => !a.Eligible && a.PrincipalId == userId).Select(a => state.Roles[a.RoleId]).DistinctBy(role => role.Id);

    /// <summary>Directory objects of several types, or of the one that the path asks for.</summary>
    private static EntraAnswer Objects(EntraRequest request, IEnumerable<EntraUser> users, IEnumerable<EntraGroup> groups, IEnumerable<EntraRole> roles)
    {
        var type = request.Segment("cast") switch
        {
            "" => "directoryObject",
            "microsoft.graph.user" or "graph.user" => "user",
            "microsoft.graph.group" or "graph.group" => "group",
            "microsoft.graph.directoryRole" or "graph.directoryRole" => "directoryRole",
            var other => throw EntraErrors.BadRequest($"Resource not found for the segment '{other}'."),
        };
        var all = new List<(string Id, string Type, Func<JsonObject> Render)>();
        if (Wanted("user")) all.AddRange(users.Select(user => (user.Id, "user", (Func<JsonObject>)(() => EntraJson.User(user)))));
        if (Wanted("group")) all.AddRange(groups.Select(group => (group.Id, "group", (Func<JsonObject>)(() => EntraJson.Group(group)))));
        if (Wanted("directoryRole")) all.AddRange(roles.Select(role => (RoleRoutes.ActivatedId(role), "directoryRole", (Func<JsonObject>)(() => RoleRoutes.Role(request.State, role)))));
        all.Sort((one, other) => string.CompareOrdinal(one.Id, other.Id));
        return request.List(type, all, item => item.Id, Render, context: "directoryObjects");

        bool Wanted(string one) => type == "directoryObject" || type == one;

        JsonObject Render((string Id, string Type, Func<JsonObject> Render) item)
        {
            if (type != "directoryObject") return item.Render();
            // Nothing but the id has to be written out of most.
            return request.Query("$select") == "id" && request.Query("$filter") is null
                ? new JsonObject { ["@odata.type"] = $"#microsoft.graph.{item.Type}", ["id"] = item.Id }
                : EntraJson.Typed(EntraJson.Select(item.Render(), item.Type, null, request.State), item.Type);
        }
    }
}
