namespace Siit.Iam.Agent.People.Hris;

/// <summary>The columns of <c>people.csv</c>: name, how a value is read and written, and what it means.</summary>
internal sealed record PeopleColumn
{
    public const string EmployeeId = "employee_id";

    private PeopleColumn(string name, Func<HrisFacts, string?> write, Func<HrisFacts, string, (HrisFacts? Facts, string? Problem)> read) =>
        (Name, Write, Read) = (name, write, read);

    public string Name { get; }

    /// <summary>Null for an empty cell.</summary>
    public Func<HrisFacts, string?> Write { get; }

    /// <summary>Of a trimmed cell, which may be empty.</summary>
    public Func<HrisFacts, string, (HrisFacts? Facts, string? Problem)> Read { get; }

    /// <summary>All but <see cref="EmployeeId"/>, in the order in which they are documented.</summary>
    public static IReadOnlyList<PeopleColumn> All { get; } =
    [
        new("work_email", facts => facts.WorkEmail, (facts, text) => HrisText.AddressProblem(text) is { } problem ? (null, problem) : (facts with { WorkEmail = text }, null)),
        Text("first_name", facts => facts.FirstName, (facts, text) => facts with { FirstName = text }),
        Text("last_name", facts => facts.LastName, (facts, text) => facts with { LastName = text }),
        Text("preferred_name", facts => facts.PreferredName, (facts, text) => facts with { PreferredName = text }),
        new("manager", facts => facts.Manager, (facts, text) => HrisText.ReferenceProblem(text) is { } problem ? (null, problem) : (facts with { Manager = Maybe(text) }, null)),
        Text("department", facts => facts.Department, (facts, text) => facts with { Department = text }),
        Text("title", facts => facts.Title, (facts, text) => facts with { Title = text }),
        Text("location", facts => facts.Location, (facts, text) => facts with { Location = text }),
        Text("cost_center", facts => facts.CostCenter, (facts, text) => facts with { CostCenter = text }),
        Text("employment_type", facts => facts.EmploymentType, (facts, text) => facts with { EmploymentType = text }),
        new("private_email", facts => facts.PrivateEmail, (facts, text) => text.Length == 0 ? (facts with { PrivateEmail = null }, null)
            : HrisText.AddressProblem(text) is { } problem ? (null, problem) : (facts with { PrivateEmail = text }, null)),
        new("private_phone", facts => facts.PrivatePhone, (facts, text) => text.Length == 0 ? (facts with { PrivatePhone = null }, null)
            : HrisText.PhoneProblem(text) is { } problem ? (null, problem) : (facts with { PrivatePhone = text }, null)),
        new("status", facts => Word(facts.Status), (facts, text) => StatusOf(text) is { } status ? (facts with { Status = status }, null) : (null, "is none of active, on_leave and left")),
        Date("start_date", facts => facts.Start, (facts, date) => facts with { Start = date }),
        Date("end_date", facts => facts.End, (facts, date) => facts with { End = date }),
        Date("probation_end_date", facts => facts.ProbationEnd, (facts, date) => facts with { ProbationEnd = date }),
    ];

    public static string Word(EmploymentStatus status) => status switch
    {
        EmploymentStatus.OnLeave => "on_leave",
        EmploymentStatus.Left => "left",
        _ => "active",
    };

    private static EmploymentStatus? StatusOf(string text) => text.ToLowerInvariant() switch
    {
        "" or "active" => EmploymentStatus.Active,
        "on_leave" => EmploymentStatus.OnLeave,
        "left" => EmploymentStatus.Left,
        _ => null,
    };

    private static PeopleColumn Text(string name, Func<HrisFacts, string?> write, Func<HrisFacts, string?, HrisFacts> set) =>
        new(name, write, (facts, text) => HrisText.TextProblem(text) is { } problem ? (null, problem) : (set(facts, Maybe(text)), null));

    private static PeopleColumn Date(string name, Func<HrisFacts, DateOnly?> write, Func<HrisFacts, DateOnly?, HrisFacts> set) => new(
        name, facts => write(facts) is { } date ? HrisText.Date(date) : null,
        (facts, text) => text.Length == 0 ? (set(facts, null), null) : HrisText.TryDate(text, out var date) ? (set(facts, date), null) : (null, "is no date such as 2026-12-01"));

    private static string? Maybe(string text) => text.Length == 0 ? null : text;
}
