namespace Siit.Iam.Agent.Tests.Support;

/// <summary>A clock that runs with the real one and can be put forward; timers stay real.</summary>
internal sealed class ManualTime : TimeProvider
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public void Advance(TimeSpan by) => _ahead += by;
}
