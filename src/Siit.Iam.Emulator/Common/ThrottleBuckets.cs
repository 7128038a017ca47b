using System.Collections.Concurrent;

namespace Siit.Iam.Emulator.Common;

/// <summary>What a bucket says after one more request.</summary>
internal readonly record struct Throttle(int Limit, int Remaining, DateTimeOffset Reset, bool Exhausted);

/// <summary>Fixed windows of one minute, one per bucket.</summary>
internal sealed class ThrottleBuckets(EmulatorOptions options)
{
    private readonly ConcurrentDictionary<string, (DateTimeOffset Start, int Used)> windows = new();

    public Throttle Take(string bucket)
    {
        var now = options.TimeProvider.GetUtcNow();
        var limit = options.BucketLimits.GetValueOrDefault(bucket, options.RequestsPerMinute);
        var window = windows.AddOrUpdate(
            bucket,
            _ => (now, 1),
            (_, w) => now - w.Start >= TimeSpan.FromMinutes(1) ? (now, 1) : (w.Start, w.Used + 1));
        return new(limit, Math.Max(0, limit - window.Used), window.Start.AddMinutes(1), window.Used > limit);
    }

    public void Clear() => windows.Clear();
}
