using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Okta;

/// <summary>Groups, who is in them, and the rules that fill them.</summary>
internal static class GroupRoutes
{
    public static OktaAnswer List(OktaRequest request)
    {
        IEnumerable<OktaGroup> groups = request.State.Groups.Values;
        if (OktaFilter.Ids(request.Query("filter")) is { } ids) return Page(request, ids.Select(id => request.State.Groups.GetValueOrDefault(id)).OfType<OktaGroup>());
        if (request.Query("search") is { } search) groups = groups.Where(OktaFilter.TryParse<OktaGroup>(search, Attribute) ?? throw OktaErrors.BadSearch());
        if (request.Query("filter") is { } filter) groups = groups.Where(OktaFilter.TryParse<OktaGroup>(filter, a => a.StartsWith("profile.", StringComparison.Ordinal) ? null : Attribute(a)) ?? throw OktaErrors.BadSearch());
        if (request.Query("q") is { } q) groups = groups.Where(g => g.Name.StartsWith(q, StringComparison.OrdinalIgnoreCase));
        return Page(request, groups);
    }

    public static OktaAnswer OfUser(OktaRequest request)
    {
        var user = request.User();
        // Okta does not page this list.
        return OktaAnswer.Ok(new JsonArray([.. request.State.GroupsOf(user).Select(g => OktaJson.Group(g, request.State, request.Origin, null))]));
    }

    public static OktaAnswer Get(OktaRequest request) => OktaAnswer.Ok(OktaJson.Group(request.Group(), request.State, request.Origin, request.Query("expand")));

    public static OktaAnswer Create(OktaRequest request)
    {
        var profile = request.Object()["profile"] as JsonObject ?? throw OktaErrors.Invalid("profile");
        if (!OktaRequest.TryText(profile, "name", out var name) || name.Length is 0 or > 255) throw OktaErrors.Invalid("name", "name: The field cannot be left blank");
        if (request.State.Groups.Values.Any(g => g.Name == name)) throw OktaErrors.Invalid("name", "name: An object with this field already exists in the current organization");
        OktaRequest.TryText(profile, "description", out var description);
        var group = new OktaGroup(request.Ids.New("00g"), "OKTA_GROUP", name, description ?? "", request.Now, request.Now, request.Now);
        request.State = request.State.With(group);
        request.Event("group.lifecycle.create", "Create Okta group", group.Target());
        request.Effect("group.create", name, group.Id);
        return OktaAnswer.Ok(OktaJson.Group(group, request.State, request.Origin, null));
    }

    public static OktaAnswer Delete(OktaRequest request)
    {
        var group = request.Group();
        CheckWritable(request, group);
        request.Event("group.lifecycle.delete", "Delete Okta group", group.Target());
        Membership.AppsFollow(request, group, () => request.State = request.State with
        {
            Groups = request.State.Groups.Remove(group.Id),
            Apps = request.State.Apps.SetItems(request.State.Apps.Values.Where(a => a.Groups.ContainsKey(group.Id)).Select(a => KeyValuePair.Create(a.Id, a with { Groups = a.Groups.Remove(group.Id) }))),
        });
        request.Effect("group.delete", group.Name, group.Id);
        return OktaAnswer.NoContent;
    }

    public static OktaAnswer Members(OktaRequest request)
    {
        var (group, users) = (request.Group(), request.State.Users);
        return group.Type == "BUILT_IN"
            ? request.UserPage("users", users, u => OktaState.IsEverybody(u.Value) ? u.Value : null, 1000, 1000)
            : request.UserPage(group.Id, group.Members, m => users.GetValueOrDefault(m.Key), 1000, 1000);
    }

    public static OktaAnswer AddMember(OktaRequest request)
    {
        var (group, user) = (request.Group(), request.User("userId"));
        CheckWritable(request, group);
        if (Membership.Add(request, group.Id, user)) request.Effect("group.add_member", null, group.Id, user.Id);
        return OktaAnswer.NoContent;
    }

    public static OktaAnswer RemoveMember(OktaRequest request)
    {
        var (group, user) = (request.Group(), request.User("userId"));
        CheckWritable(request, group);
        var rule = group.Members.GetValueOrDefault(user.Id);
        if (!Membership.Remove(request, group.Id, user)) return OktaAnswer.NoContent;
        if (!string.IsNullOrEmpty(rule)) Membership.ExcludeFromRule(request, rule, user);
        request.Effect("group.remove_member", string.IsNullOrEmpty(rule) ? null : "excluded from rule", group.Id, user.Id);
        return OktaAnswer.NoContent;
    }

    public static OktaAnswer Apps(OktaRequest request)
    {
        var group = request.Group();
        return request.Page(request.State.Apps.Values.Where(a => a.Groups.ContainsKey(group.Id)), a => a.Id, a => OktaJson.App(a, request.Origin), 20, 200);
    }

    public static OktaAnswer Rules(OktaRequest request)
    {
        var search = request.Query("search");
        var rules = request.State.Rules.Values.Where(r => search is null || r.Name.Contains(search, StringComparison.OrdinalIgnoreCase));
        return request.Page(rules, r => r.Id, Rule, 50, 200);
    }

    public static OktaAnswer GetRule(OktaRequest request) =>
        OktaAnswer.Ok(Rule(request.State.Rules.GetValueOrDefault(request.Segment("groupRuleId")) ?? throw OktaErrors.NotFound(request.Segment("groupRuleId"), "GroupRule")));

    /// <summary>Only Okta's own groups can be written, and those that carry a role only by a super administrator.</summary>
    public static void CheckWritable(OktaRequest request, OktaGroup group)
    {
        if (group.Type != "OKTA_GROUP") throw OktaErrors.NotForThisGroup();
        request.NeedsSuperAdminFor(group.Roles.Count > 0);
    }

    private static OktaAnswer Page(OktaRequest request, IEnumerable<OktaGroup> groups) =>
        request.Page(groups, g => g.Id, g => OktaJson.Group(g, request.State, request.Origin, request.Query("expand")), 10_000, 10_000);

    private static JsonObject Rule(OktaRule rule) => new()
    {
        ["type"] = "group_rule",
        ["id"] = rule.Id,
        ["status"] = rule.Status,
        ["name"] = rule.Name,
        ["created"] = OktaJson.Time(rule.Created),
        ["lastUpdated"] = OktaJson.Time(rule.LastUpdated),
        ["conditions"] = new JsonObject
        {
            ["people"] = new JsonObject
            {
                ["users"] = new JsonObject { ["exclude"] = new JsonArray([.. rule.Excluded.Select(e => JsonValue.Create(e))]) },
                ["groups"] = new JsonObject { ["exclude"] = new JsonArray() },
            },
            ["expression"] = new JsonObject { ["value"] = $"user.{rule.Attribute}==\"{rule.Value}\"", ["type"] = "urn:okta:expression:1.0" },
        },
        ["actions"] = new JsonObject { ["assignUserToGroups"] = new JsonObject { ["groupIds"] = new JsonArray([.. rule.GroupIds.Select(g => JsonValue.Create(g))]) } },
    };

    private static Func<OktaGroup, IEnumerable<string?>>? Attribute(string name) => name switch
    {
        "id" => g => [g.Id],
        "type" => g => [g.Type],
        "created" => g => [OktaJson.Time(g.Created)],
        "lastUpdated" => g => [OktaJson.Time(g.LastUpdated)],
        "lastMembershipUpdated" => g => [OktaJson.Time(g.LastMembershipUpdated)],
        "profile.name" => g => [g.Name],
        "profile.description" => g => [g.Description],
        _ => null,
    };
}
