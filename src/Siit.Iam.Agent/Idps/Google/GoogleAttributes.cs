using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Idps.Google;

/// <summary>
/// What the settings' <c>fields</c> may name of a Google account. Most of it stands in lists: of organizations the primary one counts, of
/// locations the desk, else the first; of external ids, phones and relations the name ends with the entry's type.
/// </summary>
internal static class GoogleAttributes
{
    private const int Longest = 1000;
    private const string Schemas = "schemas.";

    public static AttributeNames Names { get; } = new(
        [
            "externalIds.account", "externalIds.customer", "externalIds.login_id", "externalIds.network", "externalIds.organization",
            "locations.area", "locations.buildingId", "locations.deskCode", "locations.floorName", "locations.floorSection",
            "name.familyName", "name.fullName", "name.givenName", "orgUnitPath",
            "organizations.costCenter", "organizations.department", "organizations.description", "organizations.domain", "organizations.location",
            "organizations.name", "organizations.symbol", "organizations.title", "organizations.type",
            "phones.home", "phones.mobile", "phones.work", "relations.assistant", "relations.manager",
        ],
        "or schemas.SCHEMA.FIELD for one of a custom schema, such as schemas.Employment.startDate",
        name => name.Split('.') is ["schemas", var schema, var field] && IsName(schema) && IsName(field));

    /// <summary>The custom schemas that these attributes stand in; Google sends no others when asked by name.</summary>
    public static IReadOnlyList<string> SchemasOf(IEnumerable<string> attributes) =>
        [.. attributes.Where(name => name.StartsWith(Schemas, StringComparison.Ordinal)).Select(name => name.Split('.')[1]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Those that the account has.</summary>
    public static IReadOnlyDictionary<string, string> Of(GoogleUser user, IEnumerable<string> attributes)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in attributes)
            if (Value(user, name) is { Length: > 0 } value) found[name] = Cut(value);
        return found;
    }

    private static string? Value(GoogleUser user, string attribute) => attribute.Split('.') switch
    {
        ["orgUnitPath"] => user.OrgUnitPath,
        ["name", "familyName"] => user.Name?.FamilyName,
        ["name", "fullName"] => user.Name?.FullName,
        ["name", "givenName"] => user.Name?.GivenName,
        ["organizations", var field] => Text(Chosen(user.Organizations, one => Is(one, "primary")), field),
        ["locations", var field] => Text(Chosen(user.Locations, one => Text(one, "type") == "desk"), field),
        ["externalIds", var type] => OfType(user.ExternalIds, type),
        ["phones", var type] => OfType(user.Phones, type),
        ["relations", var type] => OfType(user.Relations, type),
        ["schemas", var schema, var field] => Text((user.CustomSchemas as JsonObject)?[schema] as JsonObject, field),
        _ => null,
    };

    private static JsonObject? Chosen(JsonNode? list, Func<JsonObject, bool> first) =>
        Entries(list).FirstOrDefault(first) ?? Entries(list).FirstOrDefault();

    private static string? OfType(JsonNode? list, string type) => Text(Entries(list).FirstOrDefault(one => Text(one, "type") == type), "value");

    private static IEnumerable<JsonObject> Entries(JsonNode? list) => (list as JsonArray)?.OfType<JsonObject>() ?? [];

    private static bool Is(JsonObject one, string flag) => one[flag] is JsonValue value && value.TryGetValue<bool>(out var set) && set;

    /// <summary>Custom fields may hold several values, and numbers and flags beside texts.</summary>
    private static string? Text(JsonObject? one, string field) => one?[field] switch
    {
        JsonArray several => string.Join(", ", several.Select(entry => entry is JsonObject inner ? Text(inner, "value") : Text(entry)).Where(text => !string.IsNullOrEmpty(text))),
        var single => Text(single),
    };

    private static string? Text(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.ToJsonString(),
        _ => null,
    };

    /// <summary>Never between the halves of one character.</summary>
    private static string Cut(string value) => value.Length <= Longest ? value : value[..(char.IsHighSurrogate(value[Longest - 1]) ? Longest - 1 : Longest)];

    private static bool IsName(string text) => text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
