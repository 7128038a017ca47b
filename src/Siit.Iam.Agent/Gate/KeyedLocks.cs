namespace Siit.Iam.Agent.Gate;

/// <summary>
/// One at a time per key, in this process. Enough, because only one process opens the store; what must also hold across a crash
/// is held by the call's record (compare-and-set) and by <see cref="UnsettledAccounts"/>.
/// </summary>
internal sealed class KeyedLocks
{
    private readonly Dictionary<string, Entry> _entries = [];

    public async Task<IDisposable> AcquireAsync(string key, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (_entries)
        {
            if (!_entries.TryGetValue(key, out entry!))
                _entries[key] = entry = new Entry();
            entry.Users++;
        }

        try
        {
            await entry.Turn.WaitAsync(cancellationToken);
        }
        catch
        {
            Leave(key, entry);
            throw;
        }

        return new Held(this, key, entry);
    }

    private void Leave(string key, Entry entry)
    {
        lock (_entries)
        {
            if (--entry.Users > 0)
                return;
            _entries.Remove(key);
            entry.Turn.Dispose();
        }
    }

    private sealed class Entry
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed class Held(KeyedLocks locks, string key, Entry entry) : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) != 0)
                return;
            entry.Turn.Release();
            locks.Leave(key, entry);
        }
    }
}

/// <summary>Accounts with an effect whose outcome is not known: nothing else is done to them until it is settled.</summary>
internal sealed class UnsettledAccounts
{
    private readonly Dictionary<string, string> _calls = [];

    public string? CallOf(string connection, string subject)
    {
        lock (_calls)
            return _calls.GetValueOrDefault($"{connection}:{subject}");
    }

    public void Add(CallRecord call)
    {
        lock (_calls)
            _calls[Key(call)] = call.Id;
    }

    public void Remove(CallRecord call)
    {
        lock (_calls)
        {
            if (_calls.GetValueOrDefault(Key(call)) == call.Id)
                _calls.Remove(Key(call));
        }
    }

    private static string Key(CallRecord call) => $"{call.Connection}:{Subjects.Of(call)}";
}

/// <summary>What an effect is about, for "one at a time": the account, or the new work email.</summary>
internal static class Subjects
{
    public static string Of(CallRecord call) => call.Target?.AccountId ?? (call.Person ?? "").ToLowerInvariant();
}
