using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>Told when a call has ended, also after a restart; may be told twice.</summary>
internal interface ICallObserver
{
    Task CallEndedAsync(CallRecord call);
}

/// <summary>How calls end that never reach an IdP: audited, stored, told to whoever waits.</summary>
internal sealed partial class CallEndings(
    IStore store, AuditTrail trail, CallNotices notices, IEnumerable<ICallObserver> observers, TimeProvider time, ILogger<CallEndings> logger)
{
    public Task<CallAnswer> RefuseAsync(CallRecord call, Refusal refusal) => RefuseAsync(call, [refusal]);

    /// <summary>All reasons are told at once; the first one's code stands for them.</summary>
    public Task<CallAnswer> RefuseAsync(CallRecord call, IReadOnlyList<Refusal> refusals) =>
        EndAsync(call, CallState.Refused, refusals[0].Code, "Refused, nothing was done. " + CallAnswers.Told(refusals), AuditKinds.CallRefused);

    public Task<CallAnswer> TroubleAsync(CallRecord call, IdpException trouble)
    {
        var code = "idp_" + System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(trouble.Trouble.ToString());
        return trouble.Trouble is IdpTrouble.NotFound or IdpTrouble.NotAllowed or IdpTrouble.Rejected
            ? RefuseAsync(call, new Refusal(code, CallAnswers.Trouble(trouble)))
            : EndAsync(call, CallState.Failed, code, "Failed, nothing was done. " + CallAnswers.Trouble(trouble));
    }

    public async Task<CallAnswer> EndAsync(CallRecord call, CallState state, string? code, string message, string? kind = null)
    {
        var ended = call with { State = state, Code = code, Message = message, EndedAt = time.GetUtcNow() };
        try
        {
            await trail.WriteAsync(kind ?? KindOf(state), ended, Ending(ended), CancellationToken.None);
        }
        catch (AuditUnavailableException unavailable)
        {
            LogNoAudit(logger, unavailable, call.Id);
            return CallAnswers.NoAudit;
        }

        // A read or a call that was never stored before has no record to keep unless it is one that changes something.
        if (Actions.ActionCatalog.Find(call.Action) is { IsRead: true })
            return CallAnswers.Of(ended) with { Call = null };
        var told = await notices.EndedAsync(ended, CancellationToken.None);
        var committed = await store.CommitAsync([call.Version == 0 ? Change.Create(ended) : Change.Save(ended), .. told], CancellationToken.None);
        if (!committed.Done)
            return CallAnswers.Of(await store.GetAsync<CallRecord>(call.Id) ?? ended);
        await TellAsync(ended);
        return CallAnswers.Of(ended);
    }

    public async Task<CallAnswer> DryRunAsync(CallRecord call, Judgement judgement, string? coveredBy)
    {
        var answer = CallAnswers.DryRun(call, judgement, coveredBy);
        await trail.WriteAsync(
            AuditKinds.CallAnswered, call, new JsonObject { ["dry_run"] = true, ["state"] = answer.State.Word(), ["code"] = answer.Code }, CancellationToken.None);
        return answer;
    }

    public async Task TellAsync(CallRecord call)
    {
        foreach (var observer in observers)
        {
            try
            {
                await observer.CallEndedAsync(call);
            }
            catch (Exception failed)
            {
                // Who was not told finds out by looking; the call itself is over.
                LogNotTold(logger, failed, call.Id);
            }
        }
    }

    private static JsonObject Ending(CallRecord call)
    {
        var data = AuditTrail.Ending(call);
        if (call.State == CallState.Refused)
            data["message"] = call.Message;
        return data;
    }

    private static string KindOf(CallState state) => state switch
    {
        CallState.Refused => AuditKinds.CallRefused,
        CallState.Cancelled => AuditKinds.CallCancelled,
        CallState.Expired => AuditKinds.CallExpired,
        _ => AuditKinds.CallAnswered,
    };

    [LoggerMessage(Level = LogLevel.Critical, Message = "Call {Call}: its end cannot be written to the audit log")]
    private static partial void LogNoAudit(ILogger logger, Exception unavailable, string call);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Call {Call}: somebody who waits for it could not be told")]
    private static partial void LogNotTold(ILogger logger, Exception failed, string call);
}
