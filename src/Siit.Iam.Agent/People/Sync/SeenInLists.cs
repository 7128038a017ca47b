using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>What an import's pages name, gathered in one pass before anything is brought in: pages are unpacked each time they are read.</summary>
internal sealed class SeenInLists
{
    private readonly HashSet<string> _accounts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _groups = new(StringComparer.Ordinal);
    private readonly HashSet<string> _applications = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _factors = new(StringComparer.Ordinal);

    public SeenInLists(IEnumerable<DirectoryPage> pages)
    {
        foreach (var page in pages)
        {
            _accounts.UnionWith(page.Accounts.Select(account => account.Account.Id));
            _groups.UnionWith(page.Groups.Select(group => group.Group.Id));
            _applications.UnionWith(page.Applications.Select(application => application.Application.Id));
            foreach (var (account, has) in page.SecondFactors)
                _factors[account] = has;
        }
    }

    /// <summary>With the second factors that a list of its own tells.</summary>
    public DirectoryAccount WithFactors(DirectoryAccount account) =>
        account.HasMfa is null && _factors.TryGetValue(account.Account.Id, out var has) ? account with { HasMfa = has } : account;

    /// <summary>What the copy has and complete lists did not.</summary>
    public (List<string> Accounts, List<string> Groups, List<string> Applications) Missing(ConnectionCopy part, ImportRun run)
    {
        // What was first seen after the reading began was learnt from a change.
        return (
            run.Complete.Contains(DirectoryList.Accounts)
                ? [.. part.Accounts.Where(known => !known.Gone && known.ReadAt < run.BeganAt && !_accounts.Contains(known.Id)).Select(known => known.Id)] : [],
            run.Complete.Contains(DirectoryList.Groups)
                ? [.. part.Groups.Where(known => known.GoneAt is null && known.ReadAt < run.BeganAt && !_groups.Contains(known.Found.Group.Id)).Select(known => known.Found.Group.Id)] : [],
            run.Complete.Contains(DirectoryList.Applications)
                ? [.. part.Applications.Values.Where(known => known.GoneAt is null && known.ReadAt < run.BeganAt && !_applications.Contains(known.Found.Application.Id)).Select(known => known.Found.Application.Id)] : []);
    }
}
