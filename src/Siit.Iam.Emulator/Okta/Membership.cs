namespace Siit.Iam.Emulator.Okta;

/// <summary>Who is in a group, what follows for applications, and what rules make of it.</summary>
internal static class Membership
{
    private const string ByHand = "";

    /// <returns>False when the user was in already.</returns>
    public static bool Add(OktaRequest request, string groupId, OktaUser user, string byRule = ByHand)
    {
        var group = request.State.Groups[groupId];
        if (group.Members.ContainsKey(user.Id)) return false;
        var before = request.State.AppsOf(user);
        request.State = request.State.With(group with { Members = group.Members.SetItem(user.Id, byRule), LastMembershipUpdated = request.Now });
        request.Event("group.user_membership.add", "Add user to group membership", user.Target(), group.Target());
        AppsFollow(request, user, before);
        return true;
    }

    public static bool Remove(OktaRequest request, string groupId, OktaUser user)
    {
        var group = request.State.Groups[groupId];
        if (!group.Members.ContainsKey(user.Id)) return false;
        var before = request.State.AppsOf(user);
        request.State = request.State.With(group with { Members = group.Members.Remove(user.Id), LastMembershipUpdated = request.Now });
        request.Event("group.user_membership.remove", "Remove user from group membership", user.Target(), group.Target());
        AppsFollow(request, user, before);
        return true;
    }

    /// <summary>Logs the applications that somebody has got and lost since, whatever the reason.</summary>
    public static void AppsFollow(OktaRequest request, OktaUser user, IReadOnlyList<OktaApp> before)
    {
        var now = request.State.AppsOf(user);
        foreach (var app in now.ExceptBy(before.Select(a => a.Id), a => a.Id))
            request.Event("application.user_membership.add", "Add user to application membership", user.AppUser(), app.Target(), user.Target());
        foreach (var app in before.ExceptBy(now.Select(a => a.Id), a => a.Id))
            request.Event("application.user_membership.remove", "Remove user's application membership", user.AppUser(), app.Target(), user.Target());
    }

    /// <summary>The same for everybody in a group.</summary>
    public static void AppsFollow(OktaRequest request, OktaGroup group, Action change)
    {
        var before = request.State.MembersOf(group).Select(u => (User: u, Apps: request.State.AppsOf(u))).ToList();
        change();
        foreach (var (user, apps) in before) AppsFollow(request, user, apps);
    }

    /// <summary>Whom an administrator takes out of a group that a rule fills does not come back by that rule.</summary>
    public static void ExcludeFromRule(OktaRequest request, string ruleId, OktaUser user)
    {
        var rule = request.State.Rules[ruleId];
        var excluded = rule with { Excluded = rule.Excluded.Add(user.Id), LastUpdated = request.Now };
        request.State = request.State with { Rules = request.State.Rules.SetItem(ruleId, excluded) };
        request.Event("group.user_membership.rule.add_exclusion", "Add user to group rule exclusion list", user.Target(), rule.Target());
    }

    /// <summary>Puts a user where the active rules want him, and takes him from where a rule put him and no longer does.</summary>
    public static void ApplyRules(OktaRequest request, string userId)
    {
        foreach (var rule in request.State.Rules.Values.Where(r => r.Status == "ACTIVE"))
        {
            var user = request.State.Users[userId];
            var fits = user.Text(rule.Attribute) == rule.Value && !rule.Excluded.Contains(userId) && user.Status != "DEPROVISIONED";
            foreach (var groupId in rule.GroupIds)
            {
                if (fits) Add(request, groupId, user, rule.Id);
                else if (request.State.Groups[groupId].Members.GetValueOrDefault(userId) == rule.Id) Remove(request, groupId, user);
            }
        }
    }
}
