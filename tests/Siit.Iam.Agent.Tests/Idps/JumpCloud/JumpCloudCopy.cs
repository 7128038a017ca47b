using System.Globalization;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.JumpCloud;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

/// <summary>A copy of the directory as somebody keeps it who knows the source by its contract only: pages in any order, then changes.</summary>
internal sealed class JumpCloudCopy : IKnownIds
{
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    public Dictionary<string, DirectoryAccount> Accounts { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, DirectoryGroup> Groups { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, DirectoryApplication> Applications { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, TenantRole> Roles { get; } = new(StringComparer.Ordinal);

    public HashSet<(TieKind Kind, string Parent, string Child)> Ties { get; } = [];

    public List<FeedEvent> Events { get; } = [];

    /// <summary>Events that were told a second time.</summary>
    public int Repeated { get; private set; }

    public int Pages { get; private set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="connect">Asked for every page, as a restarted process would.</param>
    /// <param name="pick">Which of the pages that are known to be left comes next.</param>
    public static async Task<JumpCloudCopy> ReadAsync(Func<JumpCloudConnection> connect, Func<int, int>? pick = null, DateTimeOffset? changedSince = null)
    {
        var copy = new JumpCloudCopy();
        await copy.WalkAsync(connect, connect().ReadsFor(changedSince).Reads, pick ?? (_ => 0));
        return copy;
    }

    /// <summary>Everything that is told behind the position; the new position.</summary>
    public async Task<string> FollowAsync(JumpCloudConnection source, string position)
    {
        ChangePage page;
        do
        {
            page = await source.ReadChangesAsync(position, this, Token);
            Assert.False(page.Lost);
            await ApplyAsync(source, page);
            position = page.Position;
        }
        while (page.More);
        return position;
    }

    public string? AccountOf(string address) =>
        Accounts.Values.SingleOrDefault(account => string.Equals(account.Account.Email, address, StringComparison.OrdinalIgnoreCase))?.Account.Id;

    public string? GroupOf(string addressOrName) => null;

    /// <summary>Everything that can be told of the copy, for comparing two of them. Ties to what is gone do not count.</summary>
    public IReadOnlyList<string> Lines() =>
    [
        .. Accounts.Values.Select(held => string.Create(CultureInfo.InvariantCulture,
            $"account {held.Account.Id} {held.Account.Login} {held.Account.Email} {held.Account.VendorStatus} {held.Account.Department} {held.Account.Title} {ManagerOf(held)} {held.HasMfa} {held.Account.PasswordChangedAt:O}")).Order(StringComparer.Ordinal),
        .. Groups.Values.Select(group => $"group {group.Group.Id} {group.Group.Name}").Order(StringComparer.Ordinal),
        .. Applications.Values.Select(application => $"application {application.Application.Id} {application.Application.Name}").Order(StringComparer.Ordinal),
        .. Roles.Values.Select(role => $"role {role}").Order(StringComparer.Ordinal),
        .. Ties.Where(tie => IsThere(tie.Parent) && IsThere(tie.Child)).Select(tie => $"{tie.Kind} {tie.Parent} {tie.Child}").Order(StringComparer.Ordinal),
    ];

    /// <summary>Who is gone manages nobody, whatever was read before.</summary>
    private string? ManagerOf(DirectoryAccount held) => held.ManagerId is { } manager && Accounts.ContainsKey(manager) ? manager : null;

    private bool IsThere(string id) => Accounts.ContainsKey(id) || Groups.ContainsKey(id) || Applications.ContainsKey(id) || Roles.ContainsKey(id);

    private async Task WalkAsync(Func<JumpCloudConnection> connect, IEnumerable<DirectoryRead> reads, Func<int, int> pick)
    {
        var left = reads.ToList();
        while (left.Count > 0)
        {
            var at = pick(left.Count);
            var page = await connect().ReadAsync(left[at], Token);
            left.RemoveAt(at);
            left.AddRange(page.Next);
            left.AddRange(page.Details.Select(detail => detail.Read));
            Take(page);
        }
    }

    private void Take(DirectoryPage page)
    {
        Pages++;
        foreach (var cover in page.Covers) Ties.RemoveWhere(tie => tie.Kind == cover.Kind && (cover.Parent is null || tie.Parent == cover.Parent));
        foreach (var account in page.Accounts) Accounts[account.Account.Id] = account;
        foreach (var group in page.Groups) Groups[group.Group.Id] = group;
        foreach (var application in page.Applications) Applications[application.Application.Id] = application;
        foreach (var role in page.Roles) Roles[role.Id] = role;
        foreach (var ties in page.Ties) Ties.UnionWith(ties.Children.Select(child => (ties.Kind, ties.Parent, child)));
    }

    private async Task ApplyAsync(JumpCloudConnection source, ChangePage page)
    {
        foreach (var each in page.Events)
        {
            if (!_told.Add(each.Id)) Repeated++;
            Events.Add(each);
        }
        foreach (var part in page.Accounts.Chunk(100))
        {
            var found = await source.ReadAccountsAsync(part, Token);
            foreach (var id in part) Accounts.Remove(id);
            foreach (var account in found) Accounts[account.Account.Id] = account;
        }
        foreach (var part in page.Groups.Chunk(100))
        {
            foreach (var id in part) Groups.Remove(id);
            foreach (var group in await source.ReadGroupsAsync(part, Token)) Groups[group.Group.Id] = group;
        }
        foreach (var tie in page.Ties)
        {
            if (tie.Tied) Ties.Add((tie.Kind, tie.Parent, tie.Child));
            else Ties.Remove((tie.Kind, tie.Parent, tie.Child));
        }
        await WalkAsync(() => source, page.Reads, _ => 0);
    }
}
