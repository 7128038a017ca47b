using System.Collections;
using System.Globalization;
using Microsoft.Graph.Models;
using Microsoft.Kiota.Abstractions.Store;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>The attributes of a user that can be copied beside those that every account has.</summary>
internal static class EntraAttributes
{
    private const int Longest = 1000;

    private const string Numbered = "onPremisesExtensionAttributes.extensionAttribute";

    private const string Extension = "extension_";

    public static AttributeNames Names { get; } = new(
        [
            "businessPhones", "city", "companyName", "country", "department", "displayName", "employeeHireDate", "employeeId", "employeeLeaveDateTime",
            "employeeOrgData.costCenter", "employeeOrgData.division", "employeeType", "faxNumber", "givenName", "jobTitle", "mailNickname", "mobilePhone",
            "officeLocation", "onPremisesImmutableId", "onPremisesSamAccountName", "postalCode", "preferredLanguage", "state", "streetAddress", "surname",
            "usageLocation",
        ],
        $"or {Numbered}1 to 15, or {Extension}APPID_NAME for one of your own",
        IsCustom);

    /// <summary>The properties that have to be selected for these.</summary>
    public static IEnumerable<string> Selected(IEnumerable<string> names) => names.Select(name => name.Split('.')[0]).Distinct(StringComparer.Ordinal);

    public static Dictionary<string, string> Of(User user, IEnumerable<string> names)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names.Distinct(StringComparer.Ordinal))
            if (Text(Value(user, name.Split('.'))) is { Length: > 0 } text) found[name] = text.Length <= Longest ? text : text[..Longest];
        return found;
    }

    private static bool IsCustom(string name) =>
        name.StartsWith(Numbered, StringComparison.Ordinal)
            ? int.TryParse(name.AsSpan(Numbered.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 15
            : name.StartsWith(Extension, StringComparison.Ordinal) && name.Length <= 256
                && name.Split('_', 3) is [_, { Length: 32 } application, { Length: > 0 }] && application.All(char.IsAsciiHexDigit)
                && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static object? Value(User user, string[] path)
    {
        var value = user.BackingStore.Get<object>(path[0]) ?? (user.AdditionalData.TryGetValue(path[0], out var extension) ? extension : null);
        foreach (var part in path.AsSpan(1)) value = (value as IBackedModel)?.BackingStore.Get<object>(part);
        return value;
    }

    private static string? Text(object? value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        IEnumerable list => list.OfType<string>().FirstOrDefault(),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };
}
