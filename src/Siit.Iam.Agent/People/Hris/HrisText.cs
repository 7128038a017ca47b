using System.Globalization;
using System.Net.Mail;
using System.Text;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>Which texts are taken from an HRIS, and how they are compared. Each check answers with what is wrong, or null.</summary>
internal static class HrisText
{
    public const int LongestText = 1000;
    public const int LongestKey = 100;
    private const int LongestAddress = 254;
    private const int MostKeyBytes = 150;

    private static readonly string TooLong = $"is longer than {LongestAddress} bytes";

    /// <summary>How work emails are compared: as those of accounts, so that both lead to the same person.</summary>
    public static string Address(string email) => AddressKey.Of(email);

    /// <summary>An id that an HRIS gives: kept in record ids, so short and without anything that is not seen.</summary>
    public static string? KeyProblem(string text) => text.Length == 0 ? "is empty"
        : text.Length > LongestKey || Encoding.UTF8.GetByteCount(text) > MostKeyBytes ? $"is longer than {LongestKey} characters"
        : HiddenProblem(text);

    public static string? AddressProblem(string text) => text.Length == 0 ? "is empty"
        : ReferenceProblem(text) is { } problem ? problem
        : text.Any(char.IsWhiteSpace) || !MailAddress.TryCreate(text, out var parsed) || parsed.Address != text ? "is no email address"
        : null;

    /// <summary>An id or an address of somebody else, such as the manager's. Measured as it is compared: composing can make it longer.</summary>
    public static string? ReferenceProblem(string text) => IsLong(text) ? TooLong
        : HiddenProblem(text) is { } hidden ? hidden
        : IsLong(Address(text)) ? TooLong
        : null;

    /// <summary>With the country, as messages are sent: <c>+4915112345678</c>; spaces, dashes and brackets are taken.</summary>
    public static string? PhoneProblem(string text) => text.Length is >= 8 and <= 30 && text[0] == '+' && text[1..].All(c => char.IsAsciiDigit(c) || c is ' ' or '-' or '(' or ')' or '.')
        ? null
        : "is no phone number such as +49 151 12345678";

    public static string? TextProblem(string text) => text.Length > LongestText ? $"is longer than {LongestText} characters" : null;

    /// <summary>ISO 8601 only: 03/04/2026 is two different days.</summary>
    public static bool TryDate(string text, out DateOnly date) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    public static string Date(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static bool IsLong(string text) => text.Length > LongestAddress || Encoding.UTF8.GetByteCount(text) > LongestAddress;

    private static string? HiddenProblem(string text) => HiddenText.First(text) is { } hidden ? $"holds a character that nobody sees ({hidden})" : null;
}
