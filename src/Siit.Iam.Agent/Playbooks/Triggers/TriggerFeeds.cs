using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Triggers;

/// <summary>
/// Reads on in what the HRIS, the IdPs and the requesters tell, and starts what it starts. The cursor moves after the starts: killed in
/// between, the same events are read again, and their keys keep them from starting anything twice.
/// </summary>
internal sealed class TriggerFeeds(
    IStore store, EventBook events, DirectoryCopy copy, EmployeeBook employees, TriggerStarts starts, DatePlans dates, RunDispatcher dispatcher, TimeProvider time)
{
    private const int Page = 200;
    private const int LongestChain = 5;

    public async Task HrisAsync(PlaybookFolder folder, CancellationToken cancellationToken)
    {
        var cursor = await CursorAsync("hris", async () => await store.ListAsync<HrisEvent>(1, newestFirst: true, cancellationToken: cancellationToken) is [var last] ? last.Id : null, cancellationToken);
        while (await store.ListAsync<HrisEvent>(Page, cursor.After, cancellationToken: cancellationToken) is { Count: > 0 } page)
        {
            // Of one person one after the other, as they happened.
            await Parallel.ForEachAsync(page.GroupBy(news => news.Person), TriggerStarts.Together(cancellationToken), async (ofOne, token) =>
            {
                foreach (var news in ofOne)
                    await OneAsync(folder, news, token);
            });
            cursor = await MovedAsync(cursor, page[^1].Id);
        }
    }

    public async Task IdpsAsync(PlaybookFolder folder, CancellationToken cancellationToken)
    {
        if (!copy.IsLoaded)
            return;
        var newest = events.Before(null, 1) is [var last] ? last.Id : null;
        var cursor = await CursorAsync("idp", () => Task.FromResult(newest), cancellationToken);
        // The copy was begun anew, and its numbers with it.
        if (cursor.After is not null && string.CompareOrdinal(cursor.After, newest ?? "") > 0)
            cursor = await MovedAsync(cursor, null);
        while (events.After(cursor.After, Page) is { Count: > 0 } page)
        {
            foreach (var happened in page)
                await OneAsync(folder, happened, cancellationToken);
            cursor = await MovedAsync(cursor, page[^1].Id);
        }
    }

    /// <summary>Newly submitted requests: each stands in the queue until what it starts is started or planned.</summary>
    public async Task RequestsAsync(PlaybookFolder folder, CancellationToken cancellationToken)
    {
        while (await store.ListAsync<RequestNews>(Page, cancellationToken: cancellationToken) is { Count: > 0 } page)
        {
            await Parallel.ForEachAsync(page, TriggerStarts.Together(cancellationToken), async (news, token) =>
            {
                if (await store.GetAsync<RequestRecord>(news.Request, token) is { } request)
                    await OneAsync(folder, request, token);
                await store.CommitAsync([Change.Delete<RequestNews>(news.Id, news.Version)], CancellationToken.None);
            });
        }
    }

    private async Task OneAsync(PlaybookFolder folder, HrisEvent news, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<HrisPerson>(news.Person, cancellationToken) is not { } person)
            return;
        Scope? names = null;
        foreach (var playbook in folder.Playbooks)
        {
            foreach (var trigger in playbook.Triggers)
            {
                if (trigger is HrisDateTrigger date)
                {
                    await dates.PlanAsync(playbook, date, person, cancellationToken);
                }
                else if (trigger is HrisEventTrigger told && told.Event == HrisWords.WordOf(news.Kind))
                {
                    names ??= Scope.Empty.With("employee", await employees.RecordAsync(person, cancellationToken)).With("event", Told(news));
                    await starts.StartAsync(playbook, told, TriggerKey.Of(playbook.Id, "hris", person.Id, news.Id, time.GetUtcNow()), names, cancellationToken);
                }
            }
        }
    }

    private async Task OneAsync(PlaybookFolder folder, LifecycleEvent happened, CancellationToken cancellationToken)
    {
        var word = EventKinds.WordOf(happened);
        await WakeAsync(happened, word, cancellationToken);
        foreach (var playbook in folder.Playbooks)
        {
            foreach (var trigger in playbook.Triggers.OfType<IdpTrigger>().Where(trigger => IsAbout(trigger, happened, word)))
            {
                // What a playbook does starts it neither again nor in a circle.
                var chain = await ChainAsync(happened.Call, cancellationToken);
                if (chain.Contains(playbook.Id) || chain.Count >= LongestChain)
                    continue;
                // A copy that was begun anew gives its numbers a second time.
                var key = TriggerKey.Of(playbook.Id, "idp", $"{happened.Connection}:{happened.Account}", $"{happened.Id}/{happened.KnownAt.UtcTicks}", time.GetUtcNow());
                await starts.StartAsync(playbook, trigger, key, Scope.Empty.With("event", Told(happened)), cancellationToken, chain: chain);
            }
        }
    }

    private async Task OneAsync(PlaybookFolder folder, RequestRecord request, CancellationToken cancellationToken)
    {
        foreach (var playbook in folder.Playbooks)
        {
            foreach (var trigger in playbook.Triggers)
            {
                if (trigger is RequestTrigger submitted && submitted.Form == request.Form)
                {
                    var key = TriggerKey.Of(playbook.Id, trigger.Name, request.Id, "submitted", time.GetUtcNow());
                    await starts.StartAsync(playbook, trigger, key, NamesOf(request), cancellationToken, request.Fields, request.Id);
                }
                else if (trigger is OverdueTrigger overdue && (overdue.Form is null || overdue.Form == request.Form))
                {
                    await store.CommitAsync([Change.Create(PlannedStart.Of(playbook.Id, trigger.Name, request.Id, "overdue", request.SubmittedAt + overdue.After))], CancellationToken.None);
                }
            }
        }
    }

    public static Scope NamesOf(RequestRecord request) =>
        Scope.Empty.With("request", new JsonObject { ["id"] = request.Id, ["text"] = request.Text, ["requester"] = request.Requester });

    private static bool IsAbout(IdpTrigger trigger, LifecycleEvent happened, string word) => trigger.Event == word
        && (trigger.Connection is null || trigger.Connection == happened.Connection)
        && IsObject(trigger.Object, happened);

    private static bool IsObject(string? named, LifecycleEvent happened) =>
        named is null || named == happened.Object || named.Equals(happened.ObjectName, StringComparison.OrdinalIgnoreCase);

    /// <summary>Runs whose wait this event ends.</summary>
    private async Task WakeAsync(LifecycleEvent happened, string word, CancellationToken cancellationToken)
    {
        if (happened.Email is null)
            return;
        foreach (var run in await store.FindAsync<RunRecord>("waker", happened.Email.ToLowerInvariant(), 1000, cancellationToken: cancellationToken))
        {
            if (run.Waker is not { } waker || waker.Event != word || !IsObject(waker.Object, happened) || run.Signal?.Path == waker.Path)
                continue;
            var signalled = run with { Signal = new RunSignal(waker.Path, happened.Id, happened.Time) };
            if ((await store.CommitAsync([Change.Save(signalled)], CancellationToken.None)).Done)
                dispatcher.Wake(run.Id);
        }
    }

    private async Task<IReadOnlyList<string>> ChainAsync(string? call, CancellationToken cancellationToken)
    {
        if (call is null || await store.GetAsync<CallRecord>(call, cancellationToken) is not { Run: { } id } || await store.GetAsync<RunRecord>(id, cancellationToken) is not { } run)
            return [];
        return [.. run.Chain, run.Playbook];
    }

    private static JsonObject Told(HrisEvent news)
    {
        var told = new JsonObject { ["time"] = CelTime.Text(news.At) };
        Add(told, "before", news.Before);
        Add(told, "after", news.After);
        return told;
    }

    private static JsonObject Told(LifecycleEvent happened)
    {
        var told = new JsonObject { ["connection"] = happened.Connection, ["account"] = happened.Account, ["time"] = CelTime.Text(happened.Time) };
        Add(told, "email", happened.Email);
        Add(told, "login", happened.Login);
        Add(told, "object", happened.Object);
        Add(told, "object_name", happened.ObjectName);
        Add(told, "actor", happened.Actor);
        return told;
    }

    private static void Add(JsonObject told, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            told[name] = text;
    }

    /// <summary>At first sight of a feed what is in it has not just happened.</summary>
    private async Task<TriggerCursor> CursorAsync(string id, Func<Task<string?>> last, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<TriggerCursor>(id, cancellationToken) is { } known)
            return known;
        var cursor = new TriggerCursor { Id = id, After = await last() };
        await store.CommitAsync([Change.Create(cursor)], CancellationToken.None);
        return cursor with { Version = 1 };
    }

    private async Task<TriggerCursor> MovedAsync(TriggerCursor cursor, string? after)
    {
        var moved = cursor with { After = after };
        if (!(await store.CommitAsync([Change.Save(moved)], CancellationToken.None)).Done)
            throw new InvalidOperationException($"The cursor {cursor.Id} was moved by somebody else than its only reader.");
        return moved with { Version = cursor.Version + 1 };
    }
}
