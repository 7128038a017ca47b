using System.Globalization;
using System.Text;

namespace Siit.Iam.Agent.Actions;

/// <summary>
/// Makes letters visible that look like others, where a person chooses between names: in an address everything outside of ASCII; in a
/// name letters of another alphabet within a word in Latin ones, and forms that stand for a plain letter.
/// </summary>
internal static class LookAlikes
{
    public static string InAddress(string text) => Answers.Text(Marked(text, rune => !rune.IsAscii));

    public static string InName(string text) => Answers.Text(string.Join(' ', text.Split(' ').Select(InWord)));

    private static string InWord(string word)
    {
        var mixed = word.EnumerateRunes().Any(IsLatin) && word.EnumerateRunes().Any(rune => Rune.IsLetter(rune) && !IsLatin(rune));
        return Marked(word, rune => (mixed && Rune.IsLetter(rune) && !IsLatin(rune)) || StandsForAnother(rune));
    }

    private static string Marked(string text, Func<Rune, bool> suspicious)
    {
        if (Ascii.IsValid(text))
            return text;
        var marked = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            marked.Append(rune.ToString());
            // Hidden ones are written out anyway.
            if (suspicious(rune) && HiddenText.First(rune.ToString()) is null)
                marked.Append("<U+").Append(rune.Value.ToString("X4", CultureInfo.InvariantCulture)).Append('>');
        }

        return marked.ToString();
    }

    private static bool IsLatin(Rune rune) => rune.Value is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= 0xC0 and <= 0x24F) or (>= 0x1E00 and <= 0x1EFF);

    /// <summary>Full-width, mathematical and such letters, the Kelvin sign.</summary>
    private static bool StandsForAnother(Rune rune) =>
        !rune.IsAscii && Rune.IsLetterOrDigit(rune) && rune.ToString() is var text && text.Normalize(NormalizationForm.FormKC) is var plain && plain != text && Ascii.IsValid(plain);
}
