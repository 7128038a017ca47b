using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Idps;

/// <summary>Every call of an import and of looking for changes, once. As <see cref="EveryCall"/>: whether answers are right is looked at elsewhere.</summary>
internal static class EveryDirectoryCall
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="everything">All pages of all lists; else the first three of each.</param>
    public static async Task ReadAsync(IDirectorySource source, bool everything)
    {
        var position = await source.GetPositionAsync(Token);
        var (accounts, groups) = (new HashSet<string>(), new HashSet<string>());
        foreach (var changedSince in new DateTimeOffset?[] { null, DateTimeOffset.UtcNow.AddHours(-1) })
        {
            var open = new Queue<DirectoryRead>(source.ReadsFor(changedSince).Reads);
            var pages = new Dictionary<(string, string?), int>();
            while (open.TryDequeue(out var read))
            {
                var page = await source.ReadAsync(read, Token);
                accounts.UnionWith(page.Accounts.Select(account => account.Account.Id));
                groups.UnionWith(page.Groups.Select(group => group.Group.Id));
                var count = pages[(read.What, read.Of)] = pages.GetValueOrDefault((read.What, read.Of)) + 1;
                foreach (var next in page.Next.Where(_ => everything || count < 3)) open.Enqueue(next);
                foreach (var detail in page.Details) open.Enqueue(detail.Read);
            }
        }

        await source.ReadAccountsAsync([.. accounts.Take(20)], Token);
        await source.ReadGroupsAsync([.. groups.Take(20)], Token);
        await source.ReadChangesAsync(position, new Nobody(), Token);
    }

    private sealed class Nobody : IKnownIds
    {
        public string? AccountOf(string address) => null;

        public string? GroupOf(string addressOrName) => null;
    }
}
