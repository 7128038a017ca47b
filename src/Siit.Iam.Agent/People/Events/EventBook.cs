using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Events;

/// <summary>
/// Every lifecycle event, in the order in which it became known. Ids are given inside the commit, one commit after the other: whoever
/// reads on behind the last id that he has seen misses none.
/// </summary>
internal sealed class EventBook(DirectoryCopy copy, IOwnEffects own, TimeProvider time) : IDisposable
{
    /// <summary>How long an event can still be told a second time by its vendor.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(3);

    /// <summary>How long a vendor's event id is kept: longer than any overlap in which a log is read again.</summary>
    private static readonly TimeSpan ToldFor = TimeSpan.FromDays(30);

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly EventIndex _index = new(copy);
    private RecentEvents? _recent;
    private long? _last;

    /// <summary>Raised after events became durable. Whoever listens must be quick and reads them himself.</summary>
    public event Action? Added;

    /// <summary>Brings a step of a connection's sync into the copy, with the events that follow from it, in one commit.</summary>
    /// <param name="log">What the vendor's log told.</param>
    /// <param name="baseline">The first picture of a connection: what is in it has not just happened.</param>
    public async Task CommitAsync(
        string connection, DirectoryTraits traits, Copying step, IReadOnlyList<FeedEvent> log, bool baseline, bool caughtUp,
        Action<DocumentChanges>? more, Sync.SyncState? state, CancellationToken cancellationToken)
    {
        step.Finish();
        var documents = step.Documents;
        more?.Invoke(documents);
        var now = time.GetUtcNow();
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var verdict = baseline ? new EventVerdict() : EventMatching.Judge(Knowledge(connection, traits, now, caughtUp), log, step.Differences);
            var effects = verdict.New.Count == 0 ? [] : await own.OnAsync(connection, [.. verdict.New.Select(happened => happened.Account).Distinct(StringComparer.Ordinal)], now - Remembered, cancellationToken);
            List<LifecycleEvent> added = [.. verdict.New.Select(happened => Finished(happened, step, effects))];
            foreach (var happened in added.Concat(verdict.Confirmed))
                Put(documents, happened);
            foreach (var (vendorId, index) in verdict.Told)
                documents.Put(CopyShelves.Told, CopyShelves.Id(connection, vendorId), new ToldEvent(index < 0 ? null : added[index].Id, now));
            foreach (var expected in verdict.NowExpected)
                documents.Put(CopyShelves.Expected, IdOf(expected), expected);
            foreach (var met in verdict.NoLongerExpected)
                documents.Delete(CopyShelves.Expected, IdOf(met));
            await copy.CommitAsync(step, documents, connection, state);
            Remember(added, verdict.Confirmed);
            if (added.Count > 0)
                Added?.Invoke();
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Reads what it keeps in memory; otherwise the first question does.</summary>
    public void Load() => _index.Load();

    /// <summary>Events behind an id, oldest first; all when it is null.</summary>
    public IReadOnlyList<LifecycleEvent> After(string? id, int limit) => [.. copy.File.Range(CopyShelves.Events, "", id, limit).Select(found => found.Value)];

    /// <summary>Events, newest first, older than an id.</summary>
    public IReadOnlyList<LifecycleEvent> Before(string? id, int limit) =>
        [.. copy.File.Range(CopyShelves.Events, "", id, limit, newestFirst: true).Select(found => found.Value)];

    /// <summary>Events of one account, newest first.</summary>
    public IReadOnlyList<LifecycleEvent> Of(AccountKey account, int limit, string? before = null) => _index.Of(account, limit, before);

    public IReadOnlyList<ExpectedEvent> ExpectedAt(string connection) =>
        [.. copy.File.All(CopyShelves.Expected, connection + "/").Select(found => found.Value)];

    /// <summary>Drops events that became known before a time, and what vendors told so long ago that they will not tell it again.</summary>
    public async Task ForgetAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        while (true)
        {
            var old = After(null, 500).TakeWhile(happened => happened.KnownAt < before).ToList();
            if (old.Count == 0)
                break;
            var documents = new DocumentChanges();
            foreach (var happened in old)
            {
                documents.Delete(CopyShelves.Events, happened.Id);
                documents.Delete(CopyShelves.EventsOf, $"{happened.Connection}/{happened.Account}/{happened.Id}");
            }

            await copy.File.CommitAsync(documents, cancellationToken);
            _index.Forget(old);
        }

        var forgotten = new DocumentChanges();
        foreach (var (id, _) in copy.File.All(CopyShelves.Told).Where(told => told.Value.At < time.GetUtcNow() - ToldFor))
            forgotten.Delete(CopyShelves.Told, id);
        await copy.File.CommitAsync(forgotten, cancellationToken);
    }

