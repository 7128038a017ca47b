using System.Collections.Concurrent;

namespace Siit.Iam.Agent.People.Hris.Scim;

/// <summary>How many requests a minute each HRIS may send, and how many wrong tokens all strangers together may try.</summary>
internal sealed class ScimPace(HrisOptions options, TimeProvider time)
{
    private const int StrangersPerMinute = 60;
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new();

    public bool TakeStranger() => Take("", StrangersPerMinute);

    public bool Take(string source) => Take(source, options.RequestsPerMinute);

    private bool Take(string name, int perMinute) =>
        _buckets.GetOrAdd(name, _ => new Bucket(perMinute, time.GetUtcNow())).Take(perMinute, time.GetUtcNow());

    private sealed class Bucket(double tokens, DateTimeOffset at)
    {
        private readonly Lock _lock = new();
        private double _tokens = tokens;
        private DateTimeOffset _at = at;

        public bool Take(int perMinute, DateTimeOffset now)
        {
            lock (_lock)
            {
                _tokens = Math.Min(perMinute, _tokens + Math.Max(0, (now - _at).TotalMinutes) * perMinute);
                _at = now;
                if (_tokens < 1)
                    return false;
                _tokens--;
                return true;
            }
        }
    }
}
