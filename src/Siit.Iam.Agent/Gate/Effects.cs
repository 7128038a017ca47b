using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Gate.StandingApprovals;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>One call that may act now: judged, approved where needed, its account held.</summary>
/// <param name="Counting">Held until the commit that counts it; null when nothing new is counted.</param>
internal sealed record ReadyCall(CallRecord Call, ActionDefinition Action, TargetsPerson Input, IIdpConnection Connection, Judgement Judgement, Change? PlanUse = null, IReadOnlyList<Change>? StandingUses = null, IDisposable? Counting = null);

/// <summary>What came of sending a call.</summary>
/// <param name="Outcome">Null when nothing was sent, or nobody can tell.</param>
/// <param name="Answer">See <see cref="CallRecord.Answer"/>.</param>
internal sealed record Sent(CallState State, string? Code, string Message, EffectOutcome? Outcome, JsonObject? Answer = null);

/// <summary>
/// Brings an effect about: intent, effect, read-back, outcome, in this order, each durable before the next. From the intent on
/// nothing cancels it; a crash in between is settled by reading back.
/// </summary>
internal sealed partial class Effects(
    IStore store, AuditTrail trail, Beginnings beginnings, UnsettledAccounts unsettled, CallNotices notices, ResetEffects resets,
    GateOptions options, Ids ids, TimeProvider time, ILogger<Effects> logger)
{
    public async Task<CallRecord> RunAsync(ReadyCall ready, CancellationToken cancellationToken)
    {
        using var reservation = trail.Reserve(2);
        var (started, refusal) = await BeginAsync(ready, cancellationToken);
        // Counted by now. Holding it over what the IdP takes would have every call under one standing approval wait for every other.
        ready.Counting?.Dispose();
        if (refusal is not null)
            return started;

        unsettled.Add(started);
        return await BringAboutAsync(started, reservation, () => SendAsync(ready, started));
    }

    /// <summary>Effects that this process is working on now; an executing call that is not among them was interrupted.</summary>
    public ConcurrentDictionary<string, CallRecord> InFlight { get; } = new();

    /// <summary>Writes the intent of a call that was begun, sends it, writes the outcome.</summary>
    /// <param name="reservation">Room for both in the log.</param>
    /// <param name="send">Called once, when the intent is durable. The caller's token is not used in it: an effect under way is brought to its end.</param>
    public async Task<CallRecord> BringAboutAsync(CallRecord started, AuditReservation reservation, Func<Task<Sent>> send)
    {
        InFlight.TryAdd(started.Id, started);
        try
        {
            try
            {
                await trail.WriteAsync(AuditKinds.EffectIntent, started, Intent(started), CancellationToken.None);
            }
            catch (AuditUnavailableException)
            {
                // Nothing was sent. The approval is used up all the same: an intent that nobody can prove is never acted on.
                return await EndAsync(started, reservation, new Sent(CallState.Failed, "audit_unavailable",
                    "Not done: the audit log could not be written, so nothing was sent. Ask again when the operator has mended it.", null));
            }

            return await EndAsync(started, reservation, await send());
        }
        catch (Exception broken)
        {
            // Whatever broke here (a full disk under the store), the effect may have happened: the keeper settles it.
            LogBug(logger, broken, started.Id);
            return started with { State = CallState.Unknown, Code = "internal_error" };
        }
        finally
        {
            InFlight.TryRemove(started.Id, out _);
        }
    }

    /// <summary>Settles a call whose outcome is not known, by reading. Returns it unchanged when that cannot tell (yet).</summary>
    public async Task<CallRecord> SettleAsync(CallRecord call, ActionDefinition action, TargetsPerson input, IIdpConnection connection, CancellationToken cancellationToken)
    {
        var before = call.Intent!.Before.Deserialize<Situation>(StoreJson.Options)!;
        bool? happened;
        try
        {
            (happened, _) = await ReadBackAsync(action, input, connection, call.Target?.AccountId, before, call.Intent.At, cancellationToken);
        }
        catch (IdpException trouble) when (trouble.Trouble == IdpTrouble.NotFound)
        {
            happened = null;
        }

        return happened switch
        {
            true => await EndSettledAsync(call, CallState.Succeeded, null, CallAnswers.Done(call, action, "settled_by_reading") + await resets.ToldAsync(call, cancellationToken), "settled_by_reading"),
            // A change that was accepted may still show up late: "did not happen" is said only after a while.
            false when time.GetUtcNow() - call.Intent.At > options.ReadBackPatience =>
                await EndSettledAsync(call, CallState.Failed, "not_applied", CallAnswers.NotDone(call, action), "settled_by_reading"),
            _ when time.GetUtcNow() - call.Intent.At > options.SettlePatience =>
                await EndSettledAsync(call, CallState.NeedsPerson, "cannot_tell", CallAnswers.NeedsPerson(call, action), "not_readable"),
            _ => call,
        };
    }

    public async Task<CallRecord> EndSettledAsync(CallRecord call, CallState state, string? code, string message, string readBack)
    {
        var ended = call with
        {
            State = state,
            Code = code,
            Message = message,
            EndedAt = time.GetUtcNow(),
            Outcome = (call.Outcome ?? new EffectOutcome(time.GetUtcNow(), null, readBack)) with { ReadBack = readBack },
        };
        await trail.WriteAsync(AuditKinds.CallSettled, ended, AuditTrail.Ending(ended), CancellationToken.None);
        if ((await store.CommitAsync([Change.Save(ended), .. await notices.EndedAsync(ended, CancellationToken.None)], CancellationToken.None)).Done)
        {
            // What needs a person keeps its account closed until that person has said what happened.
            if (state != CallState.NeedsPerson)
                unsettled.Remove(call);
            return ended with { Version = ended.Version + 1 };
        }

        return await store.GetAsync<CallRecord>(call.Id, CancellationToken.None) ?? ended;
    }

    private Task<(CallRecord Call, Refusal? Refusal)> BeginAsync(ReadyCall ready, CancellationToken cancellationToken)
    {
        var (call, judgement) = (ready.Call, ready.Judgement);
        var started = call with
        {
            State = CallState.Executing,
            Code = null,
            Message = CallAnswers.NotKnown(call, ready.Action),
            Card = call.Card ?? judgement.Card,
            Intent = new EffectIntent(time.GetUtcNow(), ids.New("fence"), JsonSerializer.SerializeToNode(judgement.Situation, StoreJson.Options)!.AsObject()),
        };
        return beginnings.BeginAsync(
            new Beginning(call, started, ready.Action.Name, ready.Action.Risk, ready.Connection.Name, ready.PlanUse)
            {
                Besides = [.. resets.Beginning(started, judgement.Identity), .. ready.StandingUses ?? []],
                Lost = id => judgement.Identity.Proof?.Id == id
                    ? new Refusal("proof_used", "The proof of who asks was used for another call, or changed meanwhile. Prove it again.")
                    : null,
            },
            cancellationToken);
    }

    private async Task<Sent> SendAsync(ReadyCall ready, CallRecord started)
    {
        var (action, connection) = (ready.Action, ready.Connection);
        WriteReceipt receipt;
        try
        {
            receipt = await action.Write!.Run(connection, ready.Judgement.Situation, ready.Input, CancellationToken.None);
            if (receipt.Secret is { } secret)
                await resets.DeliverAsync(started, secret, ready.Judgement.Identity);
        }
        catch (IdpException trouble)
        {
            LogTrouble(logger, started.Id, trouble.Trouble, trouble.VendorCode, trouble.RequestId);
            return await AfterTroubleAsync(ready, started, trouble);
        }
        catch (Exception bug)
        {
            LogBug(logger, bug, started.Id);
            return new Sent(CallState.Unknown, "internal_error", CallAnswers.NotKnown(started, action), null);
        }

        var (confirmed, seen) = await ConfirmAsync(ready, started, accepted: true);
        var readBack = confirmed switch { true => "confirmed", false => "not_confirmed", null => "not_readable" };
        var differs = confirmed == true && started.Run is not null ? PreviewAccuracy.Differs(started.Card, ready.Judgement.Situation, seen!, action.Write.ReadsBack) : null;
        var outcome = new EffectOutcome(time.GetUtcNow(), receipt.RequestId, readBack, receipt.NewId, differs);
        return confirmed == false
            ? new Sent(CallState.Unknown, "not_confirmed", CallAnswers.NotKnown(started, action), outcome)
            : new Sent(CallState.Succeeded, null, CallAnswers.Done(started, action, readBack) + await resets.ToldAsync(started, CancellationToken.None), outcome);
    }

    private async Task<Sent> AfterTroubleAsync(ReadyCall ready, CallRecord started, IdpException trouble)
    {
        var action = ready.Action;
        var outcome = new EffectOutcome(time.GetUtcNow(), trouble.RequestId, "not_confirmed");
        var mayHaveHappened = trouble.Trouble is IdpTrouble.Unknown;
        var mayBeSoAlready = trouble.Trouble is IdpTrouble.Rejected or IdpTrouble.Conflict or IdpTrouble.NotFound;
        if (mayHaveHappened || mayBeSoAlready)
        {
            if ((await ConfirmAsync(ready, started, accepted: false)).Seen == true)
            {
                return mayHaveHappened
                    ? new Sent(CallState.Succeeded, null, CallAnswers.Done(started, action, "settled_by_reading") + await resets.ToldAsync(started, CancellationToken.None), outcome with { ReadBack = "settled_by_reading" })
                    : new Sent(CallState.AlreadySo, null, CallAnswers.AlreadySo(started, action), outcome with { ReadBack = "confirmed" });
            }
        }

        return mayHaveHappened
            ? new Sent(CallState.Unknown, "unknown_outcome", CallAnswers.NotKnown(started, action), outcome)
            : new Sent(CallState.Failed, CodeOf(trouble.Trouble), "Not done. " + CallAnswers.Trouble(trouble), outcome);
    }

    /// <summary>Reads back until it is seen or patience ends; IdPs answer reads from copies that lag.</summary>
    /// <param name="accepted">The IdP said yes: then "cannot be read" is an answer and not a reason to wait.</param>
    private async Task<(bool? Seen, Situation? Now)> ConfirmAsync(ReadyCall ready, CallRecord started, bool accepted)
    {
        bool? seen = null;
        Situation? now = null;
        var deadline = time.GetUtcNow() + options.ReadBackPatience;
        for (var wait = TimeSpan.FromMilliseconds(100); ; wait *= 2)
        {
            var read = false;
            try
            {
                (seen, now) = await ReadBackAsync(
                    ready.Action, ready.Input, ready.Connection, started.Target?.AccountId, ready.Judgement.Situation, started.Intent!.At, CancellationToken.None);
                read = true;
            }
            catch (IdpException trouble)
            {
                LogReadBack(logger, started.Id, trouble.Trouble);
            }
            catch (Exception bug)
            {
                LogBug(logger, bug, started.Id);
            }

            if (seen == true || (read && seen is null && accepted) || time.GetUtcNow() + wait > deadline)
                return (seen, now);
            await Task.Delay(wait, time, CancellationToken.None);
        }
    }

    private static async Task<(bool? Happened, Situation Now)> ReadBackAsync(
        ActionDefinition action, TargetsPerson input, IIdpConnection connection, string? accountId, Situation before, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var write = action.Write!;
        var now = await Judge.ReadBackAsync(write, input, connection, accountId, cancellationToken);
        return (await write.Settle(connection, new Settling(before, now, since), input, cancellationToken), now);
    }

    /// <summary>The outcome, in the log and in the record.</summary>
    private async Task<CallRecord> EndAsync(CallRecord started, AuditReservation reservation, Sent sent)
    {
        var state = sent.State;
        var ended = started with
        {
            State = state,
            Code = sent.Code,
            Message = sent.Message,
            Outcome = sent.Outcome,
            Answer = sent.Answer,
            EndedAt = state.IsEnded() ? time.GetUtcNow() : null,
        };
        try
        {
            await reservation.WriteAsync(AuditTrail.Draft(AuditKinds.EffectOutcome, ended, AuditTrail.Ending(ended)), CancellationToken.None);
        }
        catch (AuditUnavailableException lost)
        {
            // The effect has happened or not; the record still says which. The next start writes what the log misses.
            LogOutcomeLost(logger, lost, ended.Id, ended.State);
        }

        IReadOnlyList<Change> told = state.IsEnded() ? await notices.EndedAsync(ended, CancellationToken.None) : [];
        var committed = await store.CommitAsync([Change.Save(ended), .. told], CancellationToken.None);
        if (state.IsEnded() && state != CallState.NeedsPerson)
            unsettled.Remove(started);
        return committed.Done ? ended with { Version = ended.Version + 1 } : await store.GetAsync<CallRecord>(ended.Id) ?? ended;
    }

    /// <summary>As the log tells it before the first byte is sent.</summary>
    private static JsonObject Intent(CallRecord call) => new()
    {
        ["fence"] = call.Intent!.Fence,
        ["digest"] = call.Approval?.Digest,
        ["plan"] = call.Plan,
        ["standing"] = call.StandingApproval is null ? null : new JsonObject { ["id"] = call.StandingApproval, ["person"] = StandingCover.PersonOf(call) },
        ["approvers"] = new JsonArray([.. (call.Approval?.Decisions ?? []).Where(decision => decision.Approved).Select(decision => (JsonNode)decision.Approver)]),
        ["input"] = call.Input.DeepClone(),
        ["identity"] = call.Card?.Facts["identity"]?.DeepClone(),
    };

    private static string CodeOf(IdpTrouble trouble) => trouble switch
    {
        IdpTrouble.NotFound => "not_found",
        IdpTrouble.NotAllowed => "idp_not_allowed",
        IdpTrouble.BadCredentials => "idp_bad_credentials",
        IdpTrouble.RateLimited => "idp_rate_limited",
        IdpTrouble.Conflict => "idp_conflict",
        IdpTrouble.Rejected => "idp_rejected",
        _ => "idp_unavailable",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Call {Call}: trouble {Trouble} at the IdP (vendor code {VendorCode}, request {RequestId})")]
    private static partial void LogTrouble(ILogger logger, string call, IdpTrouble trouble, string? vendorCode, string? requestId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Call {Call}: reading back failed ({Trouble})")]
    private static partial void LogReadBack(ILogger logger, string call, IdpTrouble trouble);

    [LoggerMessage(Level = LogLevel.Error, Message = "Call {Call}: the effect ended in a way that is a defect of this server")]
    private static partial void LogBug(ILogger logger, Exception bug, string call);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Call {Call}: its outcome ({State}) could not be written to the audit log")]
    private static partial void LogOutcomeLost(ILogger logger, Exception lost, string call, CallState state);
}
