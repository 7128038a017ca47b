using System.Text.RegularExpressions;

namespace Siit.Iam.Emulator.Entra;

/// <summary>Groups that a rule over the department fills: <c>(user.department -eq "Sales")</c>.</summary>
internal static partial class DynamicGroups
{
    public static string Rule(string department) => $"(user.department -eq \"{department}\")";

    public static bool Has(EntraGroup group, EntraUser user) =>
        Form().Match(group.Properties.Text("membershipRule") ?? "") is { Success: true } rule
        && string.Equals(rule.Groups[1].Value, user.Properties.Text("department"), StringComparison.OrdinalIgnoreCase);

    public static void Apply(EntraRequest request, string userId)
    {
        var user = request.State.Users[userId];
        foreach (var group in request.State.Groups.Values.Where(group => group.Has("DynamicMembership")))
        {
            var (now, then) = (group.Members.Contains(userId), Has(group, user));
            if (now == then) continue;
            request.State = request.State.With(group with { Members = then ? group.Members.Add(userId) : group.Members.Remove(userId) });
            request.Audit(then ? "Add member to group" : "Remove member from group", "GroupManagement", then ? "Assign" : "Unassign", user.Target(), group.Target());
        }
    }

    [GeneratedRegex("""^\(user\.department -eq "([^"]*)"\)$""")]
    private static partial Regex Form();
}