    public void Dispose() => _writing.Dispose();

    private static string IdOf(ExpectedEvent expected) =>
        $"{expected.Connection}/{expected.Account}/{expected.Kind}/{expected.Object}/{expected.NoticedAt.UtcTicks}";

    private static void Put(DocumentChanges documents, LifecycleEvent happened)
    {
        documents.Put(CopyShelves.Events, happened.Id, happened);
        documents.Put(CopyShelves.EventsOf, $"{happened.Connection}/{happened.Account}/{happened.Id}", happened.Id);
    }

    private EventKnowledge Knowledge(string connection, DirectoryTraits traits, DateTimeOffset now, bool caughtUp) => new()
    {
        Connection = connection,
        Traits = traits,
        Now = now,
        WasTold = id => copy.File.Get(CopyShelves.Told, CopyShelves.Id(connection, id)) is not null,
        Recent = RecentAt(connection, now),
        Expected = ExpectedAt(connection),
        CaughtUp = caughtUp,
    };

    private LifecycleEvent Finished(LifecycleEvent happened, Copying step, IReadOnlyList<OwnEffect> effects)
    {
        var account = step.AccountNow(happened.Account);
        var named = happened with
        {
            Id = NextId(),
            Login = account?.Login ?? happened.Login,
            Email = account?.Email,
            ObjectName = happened.ObjectName ?? (happened.Object is { } thing ? step.NameOf(happened.Kind, thing) : null),
        };
        return named with { Call = OwnEvents.CallOf(named, effects) };
    }

    private string NextId()
    {
        _last ??= copy.File.Range(CopyShelves.Events, "", limit: 1, newestFirst: true) is [var (id, _)] ? EventIds.Number(id) : 0;
        _last++;
        return EventIds.Of(_last.Value);
    }

    /// <summary>Of an account of the connection; while writing.</summary>
    private Func<string, IReadOnlyList<LifecycleEvent>> RecentAt(string connection, DateTimeOffset now)
    {
        _recent ??= Load(now - Remembered);
        _recent.Forget(now - Remembered);
        var recent = _recent;
        return account => recent.Of(new AccountKey(connection, account));
    }

    private RecentEvents Load(DateTimeOffset since)
    {
        var found = new Stack<LifecycleEvent>();
        for (string? before = null; ;)
        {
            var page = Before(before, 1000);
            foreach (var happened in page.TakeWhile(happened => happened.KnownAt > since))
                found.Push(happened);
            if (page.Count < 1000 || page[^1].KnownAt <= since)
                break;
            before = page[^1].Id;
        }

        var recent = new RecentEvents();
        foreach (var happened in found)
            recent.Add(happened);
        return recent;
    }

    private void Remember(List<LifecycleEvent> added, List<LifecycleEvent> confirmed)
    {
        _index.Know(added, confirmed);
        foreach (var happened in confirmed)
            _recent?.Replace(happened);
        // Not loaded yet: then they are read with the others.
        foreach (var happened in added)
            _recent?.Add(happened);
    }
}

/// <summary>Events that may still be told again or explain a difference, by account.</summary>
internal sealed class RecentEvents
{
    private readonly Dictionary<AccountKey, List<LifecycleEvent>> _events = [];
    private readonly Queue<(DateTimeOffset KnownAt, AccountKey Account)> _order = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<LifecycleEvent> Of(AccountKey account) => _events.GetValueOrDefault(account) ?? [];

    /// <summary>In the order in which they became known.</summary>
    public void Add(LifecycleEvent happened)
    {
        var key = new AccountKey(happened.Connection, happened.Account);
        if (!_events.TryGetValue(key, out var events))
            _events[key] = events = [];
        events.Add(happened);
        _order.Enqueue((happened.KnownAt, key));
    }

    public void Replace(LifecycleEvent confirmed)
    {
        var events = _events[new AccountKey(confirmed.Connection, confirmed.Account)];
        events[events.FindIndex(happened => happened.Id == confirmed.Id)] = confirmed;
    }

    public void Forget(DateTimeOffset before)
    {
        while (_order.TryPeek(out var oldest) && oldest.KnownAt <= before)
        {
            _order.Dequeue();
            var events = _events[oldest.Account];
            events.RemoveAt(0);
            if (events.Count == 0)
                _events.Remove(oldest.Account);
        }
    }
}
