using System.Text.Json.Nodes;
using Cronos;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Triggers;

/// <summary>Brings what is planned in line with playbooks and HRIS, and starts what is due.</summary>
internal sealed class PlannedStarts(IStore store, EmployeeBook employees, TriggerStarts starts, DatePlans dates, TimeProvider time)
{
    private const int Page = 500;

    /// <summary>Everything anew: after a start, when playbooks have changed, and now and then for what no event tells.</summary>
    public async Task ReconcileAsync(PlaybookFolder folder, CancellationToken cancellationToken)
    {
        var planned = new List<PlannedStart>();
        await foreach (var one in PagesAsync<PlannedStart>(cancellationToken))
            planned.Add(one);
        foreach (var gone in planned.Where(one => TriggerOf(folder, one) is null && folder.IsRead(one.Playbook)))
            await store.CommitAsync([Change.Delete<PlannedStart>(gone.Id, gone.Version)], CancellationToken.None);

        var bySeries = planned.ToLookup(one => one.Series);
        var dated = folder.Playbooks.SelectMany(playbook => playbook.Triggers.OfType<HrisDateTrigger>().Select(trigger => (playbook, trigger))).ToList();
        if (dated.Count > 0)
        {
            await foreach (var person in PagesAsync<HrisPerson>(cancellationToken))
            {
                foreach (var (playbook, trigger) in dated)
                    await dates.PlanAsync(playbook, trigger, person, [.. bySeries[TriggerKey.SeriesOf(playbook.Id, trigger.Name, person.Id)]], isNews: false, cancellationToken);
            }
        }

        foreach (var playbook in folder.Playbooks)
        {
            foreach (var trigger in playbook.Triggers.OfType<ScheduleTrigger>().Where(trigger => !bySeries.Contains(TriggerKey.SeriesOf(playbook.Id, trigger.Name, "schedule"))))
                await PlanAsync(playbook, trigger, time.GetUtcNow());
        }
    }

    /// <summary>The HRIS of which a whole file was taken.</summary>
    public async Task<IReadOnlySet<string>> ImportedAsync(CancellationToken cancellationToken) =>
        (await store.ListAsync<HrisSourceRecord>(1000, cancellationToken: cancellationToken)).Where(source => source.Digest is not null).Select(source => source.Id).ToHashSet();

    /// <summary>Starts what is due.</summary>
    public async Task StartDueAsync(PlaybookFolder folder, CancellationToken cancellationToken)
    {
        string? after = null;
        while (await store.ListAsync<PlannedStart>(Page, after, cancellationToken: cancellationToken) is { Count: > 0 } page)
        {
            var now = time.GetUtcNow();
            // Of one person one after the other, as they are due.
            var due = page.TakeWhile(one => one.Due <= now).GroupBy(one => one.Subject).ToList();
            await Parallel.ForEachAsync(due, TriggerStarts.Together(cancellationToken), async (ofOne, token) =>
            {
                foreach (var one in ofOne)
                    await OneAsync(folder, one, token);
            });
            if (page[^1].Due > now)
                return;
            after = page[^1].Id;
        }
    }

    private async Task OneAsync(PlaybookFolder folder, PlannedStart one, CancellationToken cancellationToken)
    {
        if (TriggerOf(folder, one) is var (playbook, trigger))
            await StartAsync(playbook, trigger, one, cancellationToken);
        else if (folder.IsRead(one.Playbook))
            await DropAsync(one);
    }

    private async Task StartAsync(Playbook playbook, Trigger trigger, PlannedStart planned, CancellationToken cancellationToken)
    {
        var key = TriggerKey.Of(playbook.Id, trigger.Name, planned.Subject, planned.Occurrence, time.GetUtcNow());
        switch (trigger)
        {
            case HrisDateTrigger date when await store.GetAsync<HrisPerson>(planned.Subject, cancellationToken) is { } person:
                if (DatePlans.DueOf(date, person) != (planned.Occurrence, planned.Due))
                {
                    await dates.PlanAsync(playbook, date, person, cancellationToken);
                    return;
                }

                if (await IsInTimeAsync(key, planned, date.CatchUp, cancellationToken))
                {
                    var names = Scope.Empty.With("employee", await employees.RecordAsync(person, cancellationToken)).With("event", At(planned));
                    await starts.StartAsync(playbook, trigger, key, names, cancellationToken);
                }

                break;
            case ScheduleTrigger schedule:
                if (await IsInTimeAsync(key, planned, schedule.CatchUp, cancellationToken))
                    await starts.StartAsync(playbook, trigger, key, Scope.Empty.With("event", At(planned)), cancellationToken);
                await PlanAsync(playbook, schedule, time.GetUtcNow());
                break;
            case OverdueTrigger when await store.GetAsync<RequestRecord>(planned.Subject, cancellationToken) is { State: RequestState.Open } request && await IsUntouchedAsync(request.Id, cancellationToken):
                await starts.StartAsync(playbook, trigger, key, TriggerFeeds.NamesOf(request), cancellationToken, request: request.Id);
                break;
        }

        await DropAsync(planned);
    }

    /// <summary>Nothing was begun for it: no call, no message, no run.</summary>
    private async Task<bool> IsUntouchedAsync(string request, CancellationToken cancellationToken) =>
        (await store.FindAsync<CallRecord>("request", request, 1, cancellationToken: cancellationToken)).Count == 0
        && (await store.FindAsync<TimelineNote>("request", request, 1, cancellationToken: cancellationToken)).Count == 0
        && (await store.FindAsync<Runs.RunRecord>("request", request, 1, cancellationToken: cancellationToken)).Count == 0;

    private async Task<bool> IsInTimeAsync(TriggerKey key, PlannedStart planned, TimeSpan catchUp, CancellationToken cancellationToken)
    {
        if (planned.Due + catchUp >= time.GetUtcNow())
            return true;
        await starts.NotStartedAsync(key, "too_late", DatePlans.TooLate(planned.Due, catchUp), cancellationToken);
        return false;
    }

    private async Task PlanAsync(Playbook playbook, ScheduleTrigger trigger, DateTimeOffset after)
    {
        var cron = CronExpression.Parse(trigger.Cron);
        if (cron.GetNextOccurrence(after, ZonedTimes.Find(trigger.Zone) ?? TimeZoneInfo.Utc) is { } next)
        {
            var due = next.ToUniversalTime();
            await store.CommitAsync([Change.Create(PlannedStart.Of(playbook.Id, trigger.Name, "schedule", CelTime.Text(due), due))], CancellationToken.None);
        }
    }

    private async Task DropAsync(PlannedStart planned) => await store.CommitAsync([Change.Delete<PlannedStart>(planned.Id, planned.Version)], CancellationToken.None);

    private static (Playbook Playbook, Trigger Trigger)? TriggerOf(PlaybookFolder folder, PlannedStart planned) =>
        folder.Find(planned.Playbook) is { } playbook && playbook.Triggers.FirstOrDefault(trigger => trigger.Name == planned.Trigger) is { } trigger ? (playbook, trigger) : null;

    private static JsonObject At(PlannedStart planned) => new() { ["time"] = CelTime.Text(planned.Due) };

    private async IAsyncEnumerable<T> PagesAsync<T>([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken) where T : class, IRecord
    {
        string? after = null;
        IReadOnlyList<T> page;
        do
        {
            page = await store.ListAsync<T>(Page, after, cancellationToken: cancellationToken);
            foreach (var record in page)
                yield return record;
            after = page.Count > 0 ? page[^1].Id : after;
        }
        while (page.Count == Page);
    }
}
