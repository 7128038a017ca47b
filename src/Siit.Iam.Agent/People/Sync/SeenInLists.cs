using System.Collections;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>What an import's pages name, gathered in one pass before anything is brought in.</summary>
internal sealed class SeenInLists
{
    private readonly ConnectionCopy _part;

    /// <summary>By the copy's numbers; whoever the copy does not know cannot be missed.</summary>
    private readonly BitArray _accounts;
    private readonly HashSet<string> _groups = new(StringComparer.Ordinal);
    private readonly HashSet<string> _applications = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _factors = new(StringComparer.Ordinal);
    private readonly HashSet<TieList> _covered = [];
    private readonly List<DetailRead> _marked = [];

    public SeenInLists(ConnectionCopy part) => (_part, _accounts) = (part, new BitArray(part.Accounts.Count));

    public void Add(PageGist page)
    {
        foreach (var named in page.Accounts)
        {
            if (_part.HasNumber(TieKind.Member, named.Account.Id, out var number))
                _accounts[number] = true;
        }

        _groups.UnionWith(page.Groups.Select(named => named.Group.Id));
        _applications.UnionWith(page.Applications.Select(named => named.Application.Id));
        foreach (var (account, has) in page.SecondFactors)
            _factors[account] = has;
        _covered.UnionWith(page.Covers);
        _marked.AddRange(page.Details.Where(detail => detail.Stamp is not null));
    }

    /// <summary>Ties that were read whole.</summary>
    public IReadOnlySet<TieList> Covered => _covered;

    /// <summary>Lists that the vendor marks.</summary>
    public IReadOnlyList<DetailRead> Marked => _marked;

    /// <summary>With the second factors that a list of its own tells.</summary>
    public DirectoryAccount WithFactors(DirectoryAccount account) =>
        account.HasMfa is null && _factors.TryGetValue(account.Account.Id, out var has) ? account with { HasMfa = has } : account;

    /// <summary>What the copy has and complete lists did not.</summary>
    public (List<string> Accounts, List<string> Groups, List<string> Applications) Missing(ImportRun run)
    {
        // What was first seen after the reading began was learnt from a change.
        return (
            run.Complete.Contains(DirectoryList.Accounts)
                ? [.. Enumerable.Range(0, _accounts.Count).Where(number => !_accounts[number]).Select(number => _part.Accounts[number])
                    .Where(known => !known.Gone && known.ReadAt < run.BeganAt).Select(known => known.Id)] : [],
            run.Complete.Contains(DirectoryList.Groups)
                ? [.. _part.Groups.Where(known => known.GoneAt is null && known.ReadAt < run.BeganAt && !_groups.Contains(known.Found.Group.Id)).Select(known => known.Found.Group.Id)] : [],
            run.Complete.Contains(DirectoryList.Applications)
                ? [.. _part.Applications.Values.Where(known => known.GoneAt is null && known.ReadAt < run.BeganAt && !_applications.Contains(known.Found.Application.Id)).Select(known => known.Found.Application.Id)] : []);
    }
}
