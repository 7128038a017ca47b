namespace Siit.Iam.Agent.Idps;

/// <summary>The <c>fields</c> of a connection's settings: which attribute of the vendor feeds which field of a person.</summary>
internal static class FieldMap
{
    public const string Key = "fields";

    /// <summary>
    /// The fields of a person, alphabetically. Those of <see cref="Account"/> are copied without being named here; naming one
    /// replaces where its value comes from.
    /// </summary>
    public static readonly IReadOnlyList<string> PersonFields =
    [
        "costCenter", "department", "displayName", "division", "employeeNumber", "employmentType", "endDate", "firstName", "lastName",
        "location", "manager", "organization", "phone", "preferredName", "startDate", "title",
    ];

    /// <summary>Person field to vendor attribute; every wrong name becomes a problem with the list of the right ones.</summary>
    /// <param name="connection">The connection's section.</param>
    public static IReadOnlyDictionary<string, string> From(IConfigurationSection connection, AttributeNames names, List<string> problems)
    {
        var section = connection.GetSection(Key);
        if (!string.IsNullOrEmpty(section.Value))
            problems.Add($"'{Key}' must hold entries such as {{\"costCenter\": \"{names.Known[0]}\"}}.");
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in section.GetChildren())
        {
            var field = PersonFields.FirstOrDefault(known => known.Equals(entry.Key, StringComparison.OrdinalIgnoreCase));
            if (field is null)
                problems.Add($"'{Key}:{entry.Key}' is no field of a person. Known: {string.Join(", ", PersonFields)}.");
            else if (entry.Value is not { Length: > 0 } attribute || !names.Has(attribute))
                problems.Add($"'{Key}:{entry.Key}' is '{entry.Value}', which is no attribute here. Known: {string.Join(", ", names.Known)}; {names.Custom}.");
            else
                map[field] = attribute;
        }

        return map;
    }
}
