using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>A reset of somebody began: stored in the commit that starts the effect, so that no second one misses the first.</summary>
[Stored("reset_marks", "person", "account")]
internal sealed record ResetMark : IRecord
{
    /// <summary>The call's.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    /// <summary>See <see cref="PersonContacts.Key"/>.</summary>
    public required string Person { get; init; }

    /// <summary><c>connection:id</c>.</summary>
    public required string Account { get; init; }

    public required DateTimeOffset At { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["person"] = Person, ["account"] = Account };
}

/// <summary>Whether somebody was reset a short time ago.</summary>
internal sealed class Resets(IStore store, TimeProvider time)
{
    /// <summary>Who was reset once, at whatever IdP, has to show more the second time: that is how accounts are taken over.</summary>
    public async Task<ProofLevel> LevelAsync(string person, string account, CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow() - ProofOptions.SecondReset;
        foreach (var (key, value) in new[] { ("person", person), ("account", account) })
        {
            foreach (var mark in await store.FindAsync<ResetMark>(key, value, 50, newestFirst: true, cancellationToken: cancellationToken))
            {
                // What certainly did not happen was no reset.
                if (mark.At > since && await store.GetAsync<CallRecord>(mark.Id, cancellationToken) is not { State: CallState.Failed })
                    return ProofLevel.Raised;
            }
        }

        return ProofLevel.Usual;
    }
}
