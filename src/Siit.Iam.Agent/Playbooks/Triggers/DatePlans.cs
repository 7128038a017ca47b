using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Triggers;

/// <summary>Plans what dates of the HRIS start: one planned start per person and trigger, moved when the date moves.</summary>
internal sealed class DatePlans(IStore store, TriggerStarts starts, RunEndings endings, TimeProvider time)
{
    private const string Moved = "trigger: the date has moved";

    /// <summary>When it is due; null when the HRIS has no such date, or it means nothing any more.</summary>
    public static (string Occurrence, DateTimeOffset At)? DueOf(HrisDateTrigger trigger, HrisPerson person)
    {
        var facts = person.Facts;
        if (trigger.Date != "end" && !person.IsEmployed)
            return null;
        if ((trigger.Date switch { "start" => facts.Start, "end" => facts.End, _ => facts.ProbationEnd }) is not { } day)
            return null;
        var zone = trigger.Zone == ZonedTimes.OfPerson ? ZonedTimes.Of(facts.Location) : ZonedTimes.Find(trigger.Zone) ?? TimeZoneInfo.Utc;
        return (HrisText.Date(day), ZonedTimes.At(day.AddDays((int)trigger.Offset.TotalDays), trigger.At, zone));
    }

    /// <summary>After news of one person: what was planned for an earlier date goes, and a run that it had started is ended.</summary>
    public async Task PlanAsync(Playbook playbook, HrisDateTrigger trigger, HrisPerson person, CancellationToken cancellationToken)
    {
        var series = TriggerKey.SeriesOf(playbook.Id, trigger.Name, person.Id);
        await PlanAsync(playbook, trigger, person, await store.FindAsync<PlannedStart>("series", series, cancellationToken: cancellationToken), isNews: true, cancellationToken);
        var current = DueOf(trigger, person)?.Occurrence;
        foreach (var key in await store.FindAsync<TriggerKey>("series", series, cancellationToken: cancellationToken))
        {
            if (key.Occurrence != current && key.Run is { } id && await store.GetAsync<RunRecord>(id, cancellationToken) is { } run && !run.State.IsEnded())
                await endings.CancelAsync(run, Moved, cancellationToken);
        }
    }

    /// <param name="planned">Everything of this series that is planned.</param>
    /// <param name="isNews">The HRIS has just said so: what is too late by now is told. Else it is history.</param>
    public async Task PlanAsync(
        Playbook playbook, HrisDateTrigger trigger, HrisPerson person, IReadOnlyList<PlannedStart> planned, bool isNews, CancellationToken cancellationToken)
    {
        var due = DueOf(trigger, person);
        var isPlanned = false;
        foreach (var one in planned)
        {
            if (due is { } same && one.Occurrence == same.Occurrence && one.Due == same.At)
                isPlanned = true;
            else
                await store.CommitAsync([Change.Delete<PlannedStart>(one.Id, one.Version)], CancellationToken.None);
        }

        if (due is not { } next || isPlanned)
            return;
        var key = TriggerKey.Of(playbook.Id, trigger.Name, person.Id, next.Occurrence, time.GetUtcNow());
        if (await WasUsedAsync(key, cancellationToken))
            return;
        if (next.At + trigger.CatchUp >= time.GetUtcNow())
            await store.CommitAsync([Change.Create(PlannedStart.Of(playbook.Id, trigger.Name, person.Id, next.Occurrence, next.At))], CancellationToken.None);
        else if (isNews)
            await starts.NotStartedAsync(key, "too_late", TooLate(next.At, trigger.CatchUp), cancellationToken);
    }

    public static string TooLate(DateTimeOffset due, TimeSpan catchUp) =>
        $"It was due at {due:yyyy-MM-dd HH:mm}Z, more than {Expressions.CelTime.IsoText(catchUp)} ago (catchUp). A person has to do it.";

    /// <summary>A date that moves away and back again counts anew when its run was ended for it.</summary>
    private async Task<bool> WasUsedAsync(TriggerKey key, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<TriggerKey>(key.Id, cancellationToken) is not { } used)
            return false;
        if (used.Run is null || await store.GetAsync<RunRecord>(used.Run, cancellationToken) is not { State: RunState.Cancelled, CancelledBy: Moved })
            return true;
        return !(await store.CommitAsync([Change.Delete<TriggerKey>(used.Id, used.Version)], CancellationToken.None)).Done;
    }
}
