using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Emulator.Company;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>Who stands in the HRIS: the emulated company's ordinary people, and others who have no account yet.</summary>
internal static class Staff
{
    private static readonly string[] Departments = ["Engineering", "Sales", "Support"];

    public static DateOnly Today => DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);

    /// <summary>
    /// No administrator, service or story of the tests is among them, and nobody whose account at Entra comes from elsewhere: that one is
    /// suspended there.
    /// </summary>
    public static IReadOnlyList<string> Employed(int people) =>
        [.. Acme.Of(people, seed: 1).People.Skip(WellKnownPeople.All.Count).Where(person => person.Department is not ("Finance" or "HR")).Select(person => person.Email)];

    public static (string Id, HrisFacts Facts) Employee(int place, string email, DateOnly? end = null) => ($"E{10_000 + place}", new HrisFacts
    {
        WorkEmail = email,
        FirstName = email.Split('.')[0],
        LastName = email.Split('.', '@')[1],
        Department = "Engineering",
        Start = Today.AddYears(-2),
        End = end,
    });

    public static string JoinerEmail(int place) => $"joiner.{place:00000}@{Acme.Domain}";

    public static string DepartmentOf(int place) => Departments[place % Departments.Length];

    public static (string Id, HrisFacts Facts) Joiner(int place, DateOnly start) => ($"J{10_000 + place}", new HrisFacts
    {
        WorkEmail = JoinerEmail(place),
        FirstName = "Joiner",
        LastName = $"N{place:00000}",
        Department = DepartmentOf(place),
        Start = start,
    });
}
