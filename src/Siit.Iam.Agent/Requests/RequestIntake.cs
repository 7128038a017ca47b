using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Requests;

/// <summary>What a caller hands in.</summary>
/// <param name="Text">In the requester's words; may be left out when a form is filled in.</param>
/// <param name="Requester">Claimed; ignored when the caller's credential proves one.</param>
/// <param name="Key">The same key of the same caller is the same request.</param>
internal sealed record RequestWish(string? Text, string? Form, JsonObject? Fields, string? Requester, string? Key);

/// <param name="Request">Null when it was refused.</param>
/// <param name="IsRepeat">It was there already, under the same key.</param>
internal sealed record RequestTaken(RequestRecord? Request, bool IsRepeat, Refusal? Refusal);

/// <summary>Requests from callers: only for people whom the caller may act for, each wish once.</summary>
internal sealed class RequestIntake(RequestDesk desk)
{
    private const int LongestKey = 200;

    /// <exception cref="AuditUnavailableException">It could not be recorded, so it was not taken.</exception>
    public async Task<RequestTaken> SubmitAsync(CallerRecord caller, string door, RequestWish wish, CancellationToken cancellationToken)
    {
        if (!caller.IsActive)
            return No("caller_removed", $"Caller '{caller.Id}' was removed. An operator can register a new one: siit-iam callers add.");
        if ((caller.Person ?? wish.Requester) is not { } requester)
            return No("invalid_input", "'requester' is missing: say whose request it is, by work email.");
        if (caller.Person is null && !caller.MayActFor(requester))
            return No("requester_not_allowed", $"Caller '{caller.Id}' may not act for {HiddenText.Shown(requester, 100)}. Its operator ({caller.Operator}) can have that changed.");
        if (wish.Key is { } given && (given.Length is 0 or > LongestKey || HiddenText.First(given) is not null))
            return No("invalid_input", $"'idempotency_key' must have 1 to {LongestKey} visible characters.");

        var text = string.IsNullOrWhiteSpace(wish.Text) && wish.Form is not null ? Told(wish.Form, wish.Fields) : wish.Text ?? "";
        var digest = CanonicalJson.Digest(new JsonObject { ["text"] = text, ["form"] = wish.Form, ["fields"] = wish.Fields?.DeepClone(), ["requester"] = requester });
        var id = wish.Key is { } key ? $"req-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{caller.Id}\n{key}")))[..24]}" : null;
        if (id is not null && await desk.GetAsync(id, cancellationToken) is { } known)
            return Again(known, digest);
        var origin = new RequestOrigin(caller.Id, door, caller.Person is not null, digest);
        var (request, problems) = await desk.SubmitAsync(id, requester, text, cancellationToken, wish.Form, wish.Fields, origin);
        if (request is not null)
            return new RequestTaken(request, false, null);
        // Handed in twice at the same moment.
        return id is not null && await desk.GetAsync(id, cancellationToken) is { } other ? Again(other, digest) : No("invalid_input", string.Join(" ", problems));
    }

    private static RequestTaken Again(RequestRecord known, string digest) => known.Origin?.Digest == digest
        ? new RequestTaken(known, true, null)
        : No("key_reused", $"The idempotency_key was used for another request ({known.Id}). Use a new one for a new wish.");

    /// <summary>What was filled in, where the requester wrote no sentence of their own.</summary>
    private static string Told(string form, JsonObject? fields)
    {
        var filled = string.Join(", ", (fields ?? []).Select(field => $"{field.Key}: {(field.Value is JsonValue value ? value.ToString() : field.Value?.ToJsonString())}"));
        var told = $"{form}{(filled.Length > 0 ? $": {filled}" : "")}";
        return told.Length <= RequestDesk.LongestText ? told : told[..RequestDesk.LongestText];
    }

    private static RequestTaken No(string code, string message) => new(null, false, new Refusal(code, message));
}
