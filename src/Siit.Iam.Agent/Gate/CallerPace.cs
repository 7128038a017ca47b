using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// The caller's rate limit, first of all: a caller gone wild must not be able to fill the audit log. What is swallowed is counted
/// and written as one entry a minute.
/// </summary>
internal sealed class CallerPace(GateOptions options, AuditLog log, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new();

    public Refusal? Refuses(CallerRecord caller)
    {
        var bucket = _buckets.GetOrAdd(caller.Id, _ => new Bucket(options.CallsPerMinute, time.GetUtcNow()));
        return bucket.Take(options.CallsPerMinute, time.GetUtcNow())
            ? null
            : new Refusal("too_many_calls", $"Caller '{caller.Id}' makes more than {options.CallsPerMinute} calls a minute. Wait a minute, then go on slower.");
    }

    /// <summary>Writes what was swallowed since the last time; called about once a minute.</summary>
    public async Task WriteSwallowedAsync(CancellationToken cancellationToken)
    {
        foreach (var (caller, bucket) in _buckets)
        {
            if (bucket.TakeSwallowed() is var swallowed and > 0)
            {
                await log.WriteAsync(
                    new AuditDraft(AuditKinds.RateSwallowed)
                    {
                        Actor = new AuditActor { Caller = caller },
                        Data = new JsonObject { ["calls"] = swallowed },
                    },
                    cancellationToken);
            }
        }
    }

    private sealed class Bucket(double tokens, DateTimeOffset at)
    {
        private readonly Lock _lock = new();
        private double _tokens = tokens;
        private DateTimeOffset _at = at;
        private long _swallowed;

        public bool Take(int perMinute, DateTimeOffset now)
        {
            lock (_lock)
            {
                _tokens = Math.Min(perMinute, _tokens + Math.Max(0, (now - _at).TotalMinutes) * perMinute);
                _at = now;
                if (_tokens < 1)
                {
                    _swallowed++;
                    return false;
                }

                _tokens--;
                return true;
            }
        }

        public long TakeSwallowed()
        {
            lock (_lock)
            {
                var swallowed = _swallowed;
                _swallowed = 0;
                return swallowed;
            }
        }
    }
}
