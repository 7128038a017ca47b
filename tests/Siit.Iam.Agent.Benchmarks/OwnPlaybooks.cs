using System.Text.RegularExpressions;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>
/// The shipped playbooks with the edits of an organisation on whose first of the month many begin and leave: as many people in a day, and
/// for who leaves a standing approval instead of an approve step. Whoever begins is agreed to by people: the checker lets no text of an HRIS
/// into an account, a group or an application without that.
/// </summary>
internal static partial class OwnPlaybooks
{
    private const string ManyADay = "daily: { people: 100000 }";

    /// <summary>Day-1 at one connection, started by the HRIS.</summary>
    public static string DayOne => Daily().Replace(Shipped("day1-provisioning"), ManyADay);

    /// <summary>The same, started only by <see cref="Everywhere"/>.</summary>
    public static string DayOneCalled => TriggersOf().Replace(DayOne, "triggers:\n  - manual\n");

    public static string Leaver => Daily().Replace(ApproveSteps().Replace(Shipped("offboard-leaver"), ""), $"{ManyADay}\n  standing: SA-LEAVER");

    /// <summary>Day-1 at every connection: the shipped one, called once per connection.</summary>
    public static string Everywhere(IEnumerable<string> connections) =>
        $$"""
        schema: playbook/v1
        id: day1-everywhere
        version: 1.0.0
        title: Day-1 provisioning everywhere
        owner: group:it-identity
        triggers:
          - hris: { date: start, offset: -P3D, at: "09:00", zone: person, catchUp: P5D }
            where: employee.status == 'active'
            bind: { employee: =employee }
        inputs:
          employee: { type: Employee, description: Who starts }
        policy:
          tools: [find_person, find_group, find_application, create_user, unsuspend_user, suspend_user, add_to_group, remove_from_group, add_application, remove_application]
          targets: { person: person == input.employee.work_email }
          limits: { people: 1, writes: 96 }
        steps:
          - id: everywhere
            parallel:
        {{string.Join('\n', connections.Select(name => $"      {name}:\n        - id: {name}\n          call: {{ playbook: day1-provisioning, version: ^1 }}\n          with: {{ employee: =input.employee, connection: {name} }}\n"))}}
        """;

    private static string Shipped(string id)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Siit.Iam.Agent.sln")))
                return File.ReadAllText(Path.Combine(at.FullName, "playbooks", $"{id}.yaml"));
        }

        throw new IOException("The repository's playbooks are not above this program: run it from where it was built.");
    }

    [GeneratedRegex(@"^( *)- id: agree\w*\n(?:\1  .*\n)+\n?", RegexOptions.Multiline)]
    private static partial Regex ApproveSteps();

    [GeneratedRegex(@"daily: \{[^}]*\}")]
    private static partial Regex Daily();

    [GeneratedRegex(@"^triggers:\n(?: .*\n)+", RegexOptions.Multiline)]
    private static partial Regex TriggersOf();
}
