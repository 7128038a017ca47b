using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>What a reset brings with it, beside itself: its proof is used up, everybody is told, its secret gets to the person.</summary>
internal sealed class ResetEffects(IStore store, INotices notices, ResetMessages messages, SecretDesk secrets, AuditTrail trail, TimeProvider time)
{
    /// <summary>To be stored in the commit that starts the effect: a reset that nobody was told of does not begin.</summary>
    public IReadOnlyList<Change> Beginning(CallRecord call, IdentityFinding identity)
    {
        if (identity.Contacts is not { } contacts)
            return [];
        var now = time.GetUtcNow();
        var changes = new List<Change>
        {
            Change.Create(new ResetMark { Id = call.Id, Person = contacts.Key, Account = $"{call.Connection}:{call.Target!.AccountId}", At = now }),
        };
        if (identity.Proof is { } proof)
            changes.Add(Change.Save(proof with { UsedBy = call.Id, UsedAt = now }));
        changes.AddRange(ResetMessages.Beginning(call, contacts).Select(notices.Post));
        return changes;
    }

    /// <summary>Sealed and on its way before anything else is done: a crash behind this line loses nothing.</summary>
    public async Task DeliverAsync(CallRecord call, SecretText secret, IdentityFinding identity)
    {
        var way = identity.Delivery ?? throw new InvalidOperationException("A secret without a way to its person.");
        var kept = secrets.Keep(call.Id, $"the temporary password of {CallAnswers.Who(call)} at {call.Connection}", secret);
        await store.CommitAsync([Change.Create(kept.Record), notices.Post(messages.Delivery(call, way, kept))], CancellationToken.None);
        await trail.WriteAsync(AuditKinds.SecretKept, call, new() { ["secret"] = kept.Record.Id, ["to"] = way.Masked }, CancellationToken.None);
    }

    /// <summary>What to add to the end of a call that should have brought a secret to somebody.</summary>
    public async Task<string> ToldAsync(CallRecord call, CancellationToken cancellationToken) => call.Input["mode"]?.GetValue<string>() != "temporary"
        ? ""
        : await secrets.OfCallAsync(call.Id, cancellationToken) is { } kept
            ? $" The person alone gets the password, by a link that is good until {kept.ExpiresAt:yyyy-MM-dd HH:mm}Z."
            : " The password was lost on the way and nobody has it: reset it again.";
}
