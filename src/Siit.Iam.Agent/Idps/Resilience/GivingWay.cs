using System.Diagnostics;

namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>
/// How the work of a <see cref="BackgroundThread"/> gives way: while somebody is being answered it takes a tenth of the time. What a
/// piece of work does to the whole process, such as a collection or a core that is not free, then meets few answers; stepping aside
/// when somebody asks would come too late for that.
/// </summary>
/// <param name="unhindered">So long it works as fast as it can: what is short is over before it is worth resting. Default 2 s.</param>
internal sealed class GivingWay(Askers askers, TimeSpan? unhindered = null)
{
    /// <summary>How often as long as it worked.</summary>
    private const int Rests = 9;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>So long without work, and what comes is another work.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly TimeSpan _unhindered = unhindered ?? TimeSpan.FromSeconds(2);
    private readonly object _lock = new();
    private TimeSpan _elsewhere;
    private TimeSpan _worked;

    /// <summary>When the work began that is going on, or the last one ended.</summary>
    private long _since;

    /// <summary>A piece of work begins; on the thread.</summary>
    public void Begin()
    {
        if (Stopwatch.GetElapsedTime(_since) > Pause)
            _worked = TimeSpan.Zero;
        _since = Stopwatch.GetTimestamp();
    }

    /// <summary>Counts what was done elsewhere for the work, such as a commit.</summary>
    public void AlsoWorked(TimeSpan elsewhere)
    {
        lock (_lock)
            _elsewhere += elsewhere;
    }

    /// <summary>Between two pieces of work, on the thread: rests for the last one, if somebody is being answered.</summary>
    public void Rest()
    {
        var worked = Stopwatch.GetElapsedTime(_since);
        lock (_lock)
        {
            (worked, _elsewhere) = (worked + _elsewhere, TimeSpan.Zero);
            _worked += worked;
            var rest = worked * Rests < Longest ? worked * Rests : Longest;
            var began = Stopwatch.GetTimestamp();
            // Nobody wakes it: it looks up now and then whether somebody still asks.
            while (_worked > _unhindered && askers.AreThere && Stopwatch.GetElapsedTime(began) is var rested && rested < rest)
                Monitor.Wait(_lock, TimeSpan.FromMilliseconds(Math.Clamp((rest - rested).TotalMilliseconds, 1, 20)));
        }

        _since = Stopwatch.GetTimestamp();
    }
}
