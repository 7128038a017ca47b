using System.Collections.Concurrent;

namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>
/// The vendor's quotas as one connection knows them, shared by all its calls: what one call is told about throttling, the others
/// heed without asking.
/// </summary>
internal sealed class Quotas(Throttling throttling, ResilienceOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _usedUpUntil = new(StringComparer.Ordinal);

    /// <summary>What an answer says about throttling, its wait kept within what is believed.</summary>
    public async ValueTask<Throttled?> ReadAsync(HttpResponseMessage response)
    {
        var throttled = await throttling.ReadAsync(response, time.GetUtcNow());
        if (throttled?.Wait is not { } wait) return throttled;
        return new Throttled(TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, options.LongestBelievedWait.Ticks)));
    }

    public void Remember(HttpRequestMessage request, TimeSpan wait) => _usedUpUntil[throttling.Bucket(request)] = time.GetUtcNow() + wait;

    /// <summary>Waits until the request's quota is open again; <see cref="ThrottledException"/> when that takes too long.</summary>
    public async Task WaitAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!_usedUpUntil.TryGetValue(throttling.Bucket(request), out var until)) return;
        var wait = until - time.GetUtcNow();
        if (wait <= TimeSpan.Zero) return;
        if (wait > options.MaxWait) throw new ThrottledException(until);
        WaitReports.Tell(wait);
        await Task.Delay(wait, time, cancellationToken);
    }
}
