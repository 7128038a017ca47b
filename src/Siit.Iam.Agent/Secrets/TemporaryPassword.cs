using System.Security.Cryptography;

namespace Siit.Iam.Agent.Secrets;

/// <summary>Makes a password for one sign-in, where the vendor makes none.</summary>
internal static class TemporaryPassword
{
    public const int Length = 20;

    // Without what is mistaken for another character when it is typed off a screen: 0 O, 1 l I, 5 S, 2 Z.
    private const string Upper = "ABCDEFGHJKLMNPQRTUVWXY";
    private const string Lower = "abcdefghijkmnopqrstuvwxyz";
    private const string Digits = "346789";
    // Those that every one of the vendors takes.
    private const string Marks = "!#%+-=?@";

    /// <summary>20 characters, more than 100 bits, of all four kinds, as the strictest of the vendors' rules wants.</summary>
    public static SecretText New()
    {
        while (true)
        {
            var text = RandomNumberGenerator.GetString(Upper + Lower + Digits + Marks, Length);
            // Drawn again rather than mended: every password that fits is as likely as any other.
            if (text.Any(Upper.Contains) && text.Any(Lower.Contains) && text.Any(Digits.Contains) && text.Any(Marks.Contains) && char.IsLetter(text[0]))
                return new SecretText(text);
        }
    }
}
