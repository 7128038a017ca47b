using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Gate;

/// <summary>Tells a caller what its call waits for, and counts down where the time to go is known: nothing is silent for long.</summary>
internal sealed class CallWaits : IDisposable
{
    private readonly Lock _gate = new();
    private readonly IProgress<string> _progress;
    private readonly TimeProvider _time;
    private readonly IDisposable _listening;
    private readonly ITimer _again;
    private (string Why, DateTimeOffset Until)? _current;

    public CallWaits(IProgress<string> progress, TimeProvider time)
    {
        (_progress, _time) = (progress, time);
        _again = time.CreateTimer(_ => Again(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _listening = WaitReports.Listen(Hear);
    }

    public void Dispose()
    {
        _listening.Dispose();
        _again.Dispose();
    }

    private void Hear(Wait wait)
    {
        lock (_gate)
        {
            _current = wait.ToGo is { } toGo ? (wait.Why, _time.GetUtcNow() + toGo) : null;
            _again.Change(_current is null ? Timeout.InfiniteTimeSpan : WaitReports.LongestSilence, WaitReports.LongestSilence);
        }
        _progress.Report(Sentence(wait.Why, wait.ToGo));
    }

    private void Again()
    {
        string sentence;
        lock (_gate)
        {
            if (_current is not { } wait)
                return;
            var toGo = wait.Until - _time.GetUtcNow();
            if (toGo <= TimeSpan.Zero)
            {
                _current = null;
                _again.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }
            sentence = Sentence(wait.Why, toGo);
        }
        _progress.Report(sentence);
    }

    private static string Sentence(string why, TimeSpan? toGo) => toGo is { } left ? $"{why}; going on in {Math.Ceiling(left.TotalSeconds)} s." : $"{why}.";
}
