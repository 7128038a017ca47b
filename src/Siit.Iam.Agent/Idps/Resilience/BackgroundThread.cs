using System.Runtime.CompilerServices;

namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>
/// A thread for what is much and waits for nobody, such as the pages of an import: whoever awaits it goes on there, one after the other.
/// In the pool such work stands before the requests of people, and .NET lets a pool take what it has begun to its end. The thread
/// is there while there is work, so nothing has to be ended, and nobody waits for one that was.
/// </summary>
/// <param name="name">Of the thread, for whoever looks at a dump.</param>
/// <param name="idle">How long it waits for further work; default 2 s.</param>
/// <param name="way">Null: it gives way to nobody.</param>
internal sealed class BackgroundThread(string name, TimeSpan? idle = null, GivingWay? way = null)
{
    private static readonly AsyncLocal<BackgroundThread?> Taking = new();

    private readonly Queue<Action> _waiting = [];
    private bool _running;

    [ThreadStatic]
    private static BackgroundThread? _here;

    /// <summary>Where answers of IdPs are worked on by what is called now; null: in the pool.</summary>
    public static BackgroundThread? Now => Taking.Value;

    /// <summary>How many wait to go on here.</summary>
    public int Waiting
    {
        get
        {
            lock (_waiting)
                return _waiting.Count;
        }
    }

    /// <summary>Answers of IdPs are worked on here by everything that is called until the result is disposed.</summary>
    public IDisposable TakeAnswers()
    {
        var before = Taking.Value;
        Taking.Value = this;
        return new Restore(before);
    }

    /// <summary>Goes on here; when it is here already, behind whatever waits.</summary>
    public Awaiter GetAwaiter() => new(this);

    private void Post(Action action)
    {
        lock (_waiting)
        {
            _waiting.Enqueue(action);
            if (_running)
            {
                Monitor.Pulse(_waiting);
                return;
            }

            _running = true;
        }

        new Thread(Work) { IsBackground = true, Name = name }.UnsafeStart();
    }

    /// <summary>Counts what was done elsewhere for the work here, such as a commit.</summary>
    public void AlsoWorked(TimeSpan elsewhere) => way?.AlsoWorked(elsewhere);

    /// <summary>Between two steps of long work that is here: gives way, as it is done between two pieces of work anyway.</summary>
    public void GiveWay()
    {
        if (_here == this)
            way?.Rest();
    }

    private void Work()
    {
        _here = this;
        while (Next() is { } action)
        {
            way?.Begin();
            action();
            way?.Rest();
        }
    }

    private Action? Next()
    {
        lock (_waiting)
        {
            // Woken without reason, or too late: whatever waits is done first.
            if (_waiting.Count == 0)
                Monitor.Wait(_waiting, idle ?? TimeSpan.FromSeconds(2));
            if (_waiting.TryDequeue(out var action))
                return action;
            _running = false;
            return null;
        }
    }

    internal readonly struct Awaiter(BackgroundThread thread) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => thread.IsAlone;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => thread.Post(continuation);

        public void UnsafeOnCompleted(Action continuation) => thread.Post(continuation);
    }

    /// <summary>Whoever asks is here, and nobody waits.</summary>
    private bool IsAlone => _here == this && Waiting == 0;

    private sealed class Restore(BackgroundThread? before) : IDisposable
    {
        public void Dispose() => Taking.Value = before;
    }
}
