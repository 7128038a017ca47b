using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;

namespace Siit.Iam.Agent.Playbooks.Rehearsals;

/// <summary>Reads from the stage how a walk came out.</summary>
internal static class RehearsalReports
{
    private const int LongestLine = 300;

    public static async Task<RehearsalReport> ReadAsync(RehearsalStage stage, RehearsalPlay play, Playbook playbook, RunRecord run, CancellationToken cancellationToken)
    {
        var family = await FamilyAsync(stage, run, cancellationToken);
        var changes = new List<RehearsedChange>();
        var lasting = new List<string>();
        var steps = new List<(DateTimeOffset At, string Text)>();
        foreach (var member in family)
        {
            var journal = await Journal.LoadAsync(stage.Store, stage.Gate.Clock, member.Id, cancellationToken);
            var title = member.Id == run.Id ? "" : $"{member.Playbook} ";
            steps.AddRange(journal.Entries.Select(entry => (entry.At, $"{entry.At:yyyy-MM-dd HH:mm}Z {title}{entry.Path}: {(entry.Kind == JournalKind.Failed ? "FAILED. " : "")}{HiddenText.Shown(entry.Text, LongestLine)}")));
            foreach (var call in await stage.Store.FindAsync<CallRecord>("run", member.Id, 1000, cancellationToken: cancellationToken))
            {
                if (call is not { State: CallState.Succeeded, Intent: { } intent })
                    continue;
                var (person, where) = (HiddenText.Shown(call.Target?.Email ?? CallAnswers.Who(call), 120), call.Connection!);
                changes.Add(new RehearsedChange(intent.At, call.StepPath!, call.Action, person, where, [.. call.Card!.Lines.Select(line => $"{line.Sign} {line.Text}")]));
                if (call.Card.Consequences.Any(said => said.Contains("cannot be undone", StringComparison.OrdinalIgnoreCase)))
                    lasting.Add($"! {person} {where}: {ActionCatalog.Find(call.Action)?.Title ?? HiddenText.Shown(call.Action, 80)} (cannot be undone)");
            }
        }

        return new RehearsalReport
        {
            Playbook = run.Title,
            State = run.State,
            Code = run.Code,
            Message = run.Message.Replace($", run {run.Id}", "", StringComparison.Ordinal),
            StartsAt = run.StartedAt,
            EndsAt = stage.Gate.Clock.GetUtcNow(),
            Decisions = stage.Choices.Told,
            Steps = [.. steps.OrderBy(step => step.At).Select(step => step.Text)],
            Approvals = play.Approvals,
            Asking = play.Asking,
            Changes = [.. changes.OrderBy(change => change.At)],
            Difference = [.. (await stage.Gate.DifferenceAsync(cancellationToken)).Select(difference => difference.ToString())],
            CannotBeUndone = lasting,
            NotRehearsed = [.. stage.Model.Asked.Where(step => step.Writes.Any()).Select(ByItself)],
            Notices = [.. stage.Gate.Notices.Select(Told)],
            Headroom = await HeadroomAsync(stage, playbook, run, cancellationToken),
            Outputs = run.Outputs,
        };
    }

    private static async Task<IReadOnlyList<RunRecord>> FamilyAsync(RehearsalStage stage, RunRecord run, CancellationToken cancellationToken)
    {
        // Those that are over cannot be found by their parent any more; their calls name them.
        var family = new List<RunRecord> { run };
        for (var at = 0; at < family.Count; at++)
        {
            var journal = await Journal.LoadAsync(stage.Store, stage.Gate.Clock, family[at].Id, cancellationToken);
            foreach (var entry in journal.Entries)
            {
                if (entry.Value is JsonObject value && value["run"]?.GetValue<string>() is { Length: > 0 } called && await stage.Store.GetAsync<RunRecord>(called, cancellationToken) is { } child
                    && child.Parent == family[at].Id)
                    family.Add(child);
            }
        }

        return family;
    }

    /// <summary>As the walk counts: what was asked for, done or not.</summary>
    private static async Task<string?> HeadroomAsync(RehearsalStage stage, Playbook playbook, RunRecord run, CancellationToken cancellationToken)
    {
        var limits = playbook.Policy.Limits;
        if (limits.Writes == 0)
            return null;
        var intents = (await Journal.LoadAsync(stage.Store, stage.Gate.Clock, run.Id, cancellationToken)).Entries
            .Where(entry => entry.Kind == JournalKind.Intent && !entry.Path.EndsWith("/undo", StringComparison.Ordinal)).ToList();
        var people = intents.Select(entry => entry.Value!["input"]!["person"]?.GetValue<string>().ToLowerInvariant()).OfType<string>().Distinct().Count();
        return $"{people} of {limits.People} people, {intents.Count} of {limits.Writes} writes";
    }

    private static string ByItself(AgentStep step)
    {
        var calls = step.Budget.ToolCalls;
        return $"/{step.Id} lets the model call {string.Join(" and ", step.Writes.Select(tool => tool.Name))} by itself, in at most {calls} call{(calls == 1 ? "" : "s")}; whether it does, and with what, only a run shows.";
    }

    private static string Told(Notice notice) => $"{notice.To}: {HiddenText.Shown(notice.Subject, 100)} ({notice.Kind})";
}
