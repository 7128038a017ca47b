using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>Looking at calls and withdrawing them, for those who may.</summary>
internal sealed class CallDesk(IStore store, Effects effects, CallEndings endings, KeyedLocks locks, Withdrawals withdrawals, UnsettledAccounts unsettled)
{
    /// <summary>The call as its own caller may see it; null when there is none or it belongs to another caller.</summary>
    public async Task<CallAnswer?> GetAsync(CallerRecord caller, string callId, CancellationToken cancellationToken) =>
        await store.GetAsync<CallRecord>(callId, cancellationToken) is { } call && call.Caller == caller.Id ? CallAnswers.Of(call) : null;

    /// <summary>Withdraws the caller's own call before its effect has begun; null when there is none or it belongs to another caller.</summary>
    public async Task<CallAnswer?> CancelAsync(CallerRecord caller, string callId, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<CallRecord>(callId, cancellationToken) is not { } own || own.Caller != caller.Id)
            return null;
        // From here on it does not begin any more; if it stands before its effect, it gives the lock back.
        using var wanted = withdrawals.Want(callId);
        using var held = await locks.AcquireAsync($"call:{callId}", cancellationToken);
        if (await store.GetAsync<CallRecord>(callId, cancellationToken) is not { } call)
            return null;
        return call.State == CallState.AwaitingApproval
            ? await endings.EndAsync(call, CallState.Cancelled, "withdrawn", "Cancelled; nothing was done.")
            : CallAnswers.Of(call) with { Message = $"It cannot be cancelled any more: it is {call.State.Word()}. {call.Message}" };
    }

    /// <summary>For operators: newest first.</summary>
    public async Task<IReadOnlyList<CallRecord>> ListAsync(CallState? state, string? request, int limit, string? after, CancellationToken cancellationToken)
    {
        if (request is not null)
            return [.. (await store.FindAsync<CallRecord>("request", request, limit, after, true, cancellationToken)).Where(call => state is null || call.State == state)];
        return state is { } word
            ? await store.FindAsync<CallRecord>("state", word.Word(), limit, after, true, cancellationToken)
            : await store.ListAsync<CallRecord>(limit, after, true, cancellationToken);
    }

    public async Task<CallRecord?> FindAsync(string callId, CancellationToken cancellationToken) => await store.GetAsync<CallRecord>(callId, cancellationToken);

    /// <summary>A person who has looked at the IdP says whether an effect happened that could not be told from here. Audited with who said so.</summary>
    public async Task<CallAnswer> SettleAsync(string callId, ApproverRecord by, bool happened, string note, CancellationToken cancellationToken)
    {
        using var held = await locks.AcquireAsync($"call:{callId}", cancellationToken);
        if (await store.GetAsync<CallRecord>(callId, cancellationToken) is not { State: CallState.NeedsPerson or CallState.Unknown } call)
            return CallAnswers.Refused(new Refusal("nothing_to_settle", "There is no such call whose outcome a person has to tell."));
        if (by.IsPerson(call.Requester.Email) || by.IsPerson(call.Operator))
            return CallAnswers.Refused(new Refusal("is_requester", "Neither the requester nor the caller's operator settles a call."));
        var message = $"{(happened ? "Done" : "Not done")}: {by.Name} looked and says so ({HiddenText.Shown(note, 200)}).";
        var settled = await effects.EndSettledAsync(call, happened ? CallState.Succeeded : CallState.Failed, "settled_by_person", message, "settled_by_person");
        unsettled.Remove(call);
        await endings.TellAsync(settled);
        return CallAnswers.Of(settled);
    }
}
