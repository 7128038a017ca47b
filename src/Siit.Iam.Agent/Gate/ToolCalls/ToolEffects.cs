using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate.ToolCalls;

/// <summary>A call that may be sent now: judged, approved where needed.</summary>
internal sealed record ReadyToolCall(CallRecord Call, LockedTool Tool, Judgement Judgement, Change? PlanUse);

/// <summary>
/// Sends a writing tool's call, once: intent, call, outcome, in this order, each durable before the next. From the intent on nothing
/// cancels it, and nothing ever sends it again.
/// </summary>
internal sealed partial class ToolEffects(
    IStore store, AuditTrail trail, Budgets budgets, StopSwitches stops, Withdrawals withdrawals, KeyedLocks locks, Effects effects, IToolServers servers, Ids ids, TimeProvider time, ILogger<ToolEffects> logger)
{
    private static readonly Refusal PlanTakenBack = new("plan_revoked", "The approved plan was taken back.");

    public async Task<CallRecord> RunAsync(ReadyToolCall ready, CancellationToken cancellationToken)
    {
        using var reservation = trail.Reserve(2);
        var (started, refusal) = await BeginAsync(ready, cancellationToken);
        if (refusal is not null)
            return started;
        effects.InFlight.TryAdd(started.Id, started);
        try
        {
            try
            {
                await trail.WriteAsync(AuditKinds.EffectIntent, started, Effects.Intent(started), CancellationToken.None);
            }
            catch (AuditUnavailableException)
            {
                return await effects.EndAsync(started, reservation, CallState.Failed, "audit_unavailable",
                    "Not done: the audit log could not be written, so nothing was sent. Ask again when the operator has mended it.", null);
            }

            var (state, code, message, answer) = await SendAsync(ready.Tool, started);
            return await effects.EndAsync(started with { Answer = answer?.ToJson() }, reservation, state, code, message, new EffectOutcome(time.GetUtcNow(), null, "not_readable"));
        }
        catch (Exception broken)
        {
            // Whatever broke here, it may have been sent: the keeper finds it, and a person looks.
            LogBug(logger, broken, started.Id);
            return started with { State = CallState.Unknown, Code = "internal_error" };
        }
        finally
        {
            effects.InFlight.TryRemove(started.Id, out _);
        }
    }

    public async Task<CallRecord> NeedsPersonAsync(CallRecord call) =>
        await effects.EndSettledAsync(call, CallState.NeedsPerson, "cannot_tell", NeedsPerson(call), "not_readable");

    private async Task<(CallState, string?, string, ToolAnswer?)> SendAsync(LockedTool tool, CallRecord started)
    {
        try
        {
            var answer = await servers.CallAsync(new ToolRequest(tool, ToolCall.ArgumentsOf(started.Input), started.Id, started.StepPath ?? ""), CancellationToken.None);
            return answer.IsError
                ? (CallState.Failed, "tool_failed", $"Not done: the tool {tool.Name} says that it has failed.", answer)
                : (CallState.Succeeded, null, $"Done: {tool.Name}; its server says so.", answer);
        }
        catch (ToolServerException trouble)
        {
            return trouble.MayHaveHappened
                ? (CallState.NeedsPerson, trouble.Code, NeedsPerson(started), null)
                : (CallState.Failed, trouble.Code, $"Not done. {trouble.Message}", null);
        }
    }

    private static string NeedsPerson(CallRecord call) =>
        $"A person has to look: it is not known whether {HiddenText.Shown(call.Action, 80)} happened; it was sent about {call.Intent?.At:yyyy-MM-dd HH:mm:ss}Z and is never sent again. "
        + $"Look at {call.Connection}, then: siit-iam calls settle {call.Id}.";

    private async Task<(CallRecord Call, Refusal? Refusal)> BeginAsync(ReadyToolCall ready, CancellationToken cancellationToken)
    {
        var call = ready.Call;
        var started = call with
        {
            State = CallState.Executing,
            Code = null,
            Message = $"NOT KNOWN whether it happened: {ready.Tool.Name}. It is never sent again blindly; read get_call in a minute.",
            Card = call.Card ?? ready.Judgement.Card,
            Intent = new EffectIntent(time.GetUtcNow(), ids.New("fence"), []),
        };

        // A plan is not taken back between this look and the commit.
        using var plan = ready.PlanUse is null ? null : await locks.AcquireAsync(Withdrawals.LockOf(call.Plan!), CancellationToken.None);
        for (var attempt = 0; ; attempt++)
        {
            if (stops.Find(ready.Tool.Name, ready.Tool.Server) is { } stop)
                return (await effects.RefuseAsync(call, stop, cancellationToken), stop);
            if (call.Version > 0 && withdrawals.AreWanted(call.Id))
                return (call, new Refusal("withdrawn", "Somebody is taking this call back."));
            if (ready.PlanUse is not null && withdrawals.AreWanted(call.Plan))
                return (await effects.RefuseAsync(call, PlanTakenBack, cancellationToken), PlanTakenBack);
            var (spending, refusal) = await budgets.SpendAsync(ready.Tool.Name, ready.Tool.Risk, call.Caller, ready.Tool.Server, cancellationToken);
            if (refusal is not null)
                return (await effects.RefuseAsync(call, refusal, cancellationToken), refusal);

            List<Change> changes = [call.Version == 0 ? Change.Create(started) : Change.Save(started), .. spending];
            if (ready.PlanUse is { } use)
                changes.Add(use);
            // Not cancelled half-way: who cannot tell whether it was committed cannot tell whether it may act.
            var committed = await store.CommitAsync(changes, CancellationToken.None);
            if (committed.Done)
                return (started with { Version = call.Version + 1 }, null);
            if (committed.ConflictId == call.Id || attempt == 20)
                return (await store.GetAsync<CallRecord>(call.Id, cancellationToken) ?? call, new Refusal("taken", "This call is being executed already."));
            if (ready.PlanUse is { } spent && committed.ConflictId == spent.Id)
            {
                var used = new Refusal("plan_entry_used", "The approved plan covered this step once, and that was used.");
                return (await effects.RefuseAsync(call, used, cancellationToken), used);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Call {Call}: the call of another server's tool ended in a way that is a defect of this server")]
    private static partial void LogBug(ILogger logger, Exception bug, string call);
}
