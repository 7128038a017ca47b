namespace Siit.Iam.Agent.People.Persons;

/// <summary>Which sources a field comes from, in order.</summary>
/// <param name="Attributes">By connection: the vendor's attribute, where the settings name one.</param>
internal sealed record FieldRule(string Field, IReadOnlyList<string> Sources, IReadOnlyDictionary<string, string> Attributes);

/// <summary>A person with where everything comes from, for people.</summary>
internal sealed record PersonSources
{
    public required string Id { get; init; }

    public string? Email { get; init; }

    public required IReadOnlyList<string> Accounts { get; init; }

    /// <summary>Do not exist any more.</summary>
    public IReadOnlyList<string> Gone { get; init; } = [];

    public string? Hris { get; init; }

    public required IReadOnlyList<FieldLine> Fields { get; init; }

    /// <summary>Upwards, nearest first: work emails, or ids.</summary>
    public IReadOnlyList<string> Managers { get; init; } = [];

    public string? ManagerProblem { get; init; }

    public IReadOnlyList<ConflictLine> Conflicts { get; init; } = [];
}

/// <param name="Others">What the other sources say, those that say the same included.</param>
internal sealed record FieldLine(string Field, string? Value, string? From, IReadOnlyList<OtherValue> Others);

internal sealed record OtherValue(string Source, string Value, bool Differs);

internal sealed record ConflictLine(string Id, string Kind, string Address, IReadOnlyList<string> Accounts, string Why, IReadOnlyList<string> Settles)
{
    public static ConflictLine Of(Conflict conflict) =>
        new(conflict.Id, conflict.Kind.Word(), conflict.Address, [.. conflict.Accounts.Select(key => key.ToString())], conflict.Why, conflict.Settles);
}

/// <summary>Shows the rules of the sources, and what they make of a person.</summary>
internal sealed class FieldDesk(PersonLookup persons, Managers managers, PersonOptions options)
{
    public IReadOnlyList<FieldRule> Rules() =>
    [
        .. SourceRules.Fields.Select(field => new FieldRule(
            field,
            options.Sources.Of(field),
            options.Sources.Connections.Where(connection => options.Sources.AttributeOf(connection, field) is not null)
                .ToDictionary(connection => connection, connection => options.Sources.AttributeOf(connection, field)!))),
    ];

    /// <summary>Everybody whose the address is.</summary>
    public async Task<IReadOnlyList<PersonSources>> OfAsync(string address, CancellationToken cancellationToken)
    {
        var found = new List<PersonSources>();
        foreach (var person in await persons.AtAsync(address, cancellationToken))
            found.Add(await OfAsync(person, cancellationToken));
        return found;
    }

    private async Task<PersonSources> OfAsync(Person person, CancellationToken cancellationToken)
    {
        var upwards = await managers.OfAsync(person, cancellationToken);
        var lines = new List<FieldLine>();
        foreach (var field in PersonFields.Of(person, options.Sources).Where(field => field.Used is not null || field.Others.Count > 0))
            lines.Add(await LineAsync(field, cancellationToken));
        return new PersonSources
        {
            Id = person.Id,
            Email = person.Email,
            Accounts = [.. person.Accounts.Select(account => account.Key.ToString())],
            Gone = [.. person.Gone.Select(account => account.Key.ToString())],
            Hris = person.Hris?.Id,
            Fields = lines,
            Managers = [.. upwards.Chain.Select(manager => manager.Email ?? manager.Id)],
            ManagerProblem = upwards.Problem,
            Conflicts = [.. person.Conflicts.Select(ConflictLine.Of)],
        };
    }

    private async ValueTask<FieldLine> LineAsync(PersonField field, CancellationToken cancellationToken)
    {
        var meaning = await managers.MeaningOfAsync(field, cancellationToken);
        // An IdP's own id of the manager tells a reader nothing.
        var value = meaning.Manager?.Email ?? field.Used?.Value;
        return new FieldLine(field.Field, value, field.Used?.Source, [.. field.Others.Select(other => new OtherValue(other.Source, other.Value, meaning.Different.Contains(other)))]);
    }
}
