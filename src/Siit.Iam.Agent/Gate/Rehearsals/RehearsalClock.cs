namespace Siit.Iam.Agent.Gate.Rehearsals;

/// <summary>The time of a rehearsal: it stands still, and jumps to whatever somebody waits for.</summary>
internal sealed class RehearsalClock(DateTimeOffset start) : TimeProvider
{
    private long _ticks = start.UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void JumpTo(DateTimeOffset at)
    {
        // Never back: approvals expire by a clock that does not go back.
        var now = Interlocked.Read(ref _ticks);
        while (at.UtcTicks > now)
        {
            var seen = Interlocked.CompareExchange(ref _ticks, at.UtcTicks, now);
            if (seen == now)
                break;
            now = seen;
        }
    }

    public void Jump(TimeSpan by) => JumpTo(GetUtcNow() + by);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Jumping(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Jumping(RehearsalClock clock, TimerCallback callback, object? state) : ITimer
    {
        private int _over;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan || Volatile.Read(ref _over) != 0)
                return true;
            clock.Jump(dueTime);
            ThreadPool.QueueUserWorkItem(_ =>
            {
                if (Volatile.Read(ref _over) == 0)
                    callback(state);
            });
            return true;
        }

        public void Dispose() => Volatile.Write(ref _over, 1);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
