using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>A user's attributes by JumpCloud's own names: the plain ones, and entries of its three lists.</summary>
internal static class JumpCloudAttributes
{
    private const int Longest = 1_000;
    private const string Custom = "attributes";
    private const string Phones = "phoneNumbers";
    private const string Addresses = "addresses";

    private static readonly string[] AddressParts = ["country", "extendedAddress", "locality", "poBox", "postalCode", "region", "streetAddress"];

    public static AttributeNames Names { get; } = new(
        [
            "alternateEmail", "company", "costCenter", "created", "creationSource", "department", "description", "displayname", "email",
            "employeeIdentifier", "employeeType", "external_dn", "external_source_type", "firstname", "jobTitle", "lastname", "location",
            "managedAppleId", "middlename", "unix_guid", "unix_uid", "username",
        ],
        "attributes.NAME for a custom one, phoneNumbers.TYPE such as phoneNumbers.work, or addresses.TYPE.PART such as addresses.work.country",
        IsListed);

    /// <summary>The field of an answer that holds the attribute.</summary>
    public static string FieldOf(string name) => name.Split('.', 2)[0];

    /// <summary>Those of the names that the user has.</summary>
    public static IReadOnlyDictionary<string, string> Of(JsonObject user, IEnumerable<string> names)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
            if (Text(Find(user, name)) is { Length: > 0 } value) found[name] = value.Length <= Longest ? value : Cut(value);
        return found;
    }

    private static JsonNode? Find(JsonObject user, string name)
    {
        var parts = name.Split('.', 2);
        if (parts.Length == 1) return user[name];
        if (parts[0] == Custom) return Entry(user, Custom, "name", parts[1])?["value"];
        if (parts[0] == Phones) return Entry(user, Phones, "type", parts[1])?["number"];
        var end = parts[1].LastIndexOf('.');
        return Entry(user, Addresses, "type", parts[1][..end])?[parts[1][(end + 1)..]];
    }

    private static JsonObject? Entry(JsonObject user, string list, string key, string value) =>
        (user[list] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(entry => Text(entry[key]) == value);

    private static bool IsListed(string name)
    {
        var parts = name.Split('.', 2);
        if (parts.Length != 2 || parts[1].Length == 0) return false;
        var end = parts[1].LastIndexOf('.');
        return parts[0] is Custom or Phones || (parts[0] == Addresses && end > 0 && AddressParts.Contains(parts[1][(end + 1)..]));
    }

    private static string? Text(JsonNode? node) => node is not JsonValue value
        ? null
        : value.GetValueKind() is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False ? value.ToString() : null;

    /// <summary>Never in the middle of a character.</summary>
    private static string Cut(string value) => value[..(char.IsHighSurrogate(value[Longest - 1]) ? Longest - 1 : Longest)];
}
