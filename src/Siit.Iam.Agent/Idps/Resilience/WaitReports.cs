namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>Something that a call waits for.</summary>
/// <param name="Why">A sentence without its full stop.</param>
/// <param name="ToGo">Null when nobody can tell.</param>
internal sealed record Wait(string Why, TimeSpan? ToGo = null);

/// <summary>Tells whoever is waiting (a person at a terminal, an agent) what a call waits for, and for how long.</summary>
internal static class WaitReports
{
    /// <summary>A wait is told again after this.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(1.8);

    private static readonly AsyncLocal<Action<Wait>?> Listener = new();

    /// <summary>Hears of the waits of everything that is called until the result is disposed.</summary>
    public static IDisposable Listen(Action<Wait> heard)
    {
        var before = Listener.Value;
        Listener.Value = heard;
        return new Restore(before);
    }

    public static void Tell(Wait wait) => Listener.Value?.Invoke(wait);

    /// <summary>Waits for a turn, and tells of it as long as it does not come.</summary>
    public static async Task<T> TellingAsync<T>(Task<T> turn, string why, TimeProvider time)
    {
        if (turn.IsCompleted || Listener.Value is null) return await turn;
        using var come = new CancellationTokenSource();
        while (await Task.WhenAny(turn, Task.Delay(LongestSilence, time, come.Token)) != turn) Tell(new Wait(why));
        await come.CancelAsync();
        return await turn;
    }

    private sealed class Restore(Action<Wait>? before) : IDisposable
    {
        public void Dispose() => Listener.Value = before;
    }
}
