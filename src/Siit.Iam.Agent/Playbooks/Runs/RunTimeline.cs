using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>What runs did for a request: their beginning and end, and the questions that were answered in between.</summary>
internal sealed class RunTimeline(IStore store) : ITimelineSource
{
    public async Task<IReadOnlyList<TimelineEntry>> OfAsync(string request, CancellationToken cancellationToken)
    {
        var entries = new List<TimelineEntry>();
        foreach (var run in await store.FindAllAsync<RunRecord>("request", request, cancellationToken))
            await AddAsync(run, entries, cancellationToken);
        return entries;
    }

    private async Task AddAsync(RunRecord run, List<TimelineEntry> entries, CancellationToken cancellationToken)
    {
        var key = run.Trigger is { } trigger ? await store.GetAsync<TriggerKey>(trigger, cancellationToken) : null;
        var by = key is null ? run.Requester is { Proved: true, Email: { } person } ? person : run.Starter.Caller : key.Trigger;
        entries.Add(new TimelineEntry(run.StartedAt, "run", $"Playbook {run.Title} started by {HiddenText.Shown(by, 100)}.", Run: run.Id));
        foreach (var question in await store.FindAsync<RunQuestion>("run", run.Id, 100, cancellationToken: cancellationToken))
        {
            if (question is { AnsweredAt: { } at, AnsweredBy: { } who })
                entries.Add(new TimelineEntry(at, "decision", $"{who} answered \"{HiddenText.Shown(question.Text, 200)}\".", Run: run.Id));
        }

        if (run.EndedAt is { } ended)
            entries.Add(new TimelineEntry(ended, "run", $"Playbook {run.Title} ended as {run.State.Word()}: {HiddenText.Shown(run.Message, 1_000)}", Run: run.Id));
    }
}
