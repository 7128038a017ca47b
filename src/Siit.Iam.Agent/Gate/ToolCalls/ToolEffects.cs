using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate.ToolCalls;

/// <summary>A call that may be sent now: judged, approved where needed.</summary>
internal sealed record ReadyToolCall(CallRecord Call, LockedTool Tool, Judgement Judgement, Change? PlanUse);

/// <summary>
/// Sends a writing tool's call, once: intent, call, outcome, in this order, each durable before the next. From the intent on nothing
/// cancels it, and nothing ever sends it again.
/// </summary>
internal sealed class ToolEffects(AuditTrail trail, Beginnings beginnings, Effects effects, IToolServers servers, Ids ids, TimeProvider time)
{
    public async Task<CallRecord> RunAsync(ReadyToolCall ready, CancellationToken cancellationToken)
    {
        using var reservation = trail.Reserve(2);
        var call = ready.Call;
        var begun = call with
        {
            State = CallState.Executing,
            Code = null,
            Message = $"NOT KNOWN whether it happened: {ready.Tool.Name}. It is never sent again blindly; read get_call in a minute.",
            Card = call.Card ?? ready.Judgement.Card,
            Intent = new EffectIntent(time.GetUtcNow(), ids.New("fence"), []),
        };
        var (started, refusal) = await beginnings.BeginAsync(new Beginning(call, begun, ready.Tool.Name, ready.Tool.Risk, ready.Tool.Server, ready.PlanUse), cancellationToken);
        return refusal is null ? await effects.BringAboutAsync(started, reservation, () => SendAsync(ready.Tool, started)) : started;
    }

    public async Task<CallRecord> NeedsPersonAsync(CallRecord call) =>
        await effects.EndSettledAsync(call, CallState.NeedsPerson, "cannot_tell", NeedsPerson(call), "not_readable");

    private async Task<Sent> SendAsync(LockedTool tool, CallRecord started)
    {
        try
        {
            var answer = await servers.CallAsync(new ToolRequest(tool, ToolCall.ArgumentsOf(started.Input), started.Id, started.StepPath ?? ""), CancellationToken.None);
            return answer.IsError
                ? Told(CallState.Failed, "tool_failed", $"Not done: the tool {tool.Name} says that it has failed.", answer)
                : Told(CallState.Succeeded, null, $"Done: {tool.Name}; its server says so.", answer);
        }
        catch (ToolServerException trouble)
        {
            return trouble.MayHaveHappened
                ? Told(CallState.NeedsPerson, trouble.Code, NeedsPerson(started))
                : Told(CallState.Failed, trouble.Code, $"Not done. {trouble.Message}");
        }
    }

    private Sent Told(CallState state, string? code, string message, ToolAnswer? answer = null) =>
        new(state, code, message, new EffectOutcome(time.GetUtcNow(), null, "not_readable"), answer?.ToJson());

    private static string NeedsPerson(CallRecord call) =>
        $"A person has to look: it is not known whether {HiddenText.Shown(call.Action, 80)} happened; it was sent about {call.Intent?.At:yyyy-MM-dd HH:mm:ss}Z and is never sent again. "
        + $"Look at {call.Connection}, then: siit-iam calls settle {call.Id}.";
}
