using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Events;

/// <summary>
/// Which events an account has, and the newest events themselves, in memory: whoever asks who somebody is does not wait while an
/// import has the file for itself. Read from the file when it is first needed.
/// </summary>
internal sealed class EventIndex(DirectoryCopy copy)
{
    /// <summary>About ten megabytes.</summary>
    private const int Newest = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LifecycleEvent> _newest = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private Dictionary<AccountKey, List<long>>? _ids;

    public void Load()
    {
        lock (_lock)
            Loaded();
    }

    /// <summary>Events of one account, newest first, older than an id.</summary>
    public IReadOnlyList<LifecycleEvent> Of(AccountKey account, int limit, string? before)
    {
        var found = new List<(string Id, LifecycleEvent? Happened)>();
        lock (_lock)
        {
            if (!Loaded().TryGetValue(account, out var ids))
                return [];
            for (var i = ids.Count - 1; i >= 0 && found.Count < limit; i--)
            {
                var id = EventIds.Of(ids[i]);
                if (before is null || string.CompareOrdinal(id, before) < 0)
                    found.Add((id, _newest.GetValueOrDefault(id)));
            }
        }

        return [.. found.Select(one => one.Happened ?? copy.File.Get(CopyShelves.Events, one.Id)).OfType<LifecycleEvent>()];
    }

    /// <summary>After they became durable: new ones in the order of their ids, and known ones as they are now.</summary>
    public void Know(IEnumerable<LifecycleEvent> added, IEnumerable<LifecycleEvent> confirmed)
    {
        lock (_lock)
        {
            foreach (var happened in added)
            {
                if (_ids is not null)
                    Add(_ids, new AccountKey(happened.Connection, happened.Account), EventIds.Number(happened.Id));
                _newest[happened.Id] = happened;
                _order.Enqueue(happened.Id);
                if (_order.Count > Newest)
                    _newest.Remove(_order.Dequeue());
            }

            foreach (var happened in confirmed.Where(happened => _newest.ContainsKey(happened.Id)))
                _newest[happened.Id] = happened;
        }
    }

    public void Forget(IEnumerable<LifecycleEvent> dropped)
    {
        lock (_lock)
        {
            foreach (var happened in dropped)
            {
                _newest.Remove(happened.Id);
                var account = new AccountKey(happened.Connection, happened.Account);
                if (_ids?.TryGetValue(account, out var ids) == true && ids.Remove(EventIds.Number(happened.Id)) && ids.Count == 0)
                    _ids.Remove(account);
            }
        }
    }

    private Dictionary<AccountKey, List<long>> Loaded()
    {
        if (_ids is not null)
            return _ids;
        var ids = new Dictionary<AccountKey, List<long>>();
        foreach (var entry in copy.File.Ids(CopyShelves.EventsOf, ""))
        {
            // connection/account/event: neither a connection's name nor an event's id holds a slash.
            var (first, last) = (entry.IndexOf('/', StringComparison.Ordinal), entry.LastIndexOf('/'));
            Add(ids, new AccountKey(entry[..first], entry[(first + 1)..last]), EventIds.Number(entry[(last + 1)..]));
        }

        return _ids = ids;
    }

    /// <summary>One that became durable while the others were read is among them already.</summary>
    private static void Add(Dictionary<AccountKey, List<long>> ids, AccountKey account, long id)
    {
        if (!ids.TryGetValue(account, out var known))
            ids[account] = known = [];
        if (known.Count == 0 || known[^1] < id)
            known.Add(id);
    }
}
