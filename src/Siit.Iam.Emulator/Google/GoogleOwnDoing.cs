using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Google;

/// <summary>What people do to themselves and to groups of their own, past the API: in logs of its own, and no effect of anybody's call.</summary>
internal static class GoogleOwnDoing
{
    /// <summary><c>{own: 2sv_enroll | 2sv_disable | password_edit, user}</c> or <c>{own: add_member | remove_member, user, group}</c>, done by an owner.</summary>
    public static (GoogleState State, string? Error) Arrange(GoogleState state, string doing, JsonObject change, SeededIds ids, DateTimeOffset now)
    {
        if (state.FindUser(GoogleRequest.Text(change, "user") ?? "") is not { } user) return (state, "There is no such user.");
        if (doing is "2sv_enroll" or "2sv_disable" or "password_edit")
        {
            if (doing != "password_edit") state = state.With(user with { EnrolledIn2Sv = doing == "2sv_enroll" });
            return (Logged(state, "user_accounts", user, GoogleLogEvent.Of(doing == "password_edit" ? "password_change" : "2sv_change", doing), ids, now), null);
        }

        if (doing is not ("add_member" or "remove_member")) return (state, $"Nobody does {doing}.");
        if (state.FindGroup(GoogleRequest.Text(change, "group") ?? "") is not { } group) return (state, "There is no such group.");
        var by = group.Members.Values.Where(m => m.Role == "OWNER").Select(m => state.Users.GetValueOrDefault(m.Id)).FirstOrDefault() ?? user;
        group = group with { Members = doing == "add_member" ? group.Members.SetItem(user.Id, new(user.Id, "USER", "MEMBER")) : group.Members.Remove(user.Id) };
        return (Logged(state.With(group), "groups_enterprise", by,
            GoogleLogEvent.Of("moderator_action", doing, ("group_id", group.Email), ("member_id", user.PrimaryEmail), ("member_type", "user")), ids, now), null);
    }

    private static GoogleState Logged(GoogleState state, string log, GoogleUser by, GoogleLogEvent one, SeededIds ids, DateTimeOffset now) =>
        state with { Log = state.Log.Add(GoogleActivity.Of(now, ids, state.LogDelay, log, by.PrimaryEmail, by.Id, one)) };
}
