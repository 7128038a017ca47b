using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>
/// An entry as an event of the Open Cybersecurity Schema Framework 1.9, with its profiles ai_operation (who acted) and
/// record_integrity (which log it stands in). Effects on accounts are IAM events; everything else, reads and decisions too, is API
/// activity.
/// </summary>
internal static class OcsfEvent
{
    private const string SchemaVersion = "1.9.0-dev";
    private const int ApiActivity = 6003;

    /// <summary>Action to class and activity. An action that is not here is still told, as API activity.</summary>
    private static readonly Dictionary<string, (int Class, int Activity)> Effects = new(StringComparer.Ordinal)
    {
        ["add_application"] = (3005, 1), // User Access: Assign Privileges
        ["add_to_group"] = (3006, 3), // Group Management: Add User
        ["clear_sessions"] = (3002, 2), // Authentication: Logoff
        ["create_user"] = (3001, 1), // Account Change: Create
        ["deactivate_user"] = (3001, 5), // Account Change: Disable
        ["remove_application"] = (3005, 2), // User Access: Revoke Privileges
        ["remove_from_group"] = (3006, 4), // Group Management: Remove User
        ["reset_mfa"] = (3001, 11), // Account Change: MFA Factor Disable
        ["reset_password"] = (3001, 4), // Account Change: Password Reset
        ["revoke_grants"] = (3005, 2), // User Access: Revoke Privileges
        ["suspend_user"] = (3001, 5), // Account Change: Disable
        ["unlock_user"] = (3001, 12), // Account Change: Unlock
        ["unsuspend_user"] = (3001, 2), // Account Change: Enable
        ["update_user"] = (3001, 99), // Account Change: Other
    };

    /// <summary>The actions that have a class of their own, sorted.</summary>
    public static IReadOnlyList<string> Actions { get; } = [.. Effects.Keys.Order(StringComparer.Ordinal)];

    /// <param name="line">The entry as it stands in the log.</param>
    /// <param name="key">The log's present key.</param>
    public static JsonObject Of(AuditEntry entry, ReadOnlySpan<byte> line, NoteVerifier key)
    {
        var (eventClass, activity) = ClassOf(entry);
        var uid = $"{key.Name}#{entry.Seq}";
        var json = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["version"] = SchemaVersion,
                ["product"] = new JsonObject { ["name"] = "Siit IAM Agent", ["vendor_name"] = "Siit" },
                ["profiles"] = new JsonArray("ai_operation", "record_integrity"),
                ["uid"] = uid,
                ["event_code"] = AuditKinds.CodeOf(entry.Kind),
                ["log_name"] = key.Name,
                ["sequence"] = entry.Seq,
                ["original_time"] = entry.Time.ToString("O"),
                ["correlation_uid"] = entry.Call ?? entry.Run ?? entry.Request,
            },
            ["time"] = entry.Time.ToUnixTimeMilliseconds(),
            ["category_uid"] = eventClass / 1000,
            ["class_uid"] = eventClass,
            ["activity_id"] = activity,
            ["type_uid"] = (eventClass * 100L) + activity,
            ["severity_id"] = 1,
            ["message"] = entry.Kind,
            ["actor"] = ActorOf(entry.Actor),
            ["raw_data"] = Encoding.UTF8.GetString(line),
        };
        if (StateOf(entry) is { } state)
            (json["status_id"], json["status_detail"]) = (state is "succeeded" or "already_so" ? 1 : state is "failed" or "refused" or "denied" ? 2 : 0, state);
        if (entry.Actor?.Caller is { } caller)
            json["ai_agent"] = new JsonObject { ["uid"] = caller, ["instance_uid"] = entry.Run };
        if (entry.Target is not null || eventClass != ApiActivity)
            json["user"] = new JsonObject { ["uid"] = entry.Target ?? "", ["domain"] = entry.Connection };
        if (eventClass == 3006)
            json["group"] = new JsonObject { ["uid"] = (string?)(entry.Data?["input"] as JsonObject)?["group"] ?? "" };
        if (eventClass == 3005)
            json["resource"] = new JsonObject { ["uid"] = (string?)(entry.Data?["input"] as JsonObject)?["application"] ?? "" };
        if (eventClass == ApiActivity)
        {
            json["api"] = new JsonObject { ["operation"] = entry.Action ?? entry.Kind, ["service"] = entry.Connection is null ? null : new JsonObject { ["name"] = entry.Connection } };
            json["src_endpoint"] = new JsonObject { ["name"] = entry.Actor?.Door ?? "server" };
        }

        return Attested(WithoutNulls(json), uid, key);
    }

    private static (int Class, int Activity) ClassOf(AuditEntry entry)
    {
        if (entry.Kind is AuditKinds.EffectIntent or AuditKinds.EffectOutcome or AuditKinds.CallSettled && Effects.TryGetValue(entry.Action ?? "", out var found))
            return found;
        return (ApiActivity, entry.Kind is AuditKinds.CallAnswered ? 2 : 99);
    }

    private static JsonObject ActorOf(AuditActor? actor) => new()
    {
        ["user"] = actor?.Requester is { } requester ? new JsonObject { ["email_addr"] = requester, ["type"] = actor.RequesterProved ? "proved" : "claimed" } : null,
        ["app_uid"] = actor?.Caller,
        ["invoked_by"] = actor?.Operator,
    };

    private static string? StateOf(AuditEntry entry) => entry.Data?["state"] is JsonValue state && state.TryGetValue<string>(out var word) ? word : null;

    /// <summary>The fingerprint is over the canonical event without itself, as the profile says; what the log signs is <c>raw_data</c>.</summary>
    private static JsonObject Attested(JsonObject json, string uid, NoteVerifier key)
    {
        var attestation = new JsonObject { ["uid"] = uid, ["authority_uid"] = key.ToString(), ["chain_uid"] = key.Name };
        json["attestation_list"] = new JsonArray(attestation);
        var digest = CanonicalJson.Digest(json);
        attestation["fingerprint"] = new JsonObject { ["algorithm"] = "SHA-256", ["algorithm_id"] = 3, ["value"] = digest };
        return json;
    }

    private static JsonObject WithoutNulls(JsonObject json)
    {
        foreach (var (name, value) in json.ToList())
        {
            if (value is null)
                json.Remove(name);
            else if (value is JsonObject inner)
                WithoutNulls(inner);
        }

        return json;
    }
}
