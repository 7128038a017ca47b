using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>
/// Taking back what the run has changed itself, in reverse: never what was so already, and each through the gate like everybody.
/// </summary>
internal sealed partial class RunWalk
{
    private const string UndoPath = "/undo";

    /// <summary>The failure for which taking back has begun; null when it has not.</summary>
    private FailedEnd? FailedBefore() => journal.Find(UndoPath, JournalKind.Decided)?.Value is { } failed
        ? new FailedEnd(failed["path"]!.GetValue<string>(), failed["code"]?.GetValue<string>(), failed["message"]!.GetValue<string>(), Fatal: true)
        : null;

    private async Task<StepEnd> CompensateAsync(FailedEnd failed)
    {
        await journal.DecideAsync(
            UndoPath,
            () => new JsonObject { ["path"] = failed.Path, ["code"] = failed.Code, ["message"] = failed.Message },
            _ => $"Takes back what was done, because {failed.Path} failed.");
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
            told += $" Not taken back, for a person to look at: {string.Join(" ", left)}";
        return new FinishedEnd(RunState.Failed, failed.Code, $"{failed.Path}: {failed.Message} {told}");
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
        var intent = journal.Find(path, JournalKind.Intent) ?? await journal.WriteAsync(
            path, JournalKind.Intent, new JsonObject { ["input"] = undo["input"]!.DeepClone(), ["plan"] = null }, $"Takes {of.Path} back: asks for {action.Name}.");
        return await AskAsync(action, skips: false, path, intent);
    }

    /// <summary>How the effect is taken back, decided before it happens; null when it is not, or nothing is ever.</summary>
    private JsonObject? UndoOf(DoStep step, JsonObject input, Scope scope)
    {
        if (playbook.OnFailure != OnFailure.Compensate || step.Undo?.Inverse is not { } inverse)
            return null;
        var given = new JsonObject();
        foreach (var field in inverse.Input.Fields.Where(field => input[field.Name] is not null && (step.Undo.With is null || field.Name is RunArguments.Reason or "request")))
            given[field.Name] = input[field.Name]!.DeepClone();
        foreach (var (name, value) in step.Undo.With ?? [])
            given[name] = value.Evaluate(scope);
        return new JsonObject { ["action"] = inverse.Name, ["input"] = given };
    }
}
