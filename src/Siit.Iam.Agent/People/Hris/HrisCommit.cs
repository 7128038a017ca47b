using System.Globalization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>
/// Gathers changes of people with their events and commits them in small pieces, so that nobody else waits long. A person, the
/// events of that change, the event counter and the source's counts are always in one piece: after a crash each is there or none.
/// </summary>
internal sealed class HrisCommit(IStore store, HrisSourceRecord source, HrisCounter counter, TimeProvider time)
{
    private const int Fullest = 50;

    // The source, the counter and one person with every kind of news.
    private const int Largest = 14;
    private readonly List<Change> _changes = [];
    private HrisCounter _counter = counter;

    /// <summary>As it will be stored with the next piece.</summary>
    public HrisSourceRecord Source { get; set; } = source;

    public int Created { get; private set; }

    public int Changed { get; private set; }

    /// <summary>Goes with the next piece.</summary>
    public void Add(Change change) => _changes.Add(change);

    /// <returns>True when something was to be stored.</returns>
    public async Task<bool> AddAsync(HrisPerson? before, HrisStep step)
    {
        var next = step.Next;
        if (ReferenceEquals(before, next))
            return false;
        _changes.Add(before is null ? Change.Create(next) : Change.Save(next));
        foreach (var news in step.News)
        {
            _counter = _counter with { Last = _counter.Last + 1 };
            _changes.Add(Change.Create(new HrisEvent
            {
                Id = _counter.Last.ToString("D19", CultureInfo.InvariantCulture),
                Kind = news.Kind,
                Person = next.Id,
                WorkEmail = next.Facts.WorkEmail,
                At = time.GetUtcNow(),
                Before = news.Before,
                After = news.After,
            }));
        }

        Source = Source with
        {
            Employed = Source.Employed + Count(next.IsEmployed) - Count(before?.IsEmployed == true),
            People = Source.People + Count(next.RemovedAt is null) - Count(before is { RemovedAt: null }),
        };
        _ = before is null ? Created++ : Changed++;
        if (_changes.Count > Fullest - Largest)
            await FlushAsync();
        return true;
    }

    /// <summary>Stores what is left, and the source in any case.</summary>
    public async Task FlushAsync()
    {
        var counted = _changes.Any(change => change.Type == typeof(HrisEvent));
        _changes.Add(Source.Version == 0 ? Change.Create(Source) : Change.Save(Source));
        if (counted)
            _changes.Add(_counter.Version == 0 ? Change.Create(_counter) : Change.Save(_counter));
        var done = await store.CommitAsync([.. _changes], CancellationToken.None);
        if (!done.Done)
            throw new InvalidOperationException($"{done.ConflictType} {done.ConflictId} was changed by somebody else than the HRIS book, its only writer.");
        _changes.Clear();
        Source = Source with { Version = Source.Version + 1 };
        if (counted)
            _counter = _counter with { Version = _counter.Version + 1 };
    }

    private static int Count(bool counts) => counts ? 1 : 0;
}
