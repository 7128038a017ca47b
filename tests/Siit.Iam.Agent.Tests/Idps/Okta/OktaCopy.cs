using System.Text.Json;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

/// <summary>The least that a copy of a directory is, fed by a source as the real one is: what is covered is replaced, what is missing is gone.</summary>
internal sealed class OktaCopy : IKnownIds
{
    public Dictionary<string, DirectoryAccount> Accounts { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, IdpGroup> Groups { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, IdpApplication> Applications { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, TenantRole> Roles { get; } = new(StringComparer.Ordinal);

    public HashSet<(TieKind Kind, string Parent, string Child)> Ties { get; } = [];

    public Dictionary<string, string?> Stamps { get; } = new(StringComparer.Ordinal);

    public List<FeedEvent> Events { get; } = [];

    public string Position { get; private set; } = "";

    /// <summary>Times that the source said to have lost its place.</summary>
    public int Lost { get; private set; }

    public static async Task<OktaCopy> OfAsync(Func<IDirectorySource> source)
    {
        var copy = new OktaCopy { Position = await source().GetPositionAsync(CancellationToken.None) };
        await copy.ReadAsync(source, source().ReadsFor(null).Reads);
        return copy;
    }

    /// <summary>Reads with all that follows from them. Each is stored in between, and read by whoever is there then.</summary>
    public async Task ReadAsync(Func<IDirectorySource> source, IEnumerable<DirectoryRead> reads)
    {
        var queue = new Queue<DirectoryRead>(reads);
        while (queue.TryDequeue(out var read))
        {
            var stored = JsonSerializer.Deserialize<DirectoryRead>(JsonSerializer.Serialize(read))!;
            var page = await source().ReadAsync(stored, CancellationToken.None);
            foreach (var list in page.Covers) Ties.RemoveWhere(tie => tie.Kind == list.Kind && (list.Parent ?? tie.Parent) == tie.Parent);
            foreach (var account in page.Accounts) Accounts[account.Account.Id] = account;
            foreach (var group in page.Groups) Groups[group.Group.Id] = group.Group;
            foreach (var application in page.Applications) Applications[application.Application.Id] = application.Application;
            foreach (var role in page.Roles) Roles[role.Id] = role;
            foreach (var ties in page.Ties) Ties.UnionWith(ties.Children.Select(child => (ties.Kind, ties.Parent, child)));
            foreach (var detail in page.Details) Stamps[$"{detail.Read.What} {detail.Read.Of}"] = detail.Stamp;
            foreach (var next in page.Next.Concat(page.Details.Select(detail => detail.Read))) queue.Enqueue(next);
        }
    }

    /// <summary>Reads what changed until nothing more comes.</summary>
    public async Task FollowAsync(Func<IDirectorySource> source)
    {
        for (var more = true; more;)
        {
            var page = await source().ReadChangesAsync(Position, this, CancellationToken.None);
            (Position, more) = (page.Position, page.More);
            if (page.Lost) Lost++;
            Events.AddRange(page.Events);
            foreach (var tie in page.Ties)
                if (tie.Tied) Ties.Add((tie.Kind, tie.Parent, tie.Child));
                else Ties.Remove((tie.Kind, tie.Parent, tie.Child));
            foreach (var id in page.Accounts) Accounts.Remove(id);
            if (page.Accounts.Count > 0)
                foreach (var account in await source().ReadAccountsAsync(page.Accounts, CancellationToken.None)) Accounts[account.Account.Id] = account;
            foreach (var id in page.Groups) Groups.Remove(id);
            if (page.Groups.Count > 0)
                foreach (var group in await source().ReadGroupsAsync(page.Groups, CancellationToken.None)) Groups[group.Group.Id] = group.Group;
            Ties.RemoveWhere(tie => page.Accounts.Contains(tie.Child) && !Accounts.ContainsKey(tie.Child));
            Ties.RemoveWhere(tie => (page.Groups.Contains(tie.Parent) && !Groups.ContainsKey(tie.Parent)) || (page.Groups.Contains(tie.Child) && !Groups.ContainsKey(tie.Child)));
            await ReadAsync(source, page.Reads);
        }
    }

    /// <summary>Everything in it, to be compared.</summary>
    public IEnumerable<string> Lines() =>
    [
        .. Accounts.Values.Select(account => $"account {account.Account.Id} {account.Account.Login} {account.Account.VendorStatus} {account.Account.Department} {account.Account.Title}").Order(StringComparer.Ordinal),
        .. Groups.Values.Select(group => $"group {group.Id} {group.Name} {group.VendorType}").Order(StringComparer.Ordinal),
        .. Applications.Values.Select(application => $"application {application.Id} {application.Name} {application.Active}").Order(StringComparer.Ordinal),
        .. Ties.Select(tie => $"tie {tie.Kind} {tie.Parent} {tie.Child}").Order(StringComparer.Ordinal),
    ];

    public IEnumerable<string> Children(TieKind kind, string parent) =>
        Ties.Where(tie => tie.Kind == kind && tie.Parent == parent).Select(tie => tie.Child).Order(StringComparer.Ordinal);

    public string? AccountOf(string address) =>
        Accounts.Values.SingleOrDefault(account => string.Equals(account.Account.Login, address, StringComparison.OrdinalIgnoreCase))?.Account.Id;

    public string? GroupOf(string addressOrName) =>
        Groups.Values.SingleOrDefault(group => string.Equals(group.Name, addressOrName, StringComparison.OrdinalIgnoreCase))?.Id;
}
