using System.Text.Json;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>Okta's attributes of a person, as the <c>fields</c> setting names them: <c>profile.NAME</c>.</summary>
internal static class OktaAttributes
{
    private const string Prefix = "profile.";
    private const int MaxLength = 1000;

    /// <summary>The standard ones of Okta's description. <c>secondEmail</c> is not among them: it is a private address.</summary>
    public static readonly AttributeNames Names = new(
    [
        "profile.city", "profile.costCenter", "profile.countryCode", "profile.department", "profile.displayName", "profile.division",
        "profile.email", "profile.employeeNumber", "profile.firstName", "profile.honorificPrefix", "profile.honorificSuffix",
        "profile.lastName", "profile.locale", "profile.login", "profile.manager", "profile.managerId", "profile.middleName",
        "profile.mobilePhone", "profile.nickName", "profile.organization", "profile.postalAddress", "profile.preferredLanguage",
        "profile.primaryPhone", "profile.profileUrl", "profile.state", "profile.streetAddress", "profile.timezone", "profile.title",
        "profile.userType", "profile.zipCode",
    ],
    "or profile.NAME for one of your own, such as profile.startDate", IsCustom);

    /// <summary>The values of the attributes that are asked for; one that is empty is not there.</summary>
    public static IReadOnlyDictionary<string, string> Pick(JsonElement profile, IEnumerable<string> wanted)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in wanted)
            if (profile.ValueKind == JsonValueKind.Object && profile.TryGetProperty(name.AsSpan(Prefix.Length), out var value) && Text(value) is { Length: > 0 } text)
                found[name] = text;
        return found;
    }

    /// <summary>The account with the fields that the settings take from elsewhere.</summary>
    public static Account Map(Account account, IReadOnlyDictionary<string, string> fields, IReadOnlyDictionary<string, string> attributes)
    {
        foreach (var (field, attribute) in fields)
        {
            var value = attributes.GetValueOrDefault(attribute);
            account = field switch
            {
                "department" => account with { Department = value },
                "displayName" => account with { DisplayName = value },
                "firstName" => account with { FirstName = value },
                "lastName" => account with { LastName = value },
                "manager" => account with { Manager = value },
                "title" => account with { Title = value },
                _ => account,
            };
        }

        return account;
    }

    /// <summary>A changed attribute in our words: the field that it feeds, else the field of the same name, else Okta's own name.</summary>
    public static string FieldOf(string attribute, IReadOnlyDictionary<string, string> fields) =>
        fields.FirstOrDefault(entry => entry.Value == Prefix + attribute).Key ?? attribute;

    private static bool IsCustom(string name) =>
        name.Length is > 8 and <= 128
        && name.StartsWith(Prefix, StringComparison.Ordinal)
        && name is not "profile.secondEmail"
        && char.IsAsciiLetter(name[Prefix.Length])
        && name.AsSpan(Prefix.Length).IndexOfAnyExcept(NameLetters) < 0;

    private static readonly System.Buffers.SearchValues<char> NameLetters = System.Buffers.SearchValues.Create(IdGuard.LettersAndDigits + "_");

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Cut(value.GetString()!),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Array => Cut(string.Join(", ", value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()))),
        _ => null,
    };

    private static string Cut(string text) =>
        text.Length <= MaxLength ? text : text[..(char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
}
