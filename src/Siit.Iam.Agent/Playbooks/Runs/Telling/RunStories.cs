using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs.Telling;

/// <param name="Path">Of the step; null for what is about the whole run.</param>
/// <param name="Text">A sentence. What somebody else wrote stands in quotes, hidden characters written out.</param>
internal sealed record RunSentence(DateTimeOffset At, string? Path, string Text, string? Call = null);

/// <summary>A run as sentences, in the order in which it happened: its journal, and the decisions on its calls.</summary>
internal sealed class RunStories(IStore store, TimeProvider time)
{
    /// <summary>Null when there is no such run.</summary>
    public async Task<IReadOnlyList<RunSentence>?> OfAsync(string runId, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<RunRecord>(runId, cancellationToken) is not { } run)
            return null;
        var key = run.Trigger is { } trigger ? await store.GetAsync<TriggerKey>(trigger, cancellationToken) : null;
        var steps = await StepsAsync(run, cancellationToken);
        var calls = (await store.FindAllAsync<CallRecord>("run", runId, cancellationToken)).ToDictionary(call => call.Id, StringComparer.Ordinal);
        List<RunSentence> told =
        [
            .. Beginning(run, key),
            .. (await Journal.LoadAsync(store, time, runId, cancellationToken)).Entries.Select(entry => StepSentences.Of(entry, steps.GetValueOrDefault(StepIdOf(entry.Path)), calls.GetValueOrDefault(entry.Call ?? ""))),
            .. calls.Values.SelectMany(Decisions),
        ];
        // What came first at the same moment was told first.
        return [.. told.OrderBy(sentence => sentence.At), Ending(run)];
    }

    private static IEnumerable<RunSentence> Beginning(RunRecord run, TriggerKey? key)
    {
        var by = key is null
            ? $"Started by {HiddenText.Shown(run.Starter.Caller, 100)} ({Door(run.Starter.Door)}), for which {HiddenText.Shown(run.Starter.Operator, 100)} is answerable"
            : $"Started by {HiddenText.Shown(key.Trigger, 100)} of {HiddenText.Shown(key.Subject, 100)} ({HiddenText.Shown(key.Occurrence, 100)})";
        var wish = run.Requester.Email is { } email ? $", at the wish of {HiddenText.Shown(email, 100)}, which {(run.Requester.Proved ? "is proved" : "is claimed")}" : "";
        yield return new RunSentence(run.StartedAt, null, $"{by}{wish}. Playbook {run.Title}, pinned to {run.Sha256[..12]}{(run.Request is { } request ? $", for request {HiddenText.Shown(request, 64)}" : "")}.");
        yield return new RunSentence(run.StartedAt, null, run.Inputs.Count == 0 ? "It takes no inputs." : $"Inputs: {Operands.Told(run.Inputs)}.");
    }

    private RunSentence Ending(RunRecord run) => run.State.IsEnded()
        ? new RunSentence(run.EndedAt ?? time.GetUtcNow(), null, $"Ended as {run.State.Word()}{(run.Code is { } code ? $" ({code})" : "")}. {HiddenText.Shown(run.Message, 1_000)}{(run.Outputs is { } outputs ? $" Outputs: {Operands.Told(outputs)}." : "")}")
        : new RunSentence(time.GetUtcNow(), null, $"It is {run.State.Word()} now. {HiddenText.Shown(run.Message, 1_000)}", run.WaitsFor);

    private static IEnumerable<RunSentence> Decisions(CallRecord call)
    {
        foreach (var decision in call.Earlier.Append(call.Approval).OfType<ApprovalPart>().SelectMany(approval => approval.Decisions))
        {
            var why = decision.Reason is { Length: > 0 } reason ? $": {HiddenText.Quoted(reason)}" : "";
            yield return new RunSentence(decision.At, call.StepPath, $"{HiddenText.Shown(decision.Email, 100)} {(decision.Approved ? "approved" : "denied")} {Named(call)}{why}.", call.Id);
        }

        foreach (var revoked in call.Earlier.Append(call.Approval).Select(approval => approval?.Revoked).OfType<Revocation>())
            yield return new RunSentence(revoked.At, call.StepPath, $"{HiddenText.Shown(revoked.Email, 100)} took the approval of {Named(call)} back.", call.Id);
    }

    private static string Door(string door) => door switch
    {
        Doors.McpHttp or Doors.McpStdio => "by MCP",
        Doors.CommandLine => "at the command line",
        Doors.Console => "on the page",
        _ => "by the server",
    };

    private static string Named(CallRecord call) => call.Action == Plans.ActionName ? "the plan" : $"{call.Action} for {CallAnswers.Who(call)}";

    private async Task<IReadOnlyDictionary<string, Step>> StepsAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var playbook = await PinnedPlaybook.ReadAsync(store, run.Sha256, run.Locked, cancellationToken);
        // Without it (the checks of this version may be stricter) the journal's own words are told.
        return (playbook?.Steps ?? []).SelectMany(step => step.All).ToDictionary(step => step.Id, StringComparer.Ordinal);
    }

    /// <summary>The last step of a path, without the number of an item; of what belongs to a step (<c>.yield</c>, <c>.to</c>, <c>/undo</c>) nothing.</summary>
    private static string StepIdOf(string path)
    {
        var last = path[(path.LastIndexOf('/') + 1)..];
        return last.IndexOf('[', StringComparison.Ordinal) is >= 0 and var item ? last[..item] : last;
    }
}
