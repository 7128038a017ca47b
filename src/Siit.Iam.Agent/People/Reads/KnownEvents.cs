using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>Finds lifecycle events: of everybody or one person, since a time or the latest.</summary>
internal sealed class KnownEvents(EventBook book, PersonSearch search, IHrisRecords hris)
{
    /// <summary>Events looked at for one page; where few fit, the page is shorter and its cursor goes on.</summary>
    private const int MostLookedAt = 20_000;

    private const int Together = 500;

    /// <summary>Of one account; older ones are found without a person.</summary>
    private const int MostOfOne = 1_000;

    /// <summary>An event becomes known after it happened; an IdP's clock may be ahead of ours.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(10);

    /// <summary>Null when the cursor was not made for this question.</summary>
    /// <exception cref="InputException">The person is not exactly one.</exception>
    public async ValueTask<Page<EventFacts>?> ListAsync(EventQuestion question, IReadOnlyList<string> connections, CancellationToken cancellationToken)
    {
        if (question is { Person: not null, Account: null, Kind: null, After: null, Hris: true })
            return await ListOfPersonAsync(question, connections, cancellationToken);
        var list = ListName(question, connections);
        var from = question.Cursor is null ? question.After : PageCursor.Decode(list, question.Cursor);
        if (question.Cursor is not null && from is null)
            return null;
        var accounts = await AccountsAsync(question, connections, cancellationToken);
        var found = new List<LifecycleEvent>();
        var (looked, last) = (0, "");
        foreach (var happened in InOrder(question, accounts, from))
        {
            if (found.Count == question.Limit || looked == MostLookedAt)
                return new Page<EventFacts>([.. found.Select(Told)], PageCursor.Encode(list, last));
            (looked, last) = (looked + 1, happened.Id);
            if (connections.Contains(happened.Connection) && (question.Kind is null || question.Kind == happened.Kind) && (question.Since is null || happened.Time >= question.Since))
                found.Add(happened);
        }

        return new Page<EventFacts>([.. found.Select(Told)], null);
    }

    /// <summary>With what the HRIS told: its events are numbered by themselves, so all are in the order of their times.</summary>
    private async ValueTask<Page<EventFacts>?> ListOfPersonAsync(EventQuestion question, IReadOnlyList<string> connections, CancellationToken cancellationToken)
    {
        var list = ListName(question, connections);
        var from = question.Cursor is null ? null : PageCursor.Decode(list, question.Cursor);
        if (question.Cursor is not null && from is null)
            return null;
        var events = (await LatestAsync(await ExactlyAsync(question.Person!, connections, cancellationToken), MostOfOne, cancellationToken))
            .Where(happened => (happened.Connection == IHrisRecords.Source || connections.Contains(happened.Connection)) && (question.Since is null || happened.Time >= question.Since));
        var ordered = question.Since is null
            ? events.OrderByDescending(Place, StringComparer.Ordinal).Where(happened => from is null || string.CompareOrdinal(Place(happened), from) < 0)
            : events.OrderBy(Place, StringComparer.Ordinal).Where(happened => from is null || string.CompareOrdinal(Place(happened), from) > 0);
        var page = ordered.Take(question.Limit + 1).ToList();
        return page.Count <= question.Limit
            ? new Page<EventFacts>(page, null)
            : new Page<EventFacts>(page[..question.Limit], PageCursor.Encode(list, Place(page[question.Limit - 1])));

        static string Place(EventFacts happened) => $"{happened.Time.UtcTicks:D19}/{happened.Connection}/{happened.Id}";
    }

    /// <summary>Of a person, the HRIS's among them, newest first.</summary>
    public async ValueTask<IReadOnlyList<EventFacts>> LatestAsync(Person person, int limit, CancellationToken cancellationToken)
    {
        var told = person.Hris is { } record ? (await hris.LatestAsync(record.Id, limit, cancellationToken)).Select(news => Told(record, news)) : [];
        return
        [
            .. KeysOf(person).SelectMany(account => book.Of(account, limit)).OrderByDescending(happened => happened.Id, StringComparer.Ordinal).Take(limit).Select(Told)
                .Concat(told).OrderByDescending(happened => happened.Time).Take(limit),
        ];
    }

