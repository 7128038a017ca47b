using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>Somebody's managers upwards.</summary>
/// <param name="Chain">Nearest first; ends where nobody is named, or nobody known.</param>
/// <param name="Problem">What is wrong with it, as a sentence; null: nothing.</param>
internal sealed record ManagerChain(IReadOnlyList<Person> Chain, string? Problem);

/// <summary>What a field of a person comes to.</summary>
/// <param name="Manager">Whom the value that counts leads to; null for other fields, and when it leads to nobody, or to several.</param>
/// <param name="Different">What those sources say that mean something else.</param>
internal sealed record FieldMeaning(Person? Manager, IReadOnlyList<FieldValue> Different);

/// <summary>From what a source writes as manager to a person.</summary>
internal sealed class Managers(PersonLookup persons, DirectoryCopy copy, PersonOptions options)
{
    private const int Longest = 50;

    /// <summary>By account id of the same connection, work email, login, or the HRIS's id; null when that leads to nobody, or to several.</summary>
    public async ValueTask<Person?> ResolveAsync(FieldValue manager, CancellationToken cancellationToken)
    {
        var isAccount = copy.Read(copies => copies.TryGetValue(manager.Source, out var connection) && connection.Account(manager.Value) is { Gone: false });
        if (isAccount)
            return await persons.OfAsync(new AccountKey(manager.Source, manager.Value), cancellationToken);
        if (await persons.AtAsync(manager.Value, cancellationToken) is [var only])
            return only;
        return manager.Value.Contains('@', StringComparison.Ordinal) ? null : await persons.OfAsync(new AccountKey(IHrisRecords.Source, manager.Value), cancellationToken);
    }

    /// <summary>What the sources mean by a field. Two may name one manager in two ways.</summary>
    public async ValueTask<FieldMeaning> MeaningOfAsync(PersonField field, CancellationToken cancellationToken)
    {
        var different = field.Different.ToList();
        if (field is not { Field: "manager", Used: { } used } || await ResolveAsync(used, cancellationToken) is not { } manager)
            return new FieldMeaning(null, different);
        foreach (var other in different.ToList())
        {
            // Whose account it is needs no second look at who belongs together.
            if (manager.Accounts.Any(account => account.Key == new AccountKey(other.Source, other.Value)) || IsNameOf(manager, other.Value)
                || (await ResolveAsync(other, cancellationToken))?.Id == manager.Id)
                different.Remove(other);
        }

        return new FieldMeaning(manager, different);
    }

    public async ValueTask<ManagerChain> OfAsync(Person person, CancellationToken cancellationToken)
    {
        var chain = new List<Person>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { person.Id };
        var current = person;
        while (chain.Count < Longest && PersonFields.Of(current, "manager", options.Sources).Used is { } named)
        {
            var name = $"'{Actions.HiddenText.Shown(named.Value, 80)}' ({named.Source})";
            if (await ResolveAsync(named, cancellationToken) is not { } manager)
                return new ManagerChain(chain, $"The manager {name} leads to nobody, or to several.");
            if (manager.Id == current.Id)
                return new ManagerChain(chain, $"{Shown(current)} is named as their own manager.");
            if (!seen.Add(manager.Id))
                return new ManagerChain(chain, $"The managers go round in a circle: {Shown(manager)} comes twice.");
            chain.Add(manager);
            current = manager;
        }

        return new ManagerChain(chain, null);
    }

    /// <summary>Some vendors keep the manager's name as text: it names nobody by itself, and it does not say anything else.</summary>
    private static bool IsNameOf(Person manager, string text) =>
        manager.Accounts.Any(account => string.Equals(account.Account.Name, text.Trim(), StringComparison.OrdinalIgnoreCase));

    private static string Shown(Person person) => Actions.HiddenText.Shown(person.Email ?? person.Id, 80);
}
