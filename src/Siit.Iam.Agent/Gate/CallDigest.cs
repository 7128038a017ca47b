using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// What an approval binds: SHA-256 over the RFC 8785 form of everything that decides what will happen, to whom, on which facts and by
/// whose agreement, and of everything that is shown to whoever decides. Computed from the stored record only; the executor computes
/// it again before it acts.
/// </summary>
internal static class CallDigest
{
    /// <summary>Whether the call is what its approval binds. If not, something is wrong with the store or the program, or somebody has changed it.</summary>
    public static bool IsBound(CallRecord call) => call.Approval is { } approval && Of(call, approval.Needed, approval.ExpiresAt) == approval.Digest;

    public static string Of(CallRecord call, Actions.Approvers needed, DateTimeOffset expiresAt)
    {
        var card = call.Card ?? throw new InvalidOperationException("A call without a card cannot be approved.");
        return CanonicalJson.Digest(new JsonObject
        {
            ["schema"] = "siit-iam/call/2",
            ["call"] = call.Id,
            ["action"] = call.Action,
            ["action_version"] = call.ActionVersion,
            ["connection"] = call.Connection,
            ["account"] = call.Target?.AccountId,
            ["target"] = call.Target is { } target ? new JsonArray(target.Login, target.Email, target.Name) : null,
            ["input"] = call.Input.DeepClone(),
            ["lines"] = new JsonArray([.. card.Lines.Select(line => new JsonArray(line.Sign, line.What, line.Id, line.Text))]),
            ["consequences"] = Strings(card.Consequences),
            ["warnings"] = Strings(card.Warnings),
            ["facts"] = card.Facts.DeepClone(),
            ["state"] = Strings(card.State),
            ["look_alikes"] = Strings(card.LookAlikes),
            ["history"] = Strings(card.History),
            ["drift"] = card.Drift is { } drift ? Strings(drift) : null,
            ["rule"] = card.Rule,
            ["quorums"] = JsonSerializer.SerializeToNode(card.Quorums, StoreJson.Options),
            ["escalates"] = JsonSerializer.SerializeToNode(card.Escalates, StoreJson.Options),
            ["requester"] = call.Requester.Email,
            ["requester_proved"] = call.Requester.Proved,
            ["caller"] = call.Caller,
            ["operator"] = call.Operator,
            ["starter"] = call.Starter,
            ["received"] = call.ReceivedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["door"] = call.Door,
            ["request"] = call.Request,
            ["request_text"] = card.RequestText,
            ["request_author"] = call.RequestAuthor,
            ["run"] = call.Run,
            ["step"] = call.StepPath,
            ["trigger"] = call.Trigger,
            ["authors"] = Strings(call.Authors),
            ["plan"] = call.Plan,
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
