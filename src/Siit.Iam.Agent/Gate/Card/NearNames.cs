using System.Text;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Rules;
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
        var (name, login, email) = (Skeletons.Of(account.Name), Skeletons.Of(account.Login), Skeletons.Of(account.Email ?? ""));
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

    /// <summary>What cannot be alike by its length is not looked at closer: a directory has a hundred thousand.</summary>
    private static bool IsAlike(string skeleton, string text) =>
        skeleton.Length > 0 && text.Length > 0 && (text.Length >= skeleton.Length || !Ascii.IsValid(text)) && text.Length <= (2 * skeleton.Length) + 4 && Begins(skeleton[0], text) && skeleton == Skeletons.Of(text);

    private static bool Begins(char first, string text) => !char.IsAscii(text[0]) || first is 'm' or 'w' || Skeletons.Plain(text[0]) is var plain && (plain == first || plain == '\0');
}
