using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Google;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>A copy of a directory as simple as can be: what a reader of the connection's lists and changes comes to know.</summary>
internal sealed class GoogleCopy(GoogleConnection google) : IKnownIds
{
    private readonly Dictionary<string, HashSet<string>> _addresses = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, HashSet<string>> _groupAddresses = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<string, DirectoryAccount> Accounts { get; } = [];

    public Dictionary<string, DirectoryGroup> Groups { get; } = [];

    public Dictionary<string, DirectoryApplication> Applications { get; } = [];

    public Dictionary<string, TenantRole> Roles { get; } = [];

    public HashSet<(TieKind Kind, string Parent, string Child)> Ties { get; } = [];

    /// <summary>As told, nothing left out.</summary>
    public List<FeedEvent> Events { get; } = [];

    public string Position { get; set; } = "";

    public int Pages { get; private set; }

    public string? AccountOf(string address) => _addresses.GetValueOrDefault(address) is { Count: 1 } ids ? ids.Single() : null;

    public string? GroupOf(string addressOrName) => _groupAddresses.GetValueOrDefault(addressOrName) is { Count: 1 } ids ? ids.Single() : null;

    /// <param name="fresh">A connection for every page, as after a restart.</param>
    public async Task<GoogleCopy> ImportAsync(DateTimeOffset? changedSince = null, Func<GoogleConnection>? fresh = null)
    {
        Position = await google.GetPositionAsync(CancellationToken.None);
        var reads = google.ReadsFor(changedSince);
        var (accounts, groups) = (new HashSet<string>(), new HashSet<string>());
        await ReadAsync(reads.Reads, fresh, page =>
        {
            accounts.UnionWith(page.Accounts.Select(account => account.Account.Id));
            groups.UnionWith(page.Groups.Select(group => group.Group.Id));
        });
        if (reads.Complete.Contains(DirectoryList.Accounts)) foreach (var gone in Accounts.Keys.Except(accounts).ToList()) Gone(gone);
        if (reads.Complete.Contains(DirectoryList.Groups)) foreach (var gone in Groups.Keys.Except(groups).ToList()) GroupGone(gone);
        return this;
    }

    /// <summary>Reads changes until there are no more.</summary>
    public async Task<ChangePage> FollowAsync()
    {
        while (true)
        {
            var page = await google.ReadChangesAsync(Position, this, CancellationToken.None);
            Assert.False(page.Lost);
            foreach (var tie in page.Ties) _ = tie.Tied ? Ties.Add((tie.Kind, tie.Parent, tie.Child)) : Ties.Remove((tie.Kind, tie.Parent, tie.Child));
            await ReadAsync(page.Reads, null, _ => { });
            await RefreshAsync(page);
            Events.AddRange(page.Events.Select(one => one with { Account = AccountOf(one.Account) ?? one.Account, Object = one.Object is null ? null : GroupOf(one.Object) ?? one.Object }));
            Position = page.Position;
            if (!page.More) return page;
        }
    }

    private async Task RefreshAsync(ChangePage page)
    {
        foreach (var some in page.Accounts.Chunk(100))
        {
            var found = await google.ReadAccountsAsync(some, CancellationToken.None);
            foreach (var account in found) Know(account);
            foreach (var gone in some.Where(id => Accounts.ContainsKey(id) && found.All(account => account.Account.Id != id))) Gone(gone);
        }
        foreach (var some in page.Groups.Chunk(100))
        {
            var found = await google.ReadGroupsAsync(some, CancellationToken.None);
            foreach (var group in found) Know(group);
            foreach (var gone in some.Where(id => Groups.ContainsKey(id) && found.All(group => group.Group.Id != id))) GroupGone(gone);
        }
    }

    private async Task ReadAsync(IReadOnlyList<DirectoryRead> reads, Func<GoogleConnection>? fresh, Action<DirectoryPage> each)
    {
        var open = new Queue<DirectoryRead>(reads);
        var (covered, found) = (new List<TieList>(), new HashSet<(TieKind, string, string)>());
        while (open.TryDequeue(out var read))
        {
            var page = await (fresh?.Invoke() ?? google).ReadAsync(read, CancellationToken.None);
            Pages++;
            foreach (var account in page.Accounts) Know(account);
            foreach (var group in page.Groups) Know(group);
            foreach (var application in page.Applications) Applications[application.Application.Id] = application;
            foreach (var role in page.Roles) Roles[role.Id] = role;
            covered.AddRange(page.Covers);
            foreach (var ties in page.Ties) found.UnionWith(ties.Children.Select(child => (ties.Kind, ties.Parent, child)));
            foreach (var next in page.Next.Concat(page.Details.Select(detail => detail.Read))) open.Enqueue(next);
            each(page);
        }
        Ties.RemoveWhere(tie => covered.Any(list => list.Kind == tie.Kind && (list.Parent is null || list.Parent == tie.Parent)));
        Ties.UnionWith(found);
    }

    private void Know(DirectoryAccount account)
    {
        Accounts[account.Account.Id] = account;
        foreach (var address in account.Aliases.Append(account.Account.Login)) (_addresses.TryGetValue(address, out var ids) ? ids : _addresses[address] = []).Add(account.Account.Id);
    }

    private void Know(DirectoryGroup group)
    {
        Groups[group.Group.Id] = group;
        if (group.Email is { } address) (_groupAddresses.TryGetValue(address, out var ids) ? ids : _groupAddresses[address] = []).Add(group.Group.Id);
    }

    private void Gone(string id)
    {
        Accounts.Remove(id);
        Ties.RemoveWhere(tie => tie.Child == id);
    }

    private void GroupGone(string id)
    {
        Groups.Remove(id);
        Ties.RemoveWhere(tie => tie.Parent == id || tie.Child == id);
    }
}
