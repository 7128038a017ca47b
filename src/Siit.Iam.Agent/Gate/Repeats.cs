using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// The same call again is the same record while it is open and for a while after its end: a model that asks twice, or a client
/// that retries, causes one effect. An <c>idempotency_key</c> says explicitly what is the same. Refused and failed calls may be
/// made anew.
/// </summary>
internal sealed class Repeats(IStore store, GateOptions options, TimeProvider time)
{
    private static readonly string[] NotWhatIsAsked = ["reason", "dry_run", "idempotency_key"];

    public static string Fingerprint(string caller, string? requester, string action, JsonObject input)
    {
        if (input["idempotency_key"] is JsonValue key && key.TryGetValue<string>(out var text))
            return CanonicalJson.Digest(new JsonObject { ["caller"] = caller, ["key"] = text });

        var asked = new JsonObject();
        foreach (var (name, value) in input)
        {
            if (!NotWhatIsAsked.Contains(name))
                asked[name] = name == "person" && value is JsonValue person && person.TryGetValue<string>(out var who) ? who.ToLowerInvariant() : value?.DeepClone();
        }

        return CanonicalJson.Digest(new JsonObject { ["caller"] = caller, ["requester"] = requester?.ToLowerInvariant(), ["action"] = action, ["input"] = asked });
    }

    /// <summary>The record that this call is a repetition of; or the refusal when a key was used for something else.</summary>
    public async Task<(CallRecord? Same, Refusal? Refusal)> FindAsync(CallRecord call, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync<CallRecord>("fingerprint", call.Fingerprint, limit: 5, newestFirst: true, cancellationToken: cancellationToken);
        var byKey = call.Input.ContainsKey("idempotency_key");
        foreach (var earlier in found)
        {
            if (byKey && !AsksTheSame(earlier, call))
                return (null, new Refusal("key_used", $"This idempotency_key was used for another call ({earlier.Id}). Use a new one for a new wish."));
            if (byKey || !earlier.State.IsEnded() || (MayStand(earlier.State) && earlier.EndedAt > time.GetUtcNow() - options.RepeatWindow))
                return (earlier, null);
        }

        return (null, null);
    }

    private static bool MayStand(CallState state) => state is not (CallState.Refused or CallState.Failed or CallState.Cancelled);

    private static bool AsksTheSame(CallRecord earlier, CallRecord call) =>
        earlier.Action == call.Action && Fingerprint("", null, "", WithoutKey(earlier.Input)) == Fingerprint("", null, "", WithoutKey(call.Input));

    private static JsonObject WithoutKey(JsonObject input)
    {
        var copy = input.DeepClone().AsObject();
        copy.Remove("idempotency_key");
        return copy;
    }
}
