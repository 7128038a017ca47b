using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People.Persons;

/// <param name="Source">A connection's name, or <c>hris</c>.</param>
/// <param name="Account">The account's or record's id there.</param>
internal sealed record FieldValue(string Source, string Account, string Value);

/// <summary>A field of a person: what counts, and what the others say.</summary>
/// <param name="Used">Null when no source that may win says anything.</param>
/// <param name="Others">What the rest say, in the order of the rules.</param>
internal sealed record PersonField(string Field, FieldValue? Used, IReadOnlyList<FieldValue> Others)
{
    /// <summary>Those that say something else. Upper and lower case do not differ.</summary>
    public IEnumerable<FieldValue> Different => Others.Where(other => Used is null || !other.Value.Equals(Used.Value, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Where the values of a person come from.</summary>
internal static class PersonFields
{
    public static IReadOnlyList<PersonField> Of(Person person, SourceRules rules) => [.. SourceRules.Fields.Select(field => Of(person, field, rules))];

    public static PersonField Of(Person person, string field, SourceRules rules)
    {
        var order = rules.Of(field);
        var said = SaidBy(person, field, rules).OrderBy(value => order.Contains(value.Source) ? order.ToList().IndexOf(value.Source) : int.MaxValue).ToList();
        var used = said.Find(value => order.Contains(value.Source));
        return new PersonField(field, used, [.. said.Where(value => value != used)]);
    }

    /// <summary>Of several accounts at one connection those that can sign in come first.</summary>
    private static IEnumerable<FieldValue> SaidBy(Person person, string field, SourceRules rules)
    {
        if (person.Hris is { } record && record.Values.TryGetValue(field, out var told) && !string.IsNullOrWhiteSpace(told))
            yield return new FieldValue(IHrisRecords.Source, record.Id, told.Trim());
        foreach (var account in person.Accounts.OrderBy(account => account.Account.Status is AccountStatus.Active or AccountStatus.Locked ? 0 : 1))
        {
            if (account.Entry is { } entry && rules.ValueOf(account.Key.Connection, entry.Found, field) is { } value)
                yield return new FieldValue(account.Key.Connection, account.Key.Id, value);
        }
    }
}
