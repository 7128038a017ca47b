namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>Tells whoever is waiting (a person at a terminal, an agent) that an IdP throttles us and for how long.</summary>
internal static class WaitReports
{
    private static readonly AsyncLocal<Action<TimeSpan>?> Listener = new();

    /// <summary>Hears of the waits of everything that is called until the result is disposed.</summary>
    public static IDisposable Listen(Action<TimeSpan> heard)
    {
        var before = Listener.Value;
        Listener.Value = heard;
        return new Restore(before);
    }

    public static void Tell(TimeSpan wait) => Listener.Value?.Invoke(wait);

    private sealed class Restore(Action<TimeSpan>? before) : IDisposable
    {
        public void Dispose() => Listener.Value = before;
    }
}
