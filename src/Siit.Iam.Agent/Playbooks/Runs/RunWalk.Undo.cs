using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>
/// Taking back what the run has changed itself, in reverse: never what was so already, and each through the gate like everybody. After
/// a failure under <c>onFailure: compensate</c>, or when whoever cancels wishes it. What cannot be taken back waits for a person.
/// </summary>
internal sealed partial class RunWalk
{
    private const string UndoPath = "/undo";

    /// <summary>The end for which taking back has begun; null when it has not.</summary>
    private StepEnd? TakingBack() => journal.Find(UndoPath, JournalKind.Decided)?.Value is not { } why ? null
        : why["cancelled"]?.GetValue<bool>() == true ? new FinishedEnd(RunState.Cancelled, why["code"]?.GetValue<string>(), why["message"]!.GetValue<string>())
        : new FailedEnd(why["path"]!.GetValue<string>(), why["code"]?.GetValue<string>(), why["message"]!.GetValue<string>(), Fatal: true);

    /// <summary>Why what was done is taken back; null when it stays.</summary>
    private async Task<JsonObject?> WhyBackAsync(StepEnd end) => end switch
    {
        FailedEnd failed when playbook.OnFailure == OnFailure.Compensate || journal.Find(UndoPath, JournalKind.Decided) is not null =>
            new JsonObject { ["path"] = failed.Path, ["code"] = failed.Code, ["message"] = failed.Message },
        FinishedEnd { State: RunState.Cancelled } cancelled when await tools.Store.GetAsync<RunRecord>(run.Id, cancellationToken) is { UndoneBy: { } by } =>
            new JsonObject { ["path"] = "", ["code"] = cancelled.Code, ["message"] = $"Cancelled by {by}.", ["cancelled"] = true },
        _ => null,
    };

    private async Task<StepEnd> CompensateAsync(JsonObject wished)
    {
        // The called runs take back their own first: they were the later ones.
        if (await tools.Store.FindAsync<RunRecord>("parent", run.Id, 1, cancellationToken: cancellationToken) is [var called])
            return new ParkedEnd(null, $"Waits for the end of run {called.Id} of {called.Title}, before it takes back its own.", tools.Time.GetUtcNow() + AsksAgain);
        var why = (await journal.DecideAsync(UndoPath, () => wished, _ => wished["cancelled"] is null
            ? $"Takes back what was done, because {wished["path"]} failed."
            : $"Takes back what was done: {wished["message"]}"))!;
        var (back, left) = (0, new List<string>());
        foreach (var intent in journal.Entries.Where(HasChanged).Reverse().ToList())
        {
            var (end, taken) = await TakeBackAsync(intent);
            if (end is not null)
                return end;
            if (taken!.Kind == JournalKind.Done)
                back++;
            else
                left.Add($"{intent.Path}: {taken.Text}");
        }

        var told = back == 0 && left.Count == 0 ? "There was nothing to take back." : $"Taken back: {back}.";
        if (left.Count > 0)
        {
            if (run.Settled is not { } settled)
                return new ParkedEnd(null, $"{told} NOT taken back, for a person to look at: {string.Join(" ", left)} When it is seen to: siit-iam runs settle {run.Id}") { Code = RunRecord.NeedsPerson };
            told += $" Not taken back: {string.Join(" ", left)} Seen to by {settled.By}: {settled.Note}";
        }

        return why["cancelled"] is null
            ? new FinishedEnd(RunState.Failed, why["code"]?.GetValue<string>(), $"{why["path"]}: {why["message"]} {told}")
            : new FinishedEnd(RunState.Cancelled, why["code"]?.GetValue<string>(), $"{why["message"]} {told}");
    }

    /// <summary>An effect of this run with a way back. What was so already was somebody else's doing.</summary>
    private bool HasChanged(JournalEntry entry) => entry.Kind == JournalKind.Intent
        && !entry.Path.EndsWith(UndoPath, StringComparison.Ordinal)
        && entry.Value!["undo"] is JsonObject
        && journal.Find(entry.Path, JournalKind.Done)?.Value?["state"]?.GetValue<string>() == CallState.Succeeded.Word();

    private async Task<(StepEnd?, JournalEntry?)> TakeBackAsync(JournalEntry of)
    {
        var path = of.Path + UndoPath;
        if ((journal.Find(path, JournalKind.Done) ?? journal.Find(path, JournalKind.Failed)) is { } known)
            return (null, known);
        var undo = of.Value!["undo"]!;
        var action = ActionCatalog.Find(undo["action"]!.GetValue<string>())!;
        var intent = journal.Find(path, JournalKind.Intent);
        if (intent is null)
        {
            (var behind, intent) = await IntendAsync(path, new JsonObject { ["input"] = undo["input"]!.DeepClone(), ["plan"] = null }, $"Takes {of.Path} back: asks for {action.Name}.");
            if (intent is null)
                return (behind, null);
        }

        return await AskAsync(skips: false, path, intent, Through(action, intent));
    }

    /// <summary>How the effect is taken back, decided before it happens; null when it is not, or nothing is ever.</summary>
    private JsonObject? UndoOf(DoStep step, JsonObject input, Scope scope)
    {
        if (step.Undo?.Inverse is not { } inverse)
            return null;
        var given = new JsonObject();
        foreach (var field in inverse.Input.Fields.Where(field => input[field.Name] is not null && (step.Undo.With is null || field.Name is RunArguments.Reason or "request")))
            given[field.Name] = input[field.Name]!.DeepClone();
        try
        {
            foreach (var (name, value) in step.Undo.With ?? [])
                given[name] = value.Evaluate(scope);
        }
        // Elsewhere it is only taken back when somebody cancels and wishes it.
        catch (ExpressionException) when (playbook.OnFailure != OnFailure.Compensate)
        {
            return null;
        }

        return new JsonObject { ["action"] = inverse.Name, ["input"] = given };
    }
}
