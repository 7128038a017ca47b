using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>What a run asks of tools of other servers.</summary>
internal sealed partial class RunWalk
{
    private Task<StepEnd> ToolAsync(ToolStep step, string path, Place place) => step.Tool.IsRead ? ReadToolAsync(step, path, place.Scope) : WriteToolAsync(step, path, place);

    private async Task<StepEnd> ReadToolAsync(ToolStep step, string path, Scope scope)
    {
        var known = journal.Find(path, JournalKind.Done) ?? journal.Find(path, JournalKind.Failed);
        if (known is null)
        {
            if (await CallerAsync() is not { } caller)
                return Orphaned(path);
            var answer = await tools.Tools.ExecuteAsync(new ToolCall(step.Tool, Given(step.With, scope), caller, Of(path), run.Request), cancellationToken);
            // Stopping the server is no answer of the other one.
            cancellationToken.ThrowIfCancellationRequested();
            if (IsPassing(answer))
                return new LaterEnd(answer.Message);
            known = answer.State.IsSuccess()
                ? await journal.WriteAsync(path, JournalKind.Done, answer.Data, $"{step.Tool.Name}: read.")
                : await journal.WriteAsync(path, JournalKind.Failed, null, answer.Message, answer.Code);
        }

        if (known.Kind == JournalKind.Failed)
            return step.OnError == OnError.Continue ? StepEnd.Done : new FailedEnd(path, known.Code, known.Text, Fatal: true);
        _steps[step.Id] = known.Value?.DeepClone();
        return StepEnd.Done;
    }

    private async Task<StepEnd> WriteToolAsync(ToolStep step, string path, Place place)
    {
        var intent = journal.Find(path, JournalKind.Intent);
        if (intent is null)
        {
            if (_writes == 0 && OverLimits(Ahead(place, step, path)) is { } over)
                return over;
            var input = ToolCall.InputOf(step.Tool, Given(step.With, place.Scope));
            if (OverLimits((List<PlanEntry>)[new PlanEntry(path, step.Tool.Name, input)]) is { } more)
                return more;
            intent = await journal.WriteAsync(path, JournalKind.Intent, new JsonObject { ["input"] = input, ["plan"] = _plan }, $"Asks for {step.Tool.Name}.");
        }

        Count(intent);
        var entry = journal.Find(path, JournalKind.Done) ?? journal.Find(path, JournalKind.Failed);
        if (entry is null)
        {
            var (end, written) = await AskAsync(skips: false, path, intent, (caller, of) =>
                tools.Tools.ExecuteAsync(new ToolCall(step.Tool, ToolCall.ArgumentsOf(intent.Value!["input"]!.AsObject()), caller, of, run.Request), CancellationToken.None));
            if (end is not null)
                return end;
            entry = written!;
        }

        _steps[step.Id] = entry.Value?.DeepClone();
        return entry.Kind == JournalKind.Done || step.OnError == OnError.Continue
            ? StepEnd.Done
            : new FailedEnd(path, entry.Code, entry.Text, Fatal: false);
    }

    /// <summary>A model's read at another server, as a call of the run.</summary>
    private async Task<CallAnswer> AgentToolAsync(LockedTool tool, JsonObject input, string path, CancellationToken stop) => await CallerAsync() is { } caller
        ? await tools.Tools.ExecuteAsync(new ToolCall(tool, input, caller, Of(path), run.Request), stop)
        : CallAnswers.Refused(new Refusal("caller_removed", "Whoever started this run is not registered any more."));

    private static JsonObject Given(IReadOnlyList<NamedValue> with, Scope scope)
    {
        var input = new JsonObject();
        foreach (var (name, value) in with)
        {
            if (value.Evaluate(scope) is { } argument)
                input[name] = argument.DeepClone();
        }

        return input;
    }
}
