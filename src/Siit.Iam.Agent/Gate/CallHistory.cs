using System.Globalization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>What was asked for before: whoever decides sees the third reset of a day.</summary>
internal sealed class CallHistory(IStore store, TimeProvider time)
{
    private const int Most = 10;
    private static readonly TimeSpan Lately = TimeSpan.FromHours(24);

    /// <summary>Earlier calls for the same request, and on the same account within a day, newest first, as sentences.</summary>
    public async Task<IReadOnlyList<string>> OfAsync(CallRecord call, CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow() - Lately;
        var found = new Dictionary<string, CallRecord>(StringComparer.Ordinal);
        if (call is { Connection: { } connection, Target: { AccountId.Length: > 0 } target })
            Add((await store.FindAsync<CallRecord>("account", $"{connection}:{target.AccountId}", 2 * Most, newestFirst: true, cancellationToken: cancellationToken)).Where(earlier => earlier.ReceivedAt > since));
        if (call.Request is { } request)
            Add(await store.FindAsync<CallRecord>("request", request, 2 * Most, newestFirst: true, cancellationToken: cancellationToken));
        var all = found.Values.Where(earlier => earlier.Id != call.Id && earlier.Id != call.Plan).OrderByDescending(earlier => earlier.ReceivedAt).ThenBy(earlier => earlier.Id, StringComparer.Ordinal).ToList();
        return [.. all.Take(Most).Select(Told), .. all.Count > Most ? [$"… and {all.Count - Most} more"] : Array.Empty<string>()];

        void Add(IEnumerable<CallRecord> calls)
        {
            foreach (var earlier in calls)
                found[earlier.Id] = earlier;
        }
    }

    private static string Told(CallRecord call) =>
        $"{call.ReceivedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}Z {Actions.HiddenText.Shown(call.Action, 40)} for \"{CallAnswers.Who(call)}\" at {call.Connection ?? "?"}: "
        + $"{call.State.Word()}{(call.Request is null ? "" : $", request \"{Actions.HiddenText.Shown(call.Request, 64)}\"")} ({call.Id})";
}
