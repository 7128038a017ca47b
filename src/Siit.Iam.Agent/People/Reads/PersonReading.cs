using System.Text.Json;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>Puts together what all sources say about one person.</summary>
internal sealed class PersonReading(AccountReading accounts, KnownEvents events, Managers managers, PersonOptions options)
{
    private const int EventsOfPerson = 5;

    /// <summary>Told when sources differ. Nothing private is among them.</summary>
    private static readonly string[] Compared = ["department", "endDate", "location", "manager", "startDate", "title"];

    /// <param name="person">As it may be seen.</param>
    /// <param name="connections">That may be seen, in the order in which accounts are told.</param>
    public async Task<PersonFacts> OfAsync(Person person, IReadOnlyList<string> connections, CancellationToken cancellationToken) => new()
    {
        Who = await WhoAsync(person, connections, cancellationToken),
        Accounts = Told(person.Accounts, connections),
        Gone = Told(person.Gone, connections),
        Events = await events.LatestAsync(person, EventsOfPerson, cancellationToken),
    };

    /// <summary>As the HRIS calls them, else as an account does.</summary>
    public static string NameOf(Person person)
    {
        if (person.Hris is { } record)
        {
            var first = record.Values.GetValueOrDefault("preferredName") ?? record.Values.GetValueOrDefault("firstName");
            if ($"{first} {record.Values.GetValueOrDefault("lastName")}".Trim() is { Length: > 0 } name)
                return name;
        }

        return person.Accounts.Concat(person.Gone).Select(account => account.Account.Name).FirstOrDefault() ?? person.Email ?? "";
    }

    private async Task<WhoFacts> WhoAsync(Person person, IReadOnlyList<string> connections, CancellationToken cancellationToken)
    {
        var fields = Compared.ToDictionary(field => field, field => PersonFields.Of(person, field, options.Sources), StringComparer.Ordinal);
        var differs = new List<string>();
        Person? found = null;
        foreach (var field in fields.Values)
        {
            var meaning = await managers.MeaningOfAsync(field, cancellationToken);
            found ??= meaning.Manager;
            if (field.Used is { } used && meaning.Different.Count > 0)
                differs.Add($"{Word(field.Field)} (from {used.Source}, not as {string.Join(", ", meaning.Different.Select(other => other.Source).Distinct())})");
        }

        var (manager, managerName) = Manager(fields["manager"].Used, found, connections);
        return new WhoFacts
        {
            Name = NameOf(person),
            Email = person.Email,
            Department = Value("department"),
            Title = Value("title"),
            Location = Value("location"),
            Manager = manager,
            ManagerName = managerName,
            Employment = person.Hris?.Values.GetValueOrDefault(SourceRules.Employment),
            Start = Value("startDate"),
            End = Value("endDate"),
            Differs = differs,
            Conflicts = [.. person.Conflicts.Select(conflict => $"{conflict.Kind.Word()}: {conflict.Why} To settle: {string.Join(" or ", conflict.Settles)}")],
        };

        string? Value(string field) => fields[field].Used?.Value;
    }

    private static (string? Email, string? Name) Manager(FieldValue? named, Person? found, IReadOnlyList<string> connections)
    {
        if (named is null)
            return (null, null);
        var manager = found is null ? null : PersonJoin.Seen(found, connections);
        return manager is null or { Accounts.Count: 0, Hris: null } ? (named.Value, null) : (manager.Email ?? named.Value, NameOf(manager));
    }

    private List<AccountFacts> Told(IReadOnlyList<Candidate> found, IReadOnlyList<string> connections) =>
    [
        .. found.Where(account => account.Entry is not null).Select(account => accounts.Of(account.Key, account.Entry!))
            .OrderBy(account => connections.TakeWhile(connection => connection != account.Connection).Count()).ThenBy(account => account.Account.Id, StringComparer.Ordinal),
    ];

    private static string Word(string field) => JsonNamingPolicy.SnakeCaseLower.ConvertName(field);
}
