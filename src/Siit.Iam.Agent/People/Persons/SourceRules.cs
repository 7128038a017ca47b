using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>
/// Which source a person's field comes from: <c>people:sources</c>, and what the connections' <c>fields</c> name. A field's sources are
/// asked in order, the first that says something wins; a source that is not in the list never wins and is shown beside.
/// </summary>
internal sealed class SourceRules
{
    /// <summary>What an HRIS says of the employment itself; no IdP knows that.</summary>
    public const string Employment = "employment";

    public static readonly IReadOnlyList<string> Fields = [.. FieldMap.PersonFields.Append(Employment).Order(StringComparer.Ordinal)];

    private readonly Dictionary<string, IReadOnlyList<string>> _order;
    private readonly IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> _attributes;

    /// <param name="connections">By name.</param>
    /// <param name="order">Of the fields that have one of their own.</param>
    /// <param name="attributes">By connection and field: the vendor's attribute, as <see cref="FieldMap"/> reads it.</param>
    public SourceRules(
        IReadOnlyList<string> connections, IReadOnlyDictionary<string, IReadOnlyList<string>> order, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> attributes)
    {
        Connections = connections;
        _attributes = attributes;
        _order = Fields.ToDictionary(field => field, field => order.GetValueOrDefault(field) ?? [IHrisRecords.Source, .. connections], StringComparer.Ordinal);
    }

    public IReadOnlyList<string> Connections { get; }

    /// <summary>The HRIS first, then the connections by name: the configuration keeps no order of keys.</summary>
    public static SourceRules Default(IReadOnlyList<string> connections) =>
        new(connections, new Dictionary<string, IReadOnlyList<string>>(), new Dictionary<string, IReadOnlyDictionary<string, string>>());

    public IReadOnlyList<string> Of(string field) => _order[field];

    /// <summary>The vendor's attribute that a connection's settings name for a field; null: the usual one.</summary>
    public string? AttributeOf(string connection, string field) =>
        _attributes.TryGetValue(connection, out var map) && map.TryGetValue(field, out var attribute) ? attribute : null;

    /// <summary>What an account says of a field; null when nothing.</summary>
    public string? ValueOf(string connection, DirectoryAccount found, string field)
    {
        var value = AttributeOf(connection, field) is { } attribute ? found.Attributes.GetValueOrDefault(attribute) : field switch
        {
            "department" => found.Account.Department,
            "displayName" => found.Account.DisplayName,
            "firstName" => found.Account.FirstName,
            "lastName" => found.Account.LastName,
            "manager" => found.ManagerId ?? found.Account.Manager,
            "title" => found.Account.Title,
            _ => null,
        };
        return string.IsNullOrWhiteSpace(value) ? null : value.Trim();
    }
}
