using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>A call that is to be begun: judged, approved where needed.</summary>
/// <param name="Call">As it is stored, or not yet.</param>
/// <param name="Started">The same with its intent.</param>
/// <param name="What">The action, or the tool of another server.</param>
/// <param name="Where">The connection, or that server.</param>
/// <param name="PlanUse">What uses up its entry of an approved plan; null when no plan covers it.</param>
internal sealed record Beginning(CallRecord Call, CallRecord Started, string What, Risk Risk, string Where, Change? PlanUse)
{
    /// <summary>What else is stored with the intent.</summary>
    public IReadOnlyList<Change> Besides { get; init; } = [];

    /// <summary>Why the call is refused when one of <see cref="Besides"/> was changed meanwhile, by its id; null: it is tried again.</summary>
    public Func<string, Refusal?> Lost { get; init; } = _ => null;
}

/// <summary>
/// The last look before the first byte, and the commit that makes the intent durable: the call is taken, its plan's entry and its budgets
/// are used up, all together or not at all.
/// </summary>
internal sealed class Beginnings(
    IStore store, AuditTrail trail, Budgets budgets, StopSwitches stops, Withdrawals withdrawals, KeyedLocks locks, CallNotices notices, TimeProvider time)
{
    private static readonly Refusal PlanTakenBack = new("plan_revoked", "The approved plan was taken back.");

    /// <returns>The call as it was begun; or as it stands, and why it was not.</returns>
    public async Task<(CallRecord Call, Refusal? Refusal)> BeginAsync(Beginning beginning, CancellationToken cancellationToken)
    {
        var (call, started) = (beginning.Call, beginning.Started);
        // A plan is not taken back between this look and the commit.
        using var plan = beginning.PlanUse is null ? null : await locks.AcquireAsync(Withdrawals.LockOf(call.Plan!), CancellationToken.None);
        for (var attempt = 0; ; attempt++)
        {
            // Once more: reading and judging took a while, and a stop is meant to take hold now.
            if (stops.Find(beginning.What, beginning.Where) is { } stop)
                return (await RefuseAsync(call, stop, cancellationToken), stop);
            // Whoever takes it back waits for this call's lock, and ends it.
            if (call.Version > 0 && withdrawals.AreWanted(call.Id))
                return (call, new Refusal("withdrawn", "Somebody is taking this call back."));
            if (beginning.PlanUse is not null && withdrawals.AreWanted(call.Plan))
                return (await RefuseAsync(call, PlanTakenBack, cancellationToken), PlanTakenBack);
            var (spending, refusal) = await budgets.SpendAsync(beginning.What, beginning.Risk, call.Caller, beginning.Where, cancellationToken);
            if (refusal is not null)
                return (await RefuseAsync(call, refusal, cancellationToken), refusal);

            List<Change> changes = [call.Version == 0 ? Change.Create(started) : Change.Save(started), .. spending, .. beginning.Besides];
            if (beginning.PlanUse is { } use)
                changes.Add(use);
            // Not cancelled half-way: who cannot tell whether it was committed cannot tell whether it may act.
            var committed = await store.CommitAsync(changes, CancellationToken.None);
            if (committed.Done)
                return (started with { Version = call.Version + 1 }, null);
            if (committed.ConflictId == call.Id || attempt == 20)
            {
                // Somebody else took this call, or its plan entry: theirs is the effect.
                var taken = await store.GetAsync<CallRecord>(call.Id, cancellationToken) ?? call;
                return (taken, new Refusal("taken", "This call is being executed already."));
            }

            if (beginning.Lost(committed.ConflictId!) is { } lost)
                return (await RefuseAsync(call, lost, cancellationToken), lost);
            if (beginning.PlanUse is { } spent && committed.ConflictId == spent.Id)
            {
                var used = new Refusal("plan_entry_used", "The approved plan covered this step once, and that was used.");
                return (await RefuseAsync(call, used, cancellationToken), used);
            }
        }
    }

    private async Task<CallRecord> RefuseAsync(CallRecord call, Refusal refusal, CancellationToken cancellationToken)
    {
        var refused = call with
        {
            State = CallState.Refused,
            Code = refusal.Code,
            Message = "Refused, nothing was done. " + refusal.Message,
            EndedAt = time.GetUtcNow(),
        };
        await trail.WriteAsync(AuditKinds.CallRefused, refused, AuditTrail.Ending(refused), cancellationToken);
        await store.CommitAsync(
            [call.Version == 0 ? Change.Create(refused) : Change.Save(refused), .. await notices.EndedAsync(refused, cancellationToken)], cancellationToken);
        return refused;
    }
}
