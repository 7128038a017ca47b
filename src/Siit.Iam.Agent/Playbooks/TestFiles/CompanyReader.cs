using System.Globalization;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate.Rehearsals;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.TestFiles;

/// <summary>Reads a company as it is written in a test file or beside it. Its form was checked before.</summary>
internal sealed class CompanyReader(Report report)
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    /// <param name="given">What is otherwise in one case: people by email, employees and requests by id.</param>
    public PicturedCompany Read(YamlMapping directory, YamlMapping? given, YamlScalar? now)
    {
        var connections = Connections(given?.Mapping("connections") ?? directory.Mapping("connections"));
        var groups = Both(directory, given, "groups", "name");
        var applications = Both(directory, given, "applications", "name");
        var people = Both(directory, given, "people", "email").Cast<YamlMapping>().ToList();
        var at = (now ?? given?.Scalar("now") ?? directory.Scalar("now")) is { } written && CelTime.Timestamp(written.Text) is { } time ? time : Monday;
        return new PicturedCompany(
            new PicturedDirectory { Now = at, Connections = [.. connections.Select(connection => Tenant(connection.Name, connection.Idp, groups, applications, people))] },
            [.. Both(directory, given, "employees", "id").Cast<YamlMapping>().Select(employee => Employee(employee, at))],
            [.. Both(directory, given, "requests", "id").Cast<YamlMapping>().Select(Request)],
            [.. people.Where(person => person.Scalar("protected")?.AsBool == true).Select(person => person.Text("email")!)]);
    }

    /// <param name="written">Null: nothing is said of connections.</param>
    public static IEnumerable<string> ConnectionsOf(YamlMapping? written) => Connections(written).Select(connection => connection.Name);

    private static IReadOnlyList<(string Name, string Idp)> Connections(YamlMapping? written) => written is null
        ? [("okta", "okta")]
        : [.. written.Entries.Select(entry => (entry.Key.Text, ((YamlScalar)entry.Value).Text))];

    private static List<YamlNode> Both(YamlMapping directory, YamlMapping? given, string list, string key)
    {
        string? KeyOf(YamlNode node) => (node as YamlScalar)?.Text ?? (node as YamlMapping)?.Text(key);
        var instead = (given?.Sequence(list)?.Items ?? []).ToList();
        var keys = instead.Select(KeyOf).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. (directory.Sequence(list)?.Items ?? []).Where(node => !keys.Contains(KeyOf(node))), .. instead];
    }

    private PicturedTenant Tenant(string name, string idp, List<YamlNode> groups, List<YamlNode> applications, List<YamlMapping> people)
    {
        List<PicturedApplication> offered = [.. applications.Select(one => one is YamlMapping with ? new PicturedApplication(with.Text("name")!, with.Text("name")!, with.Text("group")) { Owners = Owners(with) } : new PicturedApplication(((YamlScalar)one).Text, ((YamlScalar)one).Text))];
        List<PicturedGroup> there = [.. groups.Select(one => one is YamlMapping with
            ? new PicturedGroup(with.Text("name")!, with.Text("name")!, Ids(with, "applications", offered.Select(application => application.Id)), Ids(with, "roles", null)) { Owners = Owners(with) }
            : new PicturedGroup(((YamlScalar)one).Text, ((YamlScalar)one).Text, [], []))];
        var accounts = people.Select(person => Account(person, name, there, offered)).OfType<PicturedAccount>().ToList();
        // Many members of whom no more has to be known.
        foreach (var crowd in groups.OfType<YamlMapping>().Where(group => group.Scalar("members")?.AsInt > 0))
        {
            accounts.AddRange(Enumerable.Range(1, (int)crowd.Scalar("members")!.AsInt!).Select(number => new PicturedAccount
            {
                Id = $"{name}-member-{number}",
                Email = $"member{number}@{name}.example",
                Status = "active",
                Groups = [crowd.Text("name")!],
            }));
        }

        return new PicturedTenant(name, idp, there, offered, accounts);
    }

    private PicturedAccount? Account(YamlMapping person, string connection, List<PicturedGroup> groups, List<PicturedApplication> applications)
    {
        if (person.Mapping("accounts")?.Find(connection) is not { } written)
            return null;
        var account = written as YamlMapping;
        var email = person.Text("email")!;
        return new PicturedAccount
        {
            Id = $"{connection}-{email.Split('@')[0]}",
            Email = email,
            FirstName = person.Text("first_name") ?? Capital(email.Split('@')[0].Split('.')[0]),
            LastName = person.Text("last_name") ?? "Example",
            Status = (written as YamlScalar)?.Text ?? account!.Text("status") ?? "active",
            Department = person.Text("department"),
            Title = person.Text("title"),
            Manager = person.Text("manager"),
            Groups = account is null ? [] : Ids(account, "groups", groups.Select(group => group.Id)),
            Applications = account is null ? [] : Ids(account, "applications", applications.Select(application => application.Id)),
            Roles = account is null ? [] : Ids(account, "roles", null),
            Factors = account is null ? [] : Ids(account, "factors", null),
            Grants = account is null ? [] : Ids(account, "grants", null),
        };
    }

    private static List<string> Owners(YamlMapping of) => [.. (of.Sequence("owners")?.Items ?? []).OfType<YamlScalar>().Select(owner => owner.Text)];

    private List<string> Ids(YamlMapping of, string key, IEnumerable<string>? known)
    {
        var names = known?.ToList();
        var ids = (of.Sequence(key)?.Items ?? []).Cast<YamlScalar>().ToList();
        foreach (var id in ids.Where(id => names is not null && !names.Contains(id.Text)))
            report.Add("PB002", id, $"'{Report.Shown(id.Text)}' is none of the directory's {key}.", Spelling.Hint(id.Text, names!));
        return [.. ids.Select(id => id.Text)];
    }

    private static PicturedEmployee Employee(YamlMapping employee, DateTimeOffset now) => new(employee.Text("id")!, new HrisFacts
    {
        WorkEmail = employee.Text("email")!,
        FirstName = employee.Text("first_name"),
        LastName = employee.Text("last_name"),
        Manager = employee.Text("manager"),
        Department = employee.Text("department"),
        Title = employee.Text("title"),
        Location = employee.Text("location"),
        EmploymentType = employee.Text("employment_type"),
        Status = employee.Text("status") switch { "left" => EmploymentStatus.Left, "on_leave" => EmploymentStatus.OnLeave, _ => EmploymentStatus.Active },
        Start = Day(employee.Text("start"), now),
        End = Day(employee.Text("end"), now),
        ProbationEnd = Day(employee.Text("probation_end"), now),
    });

    /// <summary>A day, or how many days from now, such as <c>+14d</c>.</summary>
    private static DateOnly? Day(string? text, DateTimeOffset now) => text is null ? null
        : text[^1] == 'd' ? DateOnly.FromDateTime(now.UtcDateTime).AddDays(int.Parse(text[..^1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))
        : DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static PicturedRequest Request(YamlMapping request) => new(
        request.Text("id")!, request.Text("requester")!, request.Text("text")!, request.Text("form"), request.Mapping("fields") is { } fields ? TestReader.Object(fields) : null);

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
