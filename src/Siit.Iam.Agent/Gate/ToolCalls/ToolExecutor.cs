using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate.ToolCalls;

/// <summary>
/// The only road from a run to a tool of another server: the same gate as an action's, but for what belongs to accounts. What differs:
/// nothing can be read back, so what is not known needs a person.
/// </summary>
internal sealed partial class ToolExecutor(
    CallerPace pace, AuditTrail trail, Intake intake, ToolGuard guard, ToolCards cards, ToolEffects effects, IToolServers servers, ToolLockFile locks, StopSwitches stops, Plans plans, Parking parking,
    CallEndings endings, IStore store, GateOptions options, TimeProvider time, ILogger<ToolExecutor> logger)
{
    /// <inheritdoc cref="ActionExecutor.ExecuteAsync"/>
    public async Task<CallAnswer> ExecuteAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (pace.Refuses(call.Caller) is { } tooFast)
            return CallAnswers.Refused(tooFast);
        if (ToolCall.HalfCharacter(call.Arguments) is { } cut)
            return CallAnswers.Refused(cut);
        var record = Receive(call);
        if (await store.GetAsync<CallRecord>(record.Id, cancellationToken) is { } known)
            return Of(known);
        try
        {
            await trail.WriteAsync(AuditKinds.CallReceived, record, new JsonObject { ["input"] = record.Input.DeepClone() }, cancellationToken);
            if (Refusals(call) is { Count: > 0 } refusals)
                return await RefuseAsync(call.Tool, record, refusals);
            if (await guard.ProblemAsync(call.Tool, cancellationToken) is { } problem)
                return await RefuseAsync(call.Tool, record, [problem]);
            return call.Tool.IsRead ? await ReadAsync(call, record, cancellationToken) : await ChangeAsync(call.Tool, record, cancellationToken);
        }
        catch (AuditUnavailableException unavailable)
        {
            LogNoAudit(logger, unavailable, record.Id);
            return CallAnswers.NoAudit;
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            LogBug(logger, bug, record.Id);
            return await RefuseAsync(call.Tool, record, [new Refusal("internal_error", $"Something is wrong in this server; nothing was sent. Tell its operator the call's id: {record.Id}.")]);
        }
    }

    /// <summary>An approved call runs as it is stored, after everything was looked at again.</summary>
    /// <param name="caller">As the run's starter stands now; null when it was removed.</param>
    public async Task<CallAnswer> ResumeAsync(CallRecord found, CallerRecord? caller, CancellationToken cancellationToken)
    {
        if (caller is null)
            return await endings.RefuseAsync(found, new Refusal("caller_removed", $"Caller '{found.Starter ?? found.Caller}' does not exist any more."));
        if (parking.IsTooLate(found))
            return Of(found);
        if (AsAsked(found.Action, found.Input) is not { } tool)
            return await endings.RefuseAsync(found, new Refusal("tool_changed", $"The tool {found.Action} was locked anew since this was asked for. Ask again."));
        if (MayNot(caller, tool, requester: null) is { Count: > 0 } refusals)
            return await endings.RefuseAsync(found, refusals);
        return await guard.ProblemAsync(tool, cancellationToken) switch
        {
            // Nothing was sent. The decision stands until it runs out, and the keeper tries again.
            { Code: "tool_server_down" } => Of(found),
            { } problem => await endings.RefuseAsync(found, problem),
            null => await ChangeAsync(tool, found, cancellationToken),
        };
    }

    /// <summary>A call that was interrupted: nothing tells here what came of it.</summary>
    public async Task<CallRecord> SettleAsync(CallRecord call)
    {
        var settled = await effects.NeedsPersonAsync(call);
        await endings.TellAsync(settled);
        return settled;
    }

    /// <summary>One call of a plan that is being asked for.</summary>
    public async Task<(LockedTool? Tool, Judgement? Judgement, Refusal? Refusal)> JudgeAsync(PlanProposal plan, PlanEntry entry, CancellationToken cancellationToken)
    {
        if (AsAsked(entry.Action, entry.Input) is not { } tool)
            return (null, null, new Refusal("tool_changed", $"The tool {HiddenText.Shown(entry.Action, 80)} is not in {ToolLock.FileName} as it was when the run started."));
        var arguments = ToolCall.ArgumentsOf(entry.Input);
        if (Refusals(new ToolCall(tool, arguments, plan.Caller, plan.Step, plan.Request)) is [var first, ..])
            return (null, null, first);
        if (Stopped(tool) is { } stopped)
            return (null, null, stopped);
        return await guard.ProblemAsync(tool, cancellationToken) is { } problem ? (null, null, problem) : (tool, cards.Judge(tool, arguments, plan.Caller.Id, plan.Step.Trigger), null);
    }

    private CallRecord Receive(ToolCall call) => intake.Receive(new ActionCall { Action = call.Tool.Name, Input = [], Caller = call.Caller, Door = Doors.Playbook, Step = call.Step }) with
    {
        ActionVersion = ToolCall.Version,
        Input = ToolCall.InputOf(call.Tool, call.Arguments),
        Connection = call.Tool.Server,
        Request = call.Request,
        // Standing approvals name actions of ours only.
        Claim = null,
    };

    private static List<Refusal> Refusals(ToolCall call) =>
    [
        .. call.Tool.Arguments.Problems(call.Arguments).Select(problem => new Refusal("invalid_input", problem)),
        .. MayNot(call.Caller, call.Tool, call.Step.Requester),
    ];

    private static IReadOnlyList<Refusal> MayNot(CallerRecord caller, LockedTool tool, Requester? requester) =>
        SandboxRules.CheckCaller(caller, tool.Name, caller.MayUseTool(tool.Name), requester);

    private Refusal? Stopped(LockedTool tool) => stops.Find(tool.Name, tool.Server) ?? (tool.IsRead ? null : SandboxRules.Frozen(time.GetUtcNow(), options).FirstOrDefault());

    /// <summary>The tool that was asked for; null when it is locked with another definition by now, or only reads.</summary>
    private LockedTool? AsAsked(string name, JsonObject input) =>
        locks.Now.Find(name) is { IsRead: false } tool && tool.Sha256 == input["definition"]?.GetValue<string>() ? tool : null;

    private async Task<CallAnswer> ReadAsync(ToolCall call, CallRecord record, CancellationToken cancellationToken)
    {
        if (Stopped(call.Tool) is { } stopped)
            return await RefuseAsync(call.Tool, record, [stopped]);
        try
        {
            var answer = await servers.CallAsync(new ToolRequest(call.Tool, call.Arguments, record.Id, call.Step.Path), cancellationToken);
            var (state, code, message) = answer switch
            {
                { IsError: true } => (CallState.Failed, "tool_failed", $"The tool {call.Tool.Name} says that it has failed."),
                { Unfit: true } => (CallState.Failed, "tool_answer_unfit", $"The answer of {call.Tool.Name} is not what its definition promises."),
                _ => (CallState.Succeeded, (string?)null, ""),
            };
            await trail.WriteAsync(
                AuditKinds.CallAnswered, record, new JsonObject { ["state"] = state.Word(), ["code"] = code, ["answer"] = CanonicalJson.Digest(answer.ToJson()), ["cut"] = answer.Cut }, CancellationToken.None);
            return new CallAnswer { State = state, Code = code, Message = message, Connection = call.Tool.Server, Data = state == CallState.Succeeded ? answer.ToJson() : null };
        }
        catch (ToolServerException trouble)
        {
            await trail.WriteAsync(AuditKinds.CallAnswered, record, new JsonObject { ["state"] = CallState.Failed.Word(), ["code"] = trouble.Code }, CancellationToken.None);
            return new CallAnswer { State = CallState.Failed, Code = trouble.Code, Message = trouble.Message, Connection = call.Tool.Server };
        }
    }

    private async Task<CallAnswer> ChangeAsync(LockedTool tool, CallRecord record, CancellationToken cancellationToken)
    {
        if (Stopped(tool) is { } stopped)
            return await endings.RefuseAsync(record, stopped);
        var judgement = cards.Judge(tool, ToolCall.ArgumentsOf(record.Input), record.Caller, record.Trigger);
        // Looked at as it is stored, before anything in it is brought up to date.
        var isAsApproved = record.Approval is not { CompleteAt: not null } || CallDigest.IsBound(record);
        var (planUse, planDrift) = record.Approval is null ? await plans.CoverAsync(record, judgement, cancellationToken) : PlanCover.None;
        if (!isAsApproved || await parking.MustAskAsync(record, ToolCall.Version, judgement, planUse is not null, cancellationToken))
            return await parking.ParkAsync(record, ToolCards.Title(tool.Name), ToolCall.Version, judgement, planDrift, cancellationToken);
        var ended = await effects.RunAsync(new ReadyToolCall(record, tool, judgement, planUse), cancellationToken);
        if (ended.State.IsEnded())
            await endings.TellAsync(ended);
        return Of(ended);
    }

    private static CallAnswer Of(CallRecord call) => CallAnswers.Of(call) with { Data = call.Answer };

    /// <summary>A read has no record: who asks again is answered again.</summary>
    private async Task<CallAnswer> RefuseAsync(LockedTool tool, CallRecord record, List<Refusal> refusals)
    {
        if (!tool.IsRead)
            return await endings.RefuseAsync(record, refusals);
        var refused = record with { State = CallState.Refused, Code = refusals[0].Code };
        var answer = CallAnswers.Refused(new Refusal(refusals[0].Code, CallAnswers.Told(refusals)));
        await trail.WriteAsync(AuditKinds.CallRefused, refused, new JsonObject { ["state"] = refused.State.Word(), ["code"] = refused.Code, ["message"] = answer.Message }, CancellationToken.None);
        return answer;
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Call {Call}: nothing is done, the audit log cannot be written")]
    private static partial void LogNoAudit(ILogger logger, Exception unavailable, string call);

    [LoggerMessage(Level = LogLevel.Error, Message = "Call {Call}: a defect of this server; nothing was sent")]
    private static partial void LogBug(ILogger logger, Exception bug, string call);
}
