using Siit.Iam.Emulator.Company;

namespace Siit.Iam.Emulator.Google;

/// <summary>Groups, of the tenant or of one member.</summary>
internal static class GroupRoutes
{
    public static GoogleAnswer List(GoogleRequest request)
    {
        IEnumerable<GoogleGroup> groups = request.State.Index.Of(request.State.Groups).InOrder;
        if (request.Query("userKey") is { } key)
        {
            if (request.Query("customer") is not null) throw GoogleErrors.BadRequest("Bad Request");
            var member = request.State.FindUser(key)?.Id ?? request.State.FindGroup(key)?.Id ?? throw GoogleErrors.NotFound("userKey");
            groups = request.State.GroupsOf(member);
        }
        else if (request.Query("customer") is { } customer) request.Customer(customer);
        else if (request.Query("domain") is null) throw GoogleErrors.BadRequest("Bad Request");

        if (request.Query("query") is { } query) groups = groups.Where(GoogleQuery.TryParse<GoogleGroup>(query, Field) ?? throw GoogleErrors.Invalid("query"));
        return request.Page("admin#directory#groups", "groups", groups, g => g.Email, g => GoogleJson.Group(g, request.State), 200, 200);
    }

    public static GoogleAnswer Get(GoogleRequest request) => GoogleAnswer.Ok(GoogleJson.Group(request.Group(), request.State));

    public static GoogleAnswer Create(GoogleRequest request)
    {
        var body = request.Object();
        var email = GoogleRequest.Text(body, "email") ?? throw GoogleErrors.Missing("email");
        if (!email.EndsWith("@" + Acme.Domain, StringComparison.OrdinalIgnoreCase)) throw new GoogleRefusal(404, "notFound", "Domain not found.");
        if (request.State.IsTaken(email)) throw GoogleErrors.Exists();
        var group = new GoogleGroup(
            request.Ids.New("0").ToLowerInvariant(), email.ToLowerInvariant(), GoogleRequest.Text(body, "name") ?? email.Split('@')[0], GoogleRequest.Text(body, "description") ?? "");
        request.State = request.State.With(group);
        request.Log("admin", "GROUP_SETTINGS", "CREATE_GROUP", ("GROUP_EMAIL", group.Email));
        request.Effect("group.create", group.Email, group.Id);
        return GoogleAnswer.Ok(GoogleJson.Group(group, request.State));
    }

    public static GoogleAnswer Update(GoogleRequest request)
    {
        var group = request.Group();
        MemberRoutes.CheckRight(request, group);
        var body = request.Object();
        var next = group with { Name = GoogleRequest.Text(body, "name") ?? group.Name, Description = GoogleRequest.Text(body, "description") ?? group.Description };
        if (next.Name != group.Name) request.Log("admin", "GROUP_SETTINGS", "CHANGE_GROUP_NAME", ("GROUP_EMAIL", group.Email), ("NEW_VALUE", next.Name));
        if (next.Description != group.Description) request.Log("admin", "GROUP_SETTINGS", "CHANGE_GROUP_DESCRIPTION", ("GROUP_EMAIL", group.Email));
        if (GoogleRequest.Text(body, "email") is { } email && !email.Equals(group.Email, StringComparison.OrdinalIgnoreCase))
        {
            if (request.State.IsTaken(email)) throw GoogleErrors.Exists();
            next = next with { Email = email.ToLowerInvariant() };
            request.Log("admin", "GROUP_SETTINGS", "CHANGE_GROUP_EMAIL", ("GROUP_EMAIL", group.Email), ("NEW_VALUE", next.Email));
        }

        request.State = request.State.With(next);
        if (next != group) request.Effect("group.update", string.Join(',', body.Select(p => p.Key).Order(StringComparer.Ordinal)), group.Id);
        return GoogleAnswer.Ok(GoogleJson.Group(next, request.State));
    }

    public static GoogleAnswer Delete(GoogleRequest request)
    {
        var group = request.Group();
        MemberRoutes.CheckRight(request, group);
        request.State = request.State with
        {
            Groups = request.State.Groups.Remove(group.Id)
                .SetItems(request.State.Groups.Values.Where(g => g.Members.ContainsKey(group.Id)).Select(g => KeyValuePair.Create(g.Id, g with { Members = g.Members.Remove(group.Id) }))),
            Assignments = request.State.Assignments.RemoveAll(a => a.AssignedTo == group.Id),
        };
        request.Log("admin", "GROUP_SETTINGS", "DELETE_GROUP", ("GROUP_EMAIL", group.Email));
        request.Effect("group.delete", group.Email, group.Id);
        return GoogleAnswer.NoContent;
    }

    private static Func<GoogleGroup, IEnumerable<string?>>? Field(string name) => name switch
    {
        "email" => g => [g.Email],
        "name" => g => [g.Name],
        _ => null,
    };
}

/// <summary>The one API that shows what kind a group is.</summary>
internal static class CloudIdentityRoutes
{
    public static GoogleAnswer Lookup(GoogleRequest request) =>
        new(200, new System.Text.Json.Nodes.JsonObject { ["name"] = $"groups/{(request.State.FindGroup(request.Query("groupKey.id") ?? "") ?? throw GoogleErrors.NoGroup()).Id}" });

    public static GoogleAnswer Get(GoogleRequest request) =>
        new(200, GoogleJson.CloudGroup(request.State.Groups.GetValueOrDefault(request.Segment("id")) ?? throw GoogleErrors.NoGroup(), request.State.CustomerId));
}
