using Siit.Iam.Agent.People.Hris;

namespace Siit.Iam.Emulator.Company;

/// <summary>Acme as its HRIS knows it: everybody who is employed, and somebody who begins next Monday and has no account yet.</summary>
internal static class HrisPeople
{
    public static string Csv(IEnumerable<Person> people, DateOnly today) => PeopleCsv.Write(
    [
        .. people.Where(person => !person.IsService && person.Mailbox is null).Select((person, place) => (Number(place), Of(person, today))),
        (Number(9000), Beginning(NextMonday(today))),
    ]);

    private static HrisFacts Of(Person person, DateOnly today) => new()
    {
        WorkEmail = person.Email,
        FirstName = person.First,
        LastName = person.Last,
        Manager = person.Manager is null ? null : $"{person.Manager}@{Acme.Domain}",
        Department = person.Department,
        Title = person.Title,
        Location = person.Department is "Sales" or "Executive" ? "Lisbon" : "Remote",
        CostCenter = person.Department.ToUpperInvariant(),
        EmploymentType = person.Title == "Contractor" ? "contractor" : "employee",
        Status = person.Situation == Situation.Gone ? EmploymentStatus.Left : EmploymentStatus.Active,
        Start = new DateOnly(today.Year - 2, 3, 1),
        End = person.Situation == Situation.Gone ? today.AddDays(-40) : null,
    };

    private static HrisFacts Beginning(DateOnly start) => new()
    {
        WorkEmail = $"jo@{Acme.Domain}",
        FirstName = "Johanna",
        LastName = "Vega",
        PreferredName = "Jo",
        Manager = $"mona@{Acme.Domain}",
        Department = "Sales",
        Title = "Account Executive",
        Location = "Lisbon",
        CostCenter = "SALES",
        EmploymentType = "employee",
        Start = start,
        ProbationEnd = start.AddMonths(3),
    };

    private static string Number(int place) => $"E{1001 + place}";

    private static DateOnly NextMonday(DateOnly today) => today.AddDays(((int)DayOfWeek.Monday - (int)today.DayOfWeek + 6) % 7 + 1);
}
