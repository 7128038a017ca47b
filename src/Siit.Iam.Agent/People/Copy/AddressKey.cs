using System.Globalization;
using System.Text;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>
/// The form in which addresses are compared: case does not count, and an internationalised domain is the same in both spellings.
/// Nothing is joined by look: characters that merely resemble each other stay different, also where Unicode's case mapping
/// would turn one into a plain letter (the Kelvin sign).
/// </summary>
internal static class AddressKey
{
    private static readonly IdnMapping Idn = new();

    public static string Of(string address)
    {
        if (IsKey(address))
            return address;
        var text = address.Trim();
        var at = text.LastIndexOf('@');
        if (at < 0)
            return Lower(text);
        return $"{Lower(text[..at])}@{Domain(text[(at + 1)..])}";
    }

    /// <summary>The domain of an address as a key; null when it has none.</summary>
    public static string? DomainOf(string address) => address.LastIndexOf('@') is >= 0 and var at ? Domain(address.Trim()[(at + 1)..]) : null;

    /// <summary>Most are: then it is the same text, and takes no room of its own.</summary>
    private static bool IsKey(string address)
    {
        if (address.Length == 0 || char.IsWhiteSpace(address[0]) || char.IsWhiteSpace(address[^1]) || address[^1] == '.')
            return false;
        foreach (var c in address)
        {
            if (!char.IsAscii(c) || char.IsAsciiLetterUpper(c))
                return false;
        }

        return true;
    }

    private static string Domain(string domain)
    {
        var lower = Lower(domain.TrimEnd('.'));
        if (Ascii.IsValid(lower))
            return lower;
        try
        {
            // Mapped on the way (fullwidth letters, the Kelvin sign, composed marks): only looks like that domain.
            var ascii = Idn.GetAscii(lower);
            return Idn.GetUnicode(ascii) == lower ? ascii : lower;
        }
        catch (ArgumentException)
        {
            return lower;
        }
    }

    private static string Lower(string text) => string.Create(text.Length, text, static (lower, from) =>
    {
        for (var i = 0; i < from.Length; i++)
        {
            var c = char.ToLowerInvariant(from[i]);
            lower[i] = !char.IsAscii(from[i]) && char.IsAscii(c) ? from[i] : c;
        }
    });
}
