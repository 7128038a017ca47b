using System.Runtime.CompilerServices;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>What approvers were asked, and what became of it: nothing that was decided or has expired goes away.</summary>
internal sealed class ApprovalRecords(IStore store, TimeProvider time)
{
    private const int Page = 500;

    /// <summary>Everything that was asked of approvers since a time, newest first: also what is decided, expired or taken back.</summary>
    public async Task<IReadOnlyList<CallRecord>> ListAsync(TimeSpan within, int limit, CancellationToken cancellationToken)
    {
        var asked = new List<CallRecord>();
        await foreach (var call in SinceAsync(time.GetUtcNow() - within, cancellationToken))
        {
            if (call.Approval is not null || call.Earlier.Count > 0)
                asked.Add(call);
        }

        return [.. asked.OrderByDescending(call => call.ReceivedAt).ThenBy(call => call.Id, StringComparer.Ordinal).Take(limit)];
    }

    public async Task<ApprovalStats> StatsAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        var calls = new List<CallRecord>();
        var approvers = await store.ListAsync<ApproverRecord>(1000, cancellationToken: cancellationToken);
        await foreach (var call in SinceAsync(time.GetUtcNow() - within, cancellationToken))
            calls.Add(call);
        return ApprovalStats.Of(calls, within, approvers);
    }

    /// <summary>Ids of steps begin with their run, so their order alone does not tell where to stop.</summary>
    private async IAsyncEnumerable<CallRecord> SinceAsync(DateTimeOffset since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<CallRecord> page;
        string? before = null;
        do
        {
            page = await store.ListAsync<CallRecord>(Page, before, newestFirst: true, cancellationToken);
            foreach (var call in page.Where(call => call.ReceivedAt >= since))
                yield return call;
            before = page.Count > 0 ? page[^1].Id : null;
        }
        while (page.Count == Page);
    }
}
