using System.Globalization;
using System.Text;

namespace Siit.Iam.Agent.Gate.Rules;

/// <summary>
/// What a text looks like: equal for texts that could be taken for each other. Own tables, because a process without a culture does not
/// normalise anything but ASCII.
/// </summary>
internal static class Skeletons
{
    /// <summary>Cyrillic, Greek, Armenian and others that a Latin letter is usually feigned with; each has its reading below.</summary>
    private const string Others = "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u043a\u04cf\u043c\u043e\u0440\u051b\u0455\u0442\u0443\u0475\u0432\u043d\u0445\u0461\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c5\u03c4\u0570\u0585\u0578\u057d\u0131\u0142\u0111\u00f8\u0269\u0261\u2113\u212a";
    private const string OthersAsLatin = "acdehljklmopqstyvbnxwaopvlkuthonulldolglk";

    /// <summary>Latin letters with accents, lower case; each has its letter below.</summary>
    private static readonly Dictionary<char, char> Accented = Pairs(
        "\u00e0\u00e1\u00e2\u00e3\u00e4\u00e5\u00e7\u00e8\u00e9\u00ea\u00eb\u00ec\u00ed\u00ee\u00ef\u00f1\u00f2\u00f3\u00f4\u00f5\u00f6\u00f9"
        + "\u00fa\u00fb\u00fc\u00fd\u00ff\u0101\u0103\u0105\u0107\u0109\u010b\u010d\u010f\u0113\u0115\u0117\u0119\u011b\u011d\u011f\u0121\u0123"
        + "\u0125\u0129\u012b\u012d\u012f\u0135\u0137\u013a\u013c\u013e\u0144\u0146\u0148\u014d\u014f\u0151\u0155\u0157\u0159\u015b\u015d\u015f"
        + "\u0161\u0163\u0165\u0169\u016b\u016d\u016f\u0171\u0173\u0175\u0177\u017a\u017c\u017e\u017f\u01a1\u01b0\u01ce\u01d0\u01d2\u01d4\u01d6"
        + "\u01d8\u01da\u01dc\u01df\u01e1\u01e7\u01e9\u01eb\u01ed\u01f0\u01f5\u01f9\u01fb\u0201\u0203\u0205\u0207\u0209\u020b\u020d\u020f\u0211"
        + "\u0213\u0215\u0217\u0219\u021b\u021f\u0227\u0229\u022b\u022d\u022f\u0231\u0233\u1e01\u1e03\u1e05\u1e07\u1e09\u1e0b\u1e0d\u1e0f\u1e11"
        + "\u1e13\u1e15\u1e17\u1e19\u1e1b\u1e1d\u1e1f\u1e21\u1e23\u1e25\u1e27\u1e29\u1e2b\u1e2d\u1e2f\u1e31\u1e33\u1e35\u1e37\u1e39\u1e3b\u1e3d"
        + "\u1e3f\u1e41\u1e43\u1e45\u1e47\u1e49\u1e4b\u1e4d\u1e4f\u1e51\u1e53\u1e55\u1e57\u1e59\u1e5b\u1e5d\u1e5f\u1e61\u1e63\u1e65\u1e67\u1e69"
        + "\u1e6b\u1e6d\u1e6f\u1e71\u1e73\u1e75\u1e77\u1e79\u1e7b\u1e7d\u1e7f\u1e81\u1e83\u1e85\u1e87\u1e89\u1e8b\u1e8d\u1e8f\u1e91\u1e93\u1e95"
        + "\u1e96\u1e97\u1e98\u1e99\u1e9b\u1ea1\u1ea3\u1ea5\u1ea7\u1ea9\u1eab\u1ead\u1eaf\u1eb1\u1eb3\u1eb5\u1eb7\u1eb9\u1ebb\u1ebd\u1ebf\u1ec1"
        + "\u1ec3\u1ec5\u1ec7\u1ec9\u1ecb\u1ecd\u1ecf\u1ed1\u1ed3\u1ed5\u1ed7\u1ed9\u1edb\u1edd\u1edf\u1ee1\u1ee3\u1ee5\u1ee7\u1ee9\u1eeb\u1eed"
        + "\u1eef\u1ef1\u1ef3\u1ef5\u1ef7\u1ef9",
        "aaaaaaceeeeiiiinooooouuuuyyaaaccccdeeeeegggghiiiijklllnnnooorrrssssttuuuuuuwyzzzsouaiouuuuuaagkoojgnaaaeeiioor"
        + "ruusthaeooooyabbbcdddddeeeeefghhhhhiikkkllllmmmnnnnoooopprrrrsssssttttuuuuuvvwwwwwxxyzzzhtwysaaaaaaaaaaaaeeeee"
        + "eeeiioooooooooooouuuuuuuyyyy");

    /// <summary>Upper and lower case, accents, full-width forms, letters of other alphabets and digits that stand for letters make no difference.</summary>
    public static string Of(string text)
    {
        var skeleton = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            var plain = Plain(c);
            if (plain == '\0')
                continue;
            skeleton.Append(plain);
            // rn reads as m, vv as w.
            if (skeleton.Length > 1 && (plain, skeleton[^2]) is ('n', 'r') or ('v', 'v'))
                skeleton.Remove(skeleton.Length - 2, 2).Append(plain == 'n' ? 'm' : 'w');
        }

        return skeleton.ToString();
    }

    /// <summary>The letter that a character reads as; zero for what is not seen.</summary>
    public static char Plain(char c)
    {
        // Full-width forms lie in the order of ASCII.
        if (c is >= '\uff01' and <= '\uff5e')
            c = (char)(c - 0xfee0);
        var lower = char.ToLowerInvariant(c);
        if (char.IsAscii(c))
        {
            return lower switch
            {
                '0' => 'o',
                '1' or '|' or 'i' => 'l',
                '5' => 's',
                _ => lower,
            };
        }

        if (Accented.TryGetValue(lower, out var letter))
            return letter == 'i' ? 'l' : letter;
        var at = Others.IndexOf(c == '\u212a' ? c : lower, StringComparison.Ordinal);
        return at >= 0 ? OthersAsLatin[at]
            : CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format or UnicodeCategory.Control ? '\0'
            : lower;
    }

    private static Dictionary<char, char> Pairs(string from, string to) => from.Zip(to).ToDictionary(pair => pair.First, pair => pair.Second);
}
