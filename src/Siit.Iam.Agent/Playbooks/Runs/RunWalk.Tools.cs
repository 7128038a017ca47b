using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.Playbooks.Agents;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>What a run asks of tools of other servers.</summary>
internal sealed partial class RunWalk
{
    /// <summary>Of what a tool leaves, what it said itself.</summary>
    private static readonly string[] ToldByTool = ["text", "data"];

    private Task<StepEnd> ToolAsync(ToolStep step, string path, Place place) => step.IsRead
        ? ReadAsync(step, path, step.Does, skips: false, caller => tools.Tools.ExecuteAsync(new ToolCall(step.Tool, Given(step, place.Scope), caller, Of(path), run.Request), cancellationToken))
        : WriteAsync(
            step, path, place, skips: false, () => IntendAsync(step.Tool, path, ToolCall.InputOf(step.Tool, Given(step, place.Scope)), $"Asks for {step.Does}."), intent => Through(step.Tool, intent));

    private Func<CallerRecord, RunStep, Task<CallAnswer>> Through(LockedTool tool, JournalEntry intent) => (caller, of) =>
        tools.Tools.ExecuteAsync(new ToolCall(tool, ToolCall.ArgumentsOf(intent.Value!["input"]!.AsObject()), caller, of, run.Request), CancellationToken.None);

    /// <summary>It is about no person: no target, no lease, nobody to be counted.</summary>
    private async Task<(StepEnd? Behind, JournalEntry? Intent)> IntendAsync(LockedTool tool, string path, JsonObject input, string told) =>
        OverLimits((List<PlanEntry>)[new PlanEntry(path, tool.Name, input)]) is { } more
            ? (more, null)
            : (null, await journal.WriteAsync(path, JournalKind.Intent, new JsonObject { ["input"] = input, ["plan"] = _plan }, told));

    /// <summary>A model's read at another server, as a call of the run.</summary>
    private async Task<CallAnswer> AgentToolAsync(LockedTool tool, JsonObject input, string path, CancellationToken stop) => await CallerAsync() is { } caller
        ? await tools.Tools.ExecuteAsync(new ToolCall(tool, input, caller, Of(path), run.Request), stop)
        : CallAnswers.Refused(NoCaller);

    /// <summary>What a model does itself: within the limits, intended once, asked for until something came of it, like a step's own call.</summary>
    /// <exception cref="AgentWaitsException">Nothing has come of it yet, or the run ends.</exception>
    private async Task<CallAnswer> AgentWriteAsync(LockedTool tool, JsonObject arguments, string path)
    {
        var intent = journal.Find(path, JournalKind.Intent);
        if (intent is null)
        {
            // What cannot be written down is not intended.
            if (ToolCall.HalfCharacter(arguments) is { } cut)
                return CallAnswers.Refused(cut);
            if (await CancelledAsync() is { } cancelled)
                throw new AgentWaitsException(cancelled);
            (var behind, intent) = await IntendAsync(tool, path, ToolCall.InputOf(tool, arguments), $"The model asks for {tool.Name}.");
            if (intent is null)
                throw new AgentWaitsException(behind!);
            Count(intent);
        }

        var (end, entry) = await OutcomeAsync(skips: false, path, intent, Through(tool, intent));
        if (entry is null)
            throw new AgentWaitsException(end!);
        var said = new JsonObject(ToldByTool.Where(name => entry.Value?[name] is not null).Select(name => KeyValuePair.Create(name, entry.Value![name]?.DeepClone())));
        return new CallAnswer { State = entry.Kind == JournalKind.Done ? CallState.Succeeded : CallState.Failed, Code = entry.Code, Message = entry.Text, Data = said.Count > 0 ? said : null };
    }
}
