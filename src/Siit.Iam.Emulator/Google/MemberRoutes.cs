using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Company;

namespace Siit.Iam.Emulator.Google;

/// <summary>Who is in a group.</summary>
internal static class MemberRoutes
{
    private static readonly string[] Roles = ["MEMBER", "MANAGER", "OWNER"];

    public static GoogleAnswer List(GoogleRequest request)
    {
        var group = request.Group();
        var wanted = request.Query("roles")?.Split(',');
        IEnumerable<GoogleMember> members = request.Flag("includeDerivedMembership") ? Derived(request.State, group, 0).DistinctBy(m => m.Id)
            : group.Department is null ? request.State.Index.Of(group).InOrder : request.State.MembersOf(group);
        return request.Page("admin#directory#members", "members", wanted is null ? members : members.Where(m => wanted.Contains(m.Role)),
            m => m.Id, m => GoogleJson.Member(m, request.State), 200, 200);
    }

    public static GoogleAnswer Get(GoogleRequest request) => GoogleAnswer.Ok(GoogleJson.Member(Found(request, request.Group()), request.State));

    public static GoogleAnswer HasMember(GoogleRequest request)
    {
        var group = request.Group();
        var user = request.State.FindUser(request.Segment("memberKey")) ?? throw GoogleErrors.NotFound("memberKey");
        return new(200, new JsonObject { ["isMember"] = request.State.IsInside(group, user.Id) });
    }

    public static GoogleAnswer Add(GoogleRequest request)
    {
        var group = request.Group();
        CheckRight(request, group);
        var body = request.Object();
        var key = GoogleRequest.Text(body, "id") ?? GoogleRequest.Text(body, "email") ?? throw GoogleErrors.Missing("memberKey");
        var role = GoogleRequest.Text(body, "role") ?? "MEMBER";
        if (!Roles.Contains(role)) throw GoogleErrors.Invalid("role");
        var member = Resolve(request, key, role);
        if (request.State.MemberOf(group, member.Id) is not null) throw GoogleErrors.MemberExists();
        CheckKind(group);
        if (member.Id == group.Id || (request.State.Groups.TryGetValue(member.Id, out var inner) && request.State.IsInside(inner, group.Id))) throw GoogleErrors.Cyclic();

        request.State = request.State.With(group with { Members = group.Members.SetItem(member.Id, member) });
        request.Log("admin", "GROUP_SETTINGS", "ADD_GROUP_MEMBER", ("GROUP_EMAIL", group.Email), ("USER_EMAIL", Email(request.State, member)));
        request.Effect("group.add_member", null, group.Id, member.Id);
        return GoogleAnswer.Ok(GoogleJson.Member(member, request.State));
    }

    public static GoogleAnswer Update(GoogleRequest request)
    {
        var group = request.Group();
        CheckRight(request, group);
        CheckKind(group);
        var member = Found(request, group);
        var role = GoogleRequest.Text(request.Object(), "role") ?? member.Role;
        if (!Roles.Contains(role)) throw GoogleErrors.Invalid("role");
        var next = member with { Role = role };
        if (next == member) return GoogleAnswer.Ok(GoogleJson.Member(member, request.State));
        request.State = request.State.With(group with { Members = group.Members.SetItem(member.Id, next) });
        request.Log("admin", "GROUP_SETTINGS", "UPDATE_GROUP_MEMBER", ("GROUP_EMAIL", group.Email), ("USER_EMAIL", Email(request.State, member)));
        request.Effect("group.update_member", role, group.Id, member.Id);
        return GoogleAnswer.Ok(GoogleJson.Member(next, request.State));
    }

    public static GoogleAnswer Remove(GoogleRequest request)
    {
        var group = request.Group();
        CheckRight(request, group);
        var member = Found(request, group);
        CheckKind(group);
        request.State = request.State.With(group with { Members = group.Members.Remove(member.Id) });
        request.Log("admin", "GROUP_SETTINGS", "REMOVE_GROUP_MEMBER", ("GROUP_EMAIL", group.Email), ("USER_EMAIL", Email(request.State, member)));
        request.Effect("group.remove_member", null, group.Id, member.Id);
        return GoogleAnswer.NoContent;
    }

    /// <summary>A group that carries a role is for super administrators.</summary>
    public static void CheckRight(GoogleRequest request, GoogleGroup group)
    {
        if (!request.Caller.IsSuper && request.State.Assignments.Any(a => a.AssignedTo == group.Id)) throw GoogleErrors.NotAllowed();
    }

    private static void CheckKind(GoogleGroup group)
    {
        if (group.Kind == "DYNAMIC") throw GoogleErrors.Invalid("Members of a dynamic group cannot be changed");
        if (group.Kind == "LOCKED") throw GoogleErrors.NotAllowed();
    }

    private static GoogleMember Found(GoogleRequest request, GoogleGroup group)
    {
        var key = request.Segment("memberKey");
        if (key.Contains('@', StringComparison.Ordinal) && !key.EndsWith("@" + Acme.Domain, StringComparison.OrdinalIgnoreCase)) throw GoogleErrors.Missing("memberKey");
        var id = request.State.FindUser(key)?.Id ?? request.State.FindGroup(key)?.Id ?? key;
        return request.State.MemberOf(group, id) ?? throw GoogleErrors.NotFound("memberKey");
    }

    private static GoogleMember Resolve(GoogleRequest request, string key, string role)
    {
        if (request.State.FindUser(key) is { } user)
            return user.Visible <= request.Now ? new(user.Id, "USER", role) : throw GoogleErrors.NotFound("memberKey");
        return request.State.FindGroup(key) is { } group ? new(group.Id, "GROUP", role) : throw GoogleErrors.NotFound("memberKey");
    }

    private static IEnumerable<GoogleMember> Derived(GoogleState state, GoogleGroup group, int depth) => state.MembersOf(group).SelectMany(m =>
        m.Type == "GROUP" && depth < 20 && state.Groups.TryGetValue(m.Id, out var inner) ? Derived(state, inner, depth + 1).Prepend(m) : [m]);

    private static string Email(GoogleState state, GoogleMember member) =>
        state.Users.GetValueOrDefault(member.Id)?.PrimaryEmail ?? state.Groups.GetValueOrDefault(member.Id)?.Email ?? member.Id;
}
