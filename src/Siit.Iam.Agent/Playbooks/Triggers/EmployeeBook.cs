using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Triggers;

/// <summary>Employees as expressions see them (<see cref="Checks.StepOutputs.Employee"/>), from what the HRIS say now.</summary>
internal sealed class EmployeeBook(IStore store)
{
    /// <param name="named">Work email, or the id of <see cref="HrisPerson"/>.</param>
    /// <returns>The record, or what is wrong, to go on from the input's name.</returns>
    public async Task<(HrisPerson? Person, string? Problem)> FindAsync(string named, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<HrisPerson>(named, cancellationToken) is { } exact)
            return (exact, null);
        var found = await store.FindAsync<HrisPerson>("email", HrisText.Address(named), 10, cancellationToken: cancellationToken);
        // An address may have been somebody else's before.
        var employed = found.Where(person => person.IsEmployed).ToList();
        return (employed.Count > 0 ? employed : found) switch
        {
            [var only] => (only, null),
            [] => (null, $"no HRIS knows '{HiddenText.Shown(named, 100)}'"),
            var several => (null, $"{several.Count} people of the HRIS have the address '{HiddenText.Shown(named, 100)}'; say which one by id: {string.Join(", ", several.Select(person => person.Id))}"),
        };
    }

    public async Task<JsonObject> RecordAsync(HrisPerson person, CancellationToken cancellationToken)
    {
        var facts = person.Facts;
        var record = new JsonObject { ["id"] = person.Id, ["work_email"] = facts.WorkEmail };
        Add(record, "first_name", facts.FirstName?.Trim());
        Add(record, "last_name", facts.LastName?.Trim());
        Add(record, "preferred_name", facts.PreferredName?.Trim());
        Add(record, "manager", await ManagerAsync(person, cancellationToken));
        Add(record, "department", facts.Department?.Trim());
        Add(record, "title", facts.Title?.Trim());
        Add(record, "location", facts.Location?.Trim());
        Add(record, "cost_center", facts.CostCenter?.Trim());
        Add(record, "employment_type", facts.EmploymentType?.Trim());
        record["status"] = person.HasLeft ? "left" : facts.Status == EmploymentStatus.OnLeave ? "on_leave" : "active";
        Add(record, "start_date", Midnight(facts.Start));
        Add(record, "end_date", Midnight(facts.End));
        Add(record, "probation_end_date", Midnight(facts.ProbationEnd));
        return record;
    }

    /// <summary>An address as it is; an id when it leads to exactly one record of the same HRIS.</summary>
    private async Task<string?> ManagerAsync(HrisPerson person, CancellationToken cancellationToken)
    {
        if (person.Facts.Manager is not { } named)
            return null;
        if (named.Contains('@', StringComparison.Ordinal))
            return named;
        var id = HrisPerson.IdOf(person.Source, named);
        if (await store.GetAsync<HrisPerson>(id, cancellationToken) is { } exact)
            return exact.Facts.WorkEmail;
        foreach (var key in new[] { "external_id", "employee_number" })
        {
            if (await store.FindAsync<HrisPerson>(key, id, 2, cancellationToken: cancellationToken) is [var only])
                return only.Facts.WorkEmail;
        }

        return null;
    }

    private static void Add(JsonObject record, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            record[name] = text;
    }

    private static string? Midnight(DateOnly? day) => day is { } date ? CelTime.Text(new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)) : null;
}
