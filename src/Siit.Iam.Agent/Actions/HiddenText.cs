using System.Globalization;
using System.Text;

namespace Siit.Iam.Agent.Actions;

/// <summary>
/// Characters that a person does not see or that change how the rest is shown: controls, bidi marks and overrides,
/// zero-width characters, tags, lone surrogates. Refused in arguments; made visible in what comes from a directory.
/// </summary>
internal static class HiddenText
{
    /// <summary>The first such character as <c>U+202E</c>, or null.</summary>
    public static string? First(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune))
                return Code(text[i]);
            if (IsHidden(rune))
                return Code(rune.Value);
            if (!rune.IsBmp)
                i++;
        }

        return null;
    }

    /// <summary>Directory text is data: quoted, cut, hidden characters written out.</summary>
    public static string Quoted(string? text) => $"\"{Shown(text, 80)}\"";

    /// <summary>The text with every such character written out, cut to a length.</summary>
    public static string Shown(string? text, int maxLength = 200)
    {
        if (text is null)
            return "";
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= maxLength)
                return shown.Append('…').ToString();
            if (IsHidden(rune))
                shown.Append('<').Append(Code(rune.Value)).Append('>');
            else
                shown.Append(rune.ToString());
        }

        return shown.ToString();
    }

    private static bool IsHidden(Rune rune) => rune.Value == 0xFFFD || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        || rune.Value is (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF) or 0x115F or 0x1160 or 0x3164 or 0xFFA0;

    private static string Code(int value) => "U+" + value.ToString("X4", CultureInfo.InvariantCulture);
}
