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
    private Task<StepEnd> ToolAsync(ToolStep step, string path, Place place) => step.IsRead
        ? ReadAsync(step, path, step.Does, skips: false, caller => tools.Tools.ExecuteAsync(new ToolCall(step.Tool, Given(step, place.Scope), caller, Of(path), run.Request), cancellationToken))
        : WriteAsync(step, path, place, skips: false, () => IntendAsync(step, path, place.Scope), intent => (caller, of) =>
            tools.Tools.ExecuteAsync(new ToolCall(step.Tool, ToolCall.ArgumentsOf(intent.Value!["input"]!.AsObject()), caller, of, run.Request), CancellationToken.None));

    /// <summary>It is about no person: no target, no lease, nobody to be counted.</summary>
    private async Task<(StepEnd? Behind, JournalEntry? Intent)> IntendAsync(ToolStep step, string path, Scope scope)
    {
        var input = ToolCall.InputOf(step.Tool, Given(step, scope));
        return OverLimits((List<PlanEntry>)[new PlanEntry(path, step.Does, input)]) is { } more
            ? (more, null)
            : (null, await journal.WriteAsync(path, JournalKind.Intent, new JsonObject { ["input"] = input, ["plan"] = _plan }, $"Asks for {step.Does}."));
    }

    /// <summary>A model's read at another server, as a call of the run.</summary>
    private async Task<CallAnswer> AgentToolAsync(LockedTool tool, JsonObject input, string path, CancellationToken stop) => await CallerAsync() is { } caller
        ? await tools.Tools.ExecuteAsync(new ToolCall(tool, input, caller, Of(path), run.Request), stop)
        : CallAnswers.Refused(NoCaller);
}
