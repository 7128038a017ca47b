using System.Collections.Concurrent;

namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>
/// The vendor's quotas as one connection knows them, shared by all its calls: what one call is told about throttling, the others
/// heed without asking.
/// </summary>
internal sealed class Quotas(Throttling throttling, ResilienceOptions options, TimeProvider time)
{
    public const string Throttles = "The IdP throttles this server";

    private const string Kept = "The IdP's quota is nearly used up, and its rest is kept for single calls";

    private readonly ConcurrentDictionary<string, DateTimeOffset> _usedUpUntil = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Rest> _rests = new(StringComparer.Ordinal);

    /// <summary>What an answer says about throttling, its wait kept within what is believed.</summary>
    public async ValueTask<Throttled?> ReadAsync(HttpResponseMessage response)
    {
        var throttled = await throttling.ReadAsync(response, time.GetUtcNow());
        if (throttled?.Wait is not { } wait) return throttled;
        return new Throttled(TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, options.LongestBelievedWait.Ticks)));
    }

    public void Remember(HttpRequestMessage request, TimeSpan wait) => _usedUpUntil[throttling.Bucket(request)] = time.GetUtcNow() + wait;

    /// <summary>Notes what an answer says about the rest of its quota. Several of the vendor's quotas may be one here: the scarcest counts.</summary>
    public void Note(HttpRequestMessage request, HttpResponseMessage response)
    {
        var now = time.GetUtcNow();
        if (throttling.RestOf?.Invoke(response, now) is not { } rest) return;
        _rests.AddOrUpdate(throttling.Bucket(request), rest, (_, known) => known.ResetsAt > now && known.Share < rest.Share ? known : rest);
    }

    /// <summary>
    /// Waits until the request's quota is open again; <see cref="ThrottledException"/> when that takes too long. A bulk request also
    /// leaves the last share to the interactive ones, for as long as a call waits at all.
    /// </summary>
    public async Task WaitAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var bucket = throttling.Bucket(request);
        if (AmbientUrgency.Now == Urgency.Bulk && _rests.TryGetValue(bucket, out var rest) && rest.Share <= options.KeptShare)
        {
            var reset = rest.ResetsAt - time.GetUtcNow();
            await DelayAsync(reset < options.MaxWait ? reset : options.MaxWait, Kept, cancellationToken);
        }
        if (!_usedUpUntil.TryGetValue(bucket, out var until)) return;
        var wait = until - time.GetUtcNow();
        if (wait > options.MaxWait) throw new ThrottledException(until);
        await DelayAsync(wait, Throttles, cancellationToken);
    }

    private async Task DelayAsync(TimeSpan wait, string why, CancellationToken cancellationToken)
    {
        if (wait <= TimeSpan.Zero) return;
        WaitReports.Tell(new Wait(why, wait));
        await Task.Delay(wait, time, cancellationToken);
    }
}