    public static EventFacts Told(LifecycleEvent happened) => new()
    {
        Id = happened.Id,
        Connection = happened.Connection,
        Kind = Answers.Word(happened.Kind),
        Account = happened.Account,
        Login = happened.Login,
        Object = happened.ObjectName ?? happened.Object,
        Fields = happened.Fields,
        Time = happened.Time,
        NetChange = happened.Source == EventSource.NetChange,
        Actor = happened.Actor,
        Call = happened.Call,
    };

    private static EventFacts Told(HrisRecord record, RecordNews news) => new()
    {
        Id = news.Id,
        Connection = IHrisRecords.Source,
        Kind = news.Kind,
        Account = record.Id,
        Login = news.WorkEmail,
        Object = news.After,
        Time = news.At,
    };

    private static string ListName(EventQuestion question, IReadOnlyList<string> connections) =>
        $"copy/events/{string.Join(',', connections)}/{question.Since:O}/{question.Person}/{question.Account}/{question.Kind}/{question.After}";

    private static IEnumerable<AccountKey> KeysOf(Person person) => person.Accounts.Concat(person.Gone).Select(account => account.Key);

    /// <summary>The accounts asked for; null: all.</summary>
    private async ValueTask<List<AccountKey>?> AccountsAsync(EventQuestion question, IReadOnlyList<string> connections, CancellationToken cancellationToken)
    {
        if (question.Account is { } id)
            return [.. connections.Select(connection => new AccountKey(connection, id))];
        return question.Person is { } person ? [.. KeysOf(await ExactlyAsync(person, connections, cancellationToken))] : null;
    }

    private async ValueTask<Person> ExactlyAsync(string person, IReadOnlyList<string> connections, CancellationToken cancellationToken)
    {
        var found = await search.ExactlyAsync(person, connections, cancellationToken);
        return found.Count switch
        {
            0 => throw new InputException("Nobody has exactly this address or id as 'person'; find_person looks for names."),
            1 => found[0].Person,
            var several => throw new InputException($"'person' means {several} people; find_person tells who, ask with an id."),
        };
    }

    private IEnumerable<LifecycleEvent> InOrder(EventQuestion question, List<AccountKey>? accounts, string? from) => (question.Since is null && question.After is null, accounts) switch
    {
        (true, null) => Paged(from, book.Before),
        (false, null) => Paged(from ?? LastBefore(question.Since!.Value - Skew), book.After),
        (true, _) => accounts.SelectMany(account => book.Of(account, MostOfOne, from)).OrderByDescending(happened => happened.Id, StringComparer.Ordinal),
        _ => accounts.SelectMany(account => book.Of(account, MostOfOne)).OrderBy(happened => happened.Id, StringComparer.Ordinal)
            .Where(happened => from is null || string.CompareOrdinal(happened.Id, from) > 0),
    };

    private static IEnumerable<LifecycleEvent> Paged(string? from, Func<string?, int, IReadOnlyList<LifecycleEvent>> next)
    {
        while (next(from, Together) is { Count: > 0 } page)
        {
            foreach (var happened in page)
                yield return happened;
            from = page[^1].Id;
        }
    }

    /// <summary>The id behind which events became known at a time or later: ids grow with that.</summary>
    private string? LastBefore(DateTimeOffset time)
    {
        if (book.After(null, 1) is not [var first] || book.Before(null, 1) is not [var newest])
            return null;
        var (low, high) = (EventIds.Number(first.Id) - 1, EventIds.Number(newest.Id));
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var behind = book.After(EventIds.Of(middle), 1)[0];
            if (behind.KnownAt < time)
                low = EventIds.Number(behind.Id);
            else
                high = middle;
        }

        return EventIds.Of(low);
    }
}
