using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.Company;

/// <summary>The company that all emulated IdPs serve.</summary>
internal sealed record Acme(IReadOnlyList<Person> People)
{
    public const string Domain = "acme.example";

    public static Acme Of(EmulatorOptions options) => Of(options.People, options.Seed, options.Groups, options.Memberships);

    /// <param name="groups">How many groups there are; those below are always there.</param>
    /// <param name="memberships">In how many of them, but <c>Everyone</c>, each person is at least.</param>
    public static Acme Of(int people, int seed, int groups = 0, int memberships = 0)
    {
        var acme = new Acme([.. WellKnownPeople.All, .. ManyPeople.Of(people - WellKnownPeople.All.Count, seed)]);
        return acme with { Teams = [.. acme.Teams, .. ManyTeams.Of(acme, groups - acme.Teams.Count, memberships, seed)] };
    }

    public IReadOnlyList<Team> Teams { get; private init; } =
    [
        new("Everyone", "All people of the organization", _ => true, GroupKind.Everyone),
        new("Engineering", "Builds the product", p => p.Department == "Engineering"),
        new("Sales", "Sells the product", p => p.Department == "Sales"),
        new("Support", "Answers customers", p => p.Department == "Support"),
        new("Finance", "Counts", p => p.Department == "Finance"),
        new("HR", "People operations", p => p.Department == "HR"),
        new("VPN Users", "May use the VPN", p => p.Department is "Engineering" or "IT" or "Security" || p.Login == "ana"),
        new("Figma Editors", "Paid seats", p => p.Title.Contains("Designer", StringComparison.Ordinal) || p.Login is "ana" or "ben"),
        new("IT Agents", "Work on tickets; may approve ordinary calls", p => p.Department == "IT" && !p.IsService),
        new("Security Approvers", "Approve what is risky", p => p.Department == "Security"),
        new("Okta Super Admins", "Carries the super administrator role", p => p.Login == "theo") { AdminRole = "super" },
        new("All Sales", "Filled by a rule", p => p.Department == "Sales", GroupKind.ByRule) { RuleDepartment = "Sales" },
        new("AD Domain Users", "Imported from Active Directory", p => p.Department is "Finance" or "HR", GroupKind.FromDirectory),
    ];

    public IReadOnlyList<Product> Products { get; } =
    [
        new("github_enterprise", "GitHub", ["Engineering"], p => p.Login == "dora"),
        new("slack", "Slack", ["Everyone"], _ => false),
        new("figma", "Figma", ["Figma Editors"], p => p.Login == "carla"),
        new("salesforce", "Salesforce", ["All Sales"], p => p.Login is "ana" or "carla"),
        new("jira", "Jira", ["Engineering", "Support"], p => p.Department == "IT"),
        new("amazon_aws", "AWS", [], p => p.Title.Contains("Platform", StringComparison.Ordinal) || p.Login is "ben" or "theo"),
        new("zoomus", "Zoom", ["Everyone"], _ => false),
        new("notion", "Notion", ["Engineering", "HR"], p => p.Login == "ana"),
        new("workday", "Workday", ["HR", "AD Domain Users"], _ => false),
        new("1password", "1Password", ["VPN Users"], p => p.Department == "Finance"),
    ];
}
