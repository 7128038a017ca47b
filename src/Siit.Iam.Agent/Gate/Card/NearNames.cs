using System.Globalization;
using System.Text;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.Gate.Card;

/// <summary>Whom one could take for somebody else: the same name, or a name or address that looks the same. From the copy of the directory.</summary>
internal sealed class NearNames(DirectoryCopy copy)
{
    private const int Most = 5;

    /// <param name="own">Keys of the person's own accounts, which are no look-alikes.</param>
    /// <returns>Sentences, directory text in quotes.</returns>
    public IReadOnlyList<string> Of(string connection, Account account, IReadOnlySet<string> own)
    {
        if (!copy.IsLoaded)
            return [];
        var (name, login, email) = (Skeleton(account.Name), Skeleton(account.Login), Skeleton(account.Email ?? ""));
        var found = copy.Read(copies => copies.Values.SelectMany(part => part.Accounts.Where(other => !other.Gone && Resembles(other)).Select(other => (part.Name, other)))
            .Where(near => near.other.Id != account.Id || near.Name != connection)
            .Where(near => !own.Contains($"{near.Name}:{near.other.Id}")).Take(50).ToList());
        return
        [
            .. found.OrderBy(near => near.Name, StringComparer.Ordinal).ThenBy(near => near.other.Id, StringComparer.Ordinal).Take(Most).Select(near => Told(near.Name, near.other)),
            .. found.Count > Most ? [$"… and {(found.Count < 50 ? $"{found.Count - Most}" : "many")} more"] : Array.Empty<string>(),
        ];

        bool Resembles(KnownAccount other) => IsAlike(name, other.Name) || IsAlike(login, other.Login) || (email.Length > 0 && other.Email is { } theirs && IsAlike(email, theirs));

        string Told(string where, KnownAccount other)
        {
            var why = IsAlike(login, other.Login) || (email.Length > 0 && other.Email is { } theirs && IsAlike(email, theirs)) ? "an address that looks the same"
                : other.Name.Equals(account.Name, StringComparison.OrdinalIgnoreCase) ? "the same name" : "a name that looks the same";
            return $"\"{LookAlikes.InName(other.Name)}\", \"{LookAlikes.InAddress(other.Email ?? other.Login)}\" ({where}:{other.Id}) has {why}";
        }
    }

    /// <summary>Equal for texts that look alike: upper and lower case, accents, letters of other alphabets and digits that stand for letters.</summary>
    public static string Skeleton(string text)
    {
        var skeleton = new StringBuilder(text.Length);
        foreach (var c in Ascii.IsValid(text) ? text : text.Normalize(NormalizationForm.FormKD))
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

    /// <summary>What cannot be alike by its length is not looked at closer: a directory has a hundred thousand.</summary>
    private static bool IsAlike(string skeleton, string text) =>
        skeleton.Length > 0 && text.Length > 0 && (text.Length >= skeleton.Length || !Ascii.IsValid(text)) && text.Length <= (2 * skeleton.Length) + 4 && Begins(skeleton[0], text) && skeleton == Skeleton(text);

    private static bool Begins(char first, string text) => !char.IsAscii(text[0]) || first is 'm' or 'w' || Plain(text[0]) is var plain && (plain == first || plain == '\0');

    private static char Plain(char c)
    {
        if (char.IsAscii(c))
        {
            return c switch
            {
                '0' => 'o',
                '1' or '|' => 'l',
                'I' or 'i' => 'l',
                '5' => 's',
                _ => char.ToLowerInvariant(c),
            };
        }

        var at = Others.IndexOf(char.ToLowerInvariant(c), StringComparison.Ordinal);
        return at >= 0 ? AsLatin[at]
            : CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format or UnicodeCategory.Control ? '\0'
            : char.ToLowerInvariant(c);
    }

    /// <summary>Cyrillic, Greek, Armenian and others that a Latin letter is usually feigned with; each has its reading below.</summary>
    private const string Others = "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u043a\u04cf\u043c\u043e\u0440\u051b\u0455\u0442\u0443\u0475\u0432\u043d\u0445\u0461\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c5\u03c4\u0570\u0585\u0578\u057d\u0131\u0142\u0111\u00f8\u0269\u0261\u2113";
    private const string AsLatin = "acdehljklmopqstyvbnxwaopvlkuthonulldolgl";
}
