using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.Gate.Card;

/// <summary>What would be left without anybody: a group without a member, a group or application without an owner. From the copy of the directory.</summary>
internal sealed class LastOnes(DirectoryCopy copy)
{
    private const int Most = 5;

    /// <returns>Sentences, directory text in quotes.</returns>
    public IReadOnlyList<string> Of(string connection, Situation before, Situation after)
    {
        if (!copy.IsLoaded || before.Picture is not { Account: var account })
            return [];
        var lost = copy.Read(copies => copies.TryGetValue(connection, out var known)
            ? [.. LastMember(known, account.Id, before, after), .. CanSignIn(account) && !CanSignIn(after.Picture?.Account) ? LastOwner(known, account.Id) : []]
            : new List<string>());
        return [.. lost.Take(Most), .. lost.Count > Most ? [$"… and {lost.Count - Most} more that would have no owner who can sign in."] : Array.Empty<string>()];
    }

    private static IEnumerable<string> LastMember(ConnectionCopy known, string account, Situation before, Situation after)
    {
        if (before.Group?.Group is { } group && before.Picture!.Groups?.Any(held => held.Id == group.Id) == true && after.Picture?.Groups?.Any(held => held.Id == group.Id) == false
            && known.ChildrenOf(TieKind.Member, group.Id).All(member => member == account))
            yield return $"The last member of the group {HiddenText.Quoted(group.Name)}: it would be empty.";
    }

    private static IEnumerable<string> LastOwner(ConnectionCopy known, string account)
    {
        foreach (var (kind, word, name) in new (TieKind, string, Func<string, string?>)[]
        {
            (TieKind.GroupOwner, "group", id => known.Group(id)?.Found.Group.Name),
            (TieKind.ApplicationOwner, "application", id => known.Applications.GetValueOrDefault(id)?.Found.Application.Name),
        })
        {
            foreach (var owned in known.ParentsOf(kind, account).Where(owned => known.ChildrenOf(kind, owned).All(owner => owner == account || known.Account(owner) is not { Gone: false, Status: AccountStatus.Active or AccountStatus.Locked })))
                yield return $"The last owner of the {word} {HiddenText.Quoted(name(owned) ?? owned)}.";
        }
    }

    private static bool CanSignIn(Account? account) => account?.Status is AccountStatus.Active or AccountStatus.Locked or AccountStatus.Staged;
}
