using System.Collections.Concurrent;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// Calls that somebody wants to take back right now, while they may stand before their effect. What is asked for here is not begun any
/// more; who asks waits for the call's lock and then ends it.
/// </summary>
internal sealed class Withdrawals
{
    private readonly ConcurrentDictionary<string, int> _wanted = new();

    public IDisposable Want(string call)
    {
        _wanted.AddOrUpdate(call, 1, (_, count) => count + 1);
        return new Wish(_wanted, call);
    }

    /// <summary>What must be held while a plan is taken back, and while one of its calls begins.</summary>
    public static string LockOf(string plan) => $"plan:{plan}";

    /// <summary>For good.</summary>
    public void Keep(string plan) => _wanted.AddOrUpdate(plan, 1, (_, count) => count + 1);

    public bool AreWanted(string? call) => call is not null && _wanted.TryGetValue(call, out var count) && count > 0;

    private sealed class Wish(ConcurrentDictionary<string, int> wanted, string call) : IDisposable
    {
        public void Dispose()
        {
            if (wanted.AddOrUpdate(call, 0, (_, count) => count - 1) == 0)
                wanted.TryRemove(KeyValuePair.Create(call, 0));
        }
    }
}
