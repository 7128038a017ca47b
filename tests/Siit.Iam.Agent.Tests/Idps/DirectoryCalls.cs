using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Idps;

/// <summary>Everything that a source of the copy is asked, once. Part of <see cref="EveryCall"/>.</summary>
internal static class DirectoryCalls
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What happened since a position, with what has to be read because of it.</summary>
    public static async Task FollowAsync(IDirectorySource source, string position)
    {
        for (var more = true; more;)
        {
            var page = await source.ReadChangesAsync(position, new NobodyKnown(), Token);
            Assert.False(page.Lost);
            if (page.Accounts.Count > 0) await source.ReadAccountsAsync([.. page.Accounts.Take(100)], Token);
            if (page.Groups.Count > 0) await source.ReadGroupsAsync([.. page.Groups.Take(100)], Token);
            await ListsAsync(source, page.Reads, 3);
            (position, more) = (page.Position, page.More);
        }
    }

    private static async Task<(IReadOnlyList<string> Accounts, IReadOnlyList<string> Groups)> ListsAsync(IDirectorySource source, IEnumerable<DirectoryRead> reads, int pages)
    {
        var (accounts, groups) = (new List<string>(), new List<string>());
        var read = new Dictionary<string, int>(StringComparer.Ordinal);
        var queue = new Queue<DirectoryRead>(reads);
        while (queue.TryDequeue(out var next))
        {
            if ((read[next.What] = read.GetValueOrDefault(next.What) + 1) > pages) continue;
            var page = await source.ReadAsync(next, Token);
            accounts.AddRange(page.Accounts.Select(account => account.Account.Id));
            groups.AddRange(page.Groups.Select(group => group.Group.Id));
            foreach (var following in page.Next.Concat(page.Details.Select(detail => detail.Read))) queue.Enqueue(following);
        }
        return (accounts, groups);
    }

    private sealed class NobodyKnown : IKnownIds
    {
        public string? AccountOf(string address) => null;

        public string? GroupOf(string addressOrName) => null;
    }
}
