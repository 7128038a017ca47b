using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// What an approval binds: SHA-256 over the RFC 8785 form of everything that decides what will happen, to whom, and on which
/// facts. Computed from the stored record only; the executor computes it again before it acts.
/// </summary>
internal static class CallDigest
{
    public static string Of(CallRecord call, Actions.Approvers needed, DateTimeOffset expiresAt)
    {
        var card = call.Card ?? throw new InvalidOperationException("A call without a card cannot be approved.");
        return CanonicalJson.Digest(new JsonObject
        {
            ["schema"] = "siit-iam/call/1",
            ["call"] = call.Id,
            ["action"] = call.Action,
            ["action_version"] = call.ActionVersion,
            ["connection"] = call.Connection,
            ["account"] = call.Target?.AccountId,
            ["input"] = call.Input.DeepClone(),
            ["lines"] = new JsonArray([.. card.Lines.Select(line => new JsonArray(line.Sign, line.What, line.Id, line.Text))]),
            ["consequences"] = Strings(card.Consequences),
            ["warnings"] = Strings(card.Warnings),
            ["facts"] = card.Facts.DeepClone(),
            ["rule"] = card.Rule,
            ["requester"] = call.Requester.Email,
            ["requester_proved"] = call.Requester.Proved,
            ["caller"] = call.Caller,
            ["operator"] = call.Operator,
            ["run"] = call.Run,
            ["step"] = call.StepPath,
            ["needed"] = needed.ToString(),
            ["policy"] = card.PolicyVersion,
            ["expires"] = expiresAt.ToUnixTimeMilliseconds(),
            ["nonce"] = card.Nonce,
        });
    }

    /// <summary>What one call of an approved plan must be, exactly: same step, same action, same arguments.</summary>
    public static string OfPlanEntry(string path, string action, int actionVersion, JsonObject input) => CanonicalJson.Digest(new JsonObject
    {
        ["path"] = path,
        ["action"] = action,
        ["action_version"] = actionVersion,
        ["input"] = input.DeepClone(),
    });

    private static JsonArray Strings(IReadOnlyList<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
