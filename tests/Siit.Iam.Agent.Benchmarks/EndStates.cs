using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>Whether everybody is as they should be after <see cref="MassRuns"/>, as the IdPs themselves tell, and whether each effect happened once.</summary>
internal static class EndStates
{
    /// <summary>Work emails that have an account at each IdP.</summary>
    public static async Task<IReadOnlySet<string>> EverywhereAsync(EmulatedIdpsChild idps)
    {
        HashSet<string>? everywhere = null;
        foreach (var name in idps.Names)
        {
            var there = (await idps.StateAsync(name))["users"]!.AsArray().Select(user => (user!["email"] ?? user["login"])!.GetValue<string>()).ToHashSet(StringComparer.OrdinalIgnoreCase);
            if (everywhere is null)
                everywhere = there;
            else
                everywhere.IntersectWith(there);
        }

        return everywhere!;
    }

    public static async Task TellAsync(Report report, EmulatedIdpsChild idps, IReadOnlyList<string> leavers, int joiners)
    {
        foreach (var name in idps.Names)
        {
            var state = await idps.StateAsync(name);
            var users = state["users"]!.AsArray().ToDictionary(user => (user!["email"] ?? user["login"])!.GetValue<string>(), user => user!, StringComparer.OrdinalIgnoreCase);
            var direct = Members(state["apps"]?.AsArray() ?? [], "label", ["direct", "assigned"]);
            var wrong = leavers.Where(email => !users.TryGetValue(email, out var user) || !IsClosed(user) || direct.Values.Any(members => members.Contains(LoginOf(user)))).ToList();
            report.Tell($"  leavers suspended at {name}, no direct application left", "", [leavers.Count - wrong.Count]);
            foreach (var email in wrong.Take(3))
                System.Console.Error.WriteLine($"WRONG at {name}: {email} {users.GetValueOrDefault(email)?.ToJsonString()} {string.Join(' ', direct.Where(app => app.Value.Contains(email)).Select(app => app.Key))}");
            if (name == "okta")
                Joiners(report, state, users, direct, joiners);
            var ledger = await idps.LedgerAsync(name);
            foreach (var verb in ledger.GroupBy(effect => effect.Verb).OrderBy(verb => verb.Key, StringComparer.Ordinal))
            {
                var again = verb.Count() - verb.Distinct().Count();
                report.Tell($"  effects at {name}: {verb.Key}{(again > 0 ? $", of them again on the same: {again}" : "")}", "", [verb.Count()]);
            }
        }
    }

    private static void Joiners(Report report, JsonNode state, Dictionary<string, JsonNode> users, Dictionary<string, HashSet<string>> direct, int joiners)
    {
        var groups = Members(state["groups"]!.AsArray(), "name", ["members"]);
        var right = 0;
        for (var place = 0; place < joiners; place++)
        {
            var (email, department) = (Staff.JoinerEmail(place), Staff.DepartmentOf(place));
            var application = department switch { "Engineering" => "AWS", "Sales" => "Figma", _ => null };
            var isRight = users.ContainsKey(email) && groups[department].Contains(email) && (application is null || direct[application].Contains(email));
            right += isRight ? 1 : 0;
            if (!isRight && right > place - 3)
                System.Console.Error.WriteLine($"WRONG at okta: {email} of {department}: {users.GetValueOrDefault(email)?.ToJsonString()}");
        }

        report.Tell("  joiners at okta with account, group and application", "", [right]);
    }

    private static Dictionary<string, HashSet<string>> Members(JsonArray things, string name, string[] lists) => things.ToDictionary(
        thing => (thing![name] ?? thing["name"])!.GetValue<string>(),
        thing => lists.SelectMany(list => thing![list]?.AsArray() ?? []).Select(who => who!.GetValue<string>()).ToHashSet(StringComparer.OrdinalIgnoreCase));

    private static string LoginOf(JsonNode user) => (user["login"] ?? user["username"] ?? user["email"])!.GetValue<string>();

    /// <summary>Each vendor's own word.</summary>
    private static bool IsClosed(JsonNode user) =>
        user["enabled"] is { } enabled ? !enabled.GetValue<bool>() : (user["state"] ?? user["status"])!.GetValue<string>().Equals("suspended", StringComparison.OrdinalIgnoreCase);
}
