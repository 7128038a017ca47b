using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>Events of Directory Insights. Each service has shapes of its own and none is described, so they are read field by field.</summary>
internal static class JumpCloudEvents
{
    /// <summary>Null for what has no id or time: it could not be told apart from others.</summary>
    public static LoggedEvent? Read(JsonObject entry)
    {
        if (Text(entry["id"]) is not { } id || JumpCloudStatus.Time(Text(entry["timestamp"])) is not { } time) return null;
        return new LoggedEvent
        {
            Id = id,
            Time = time,
            Type = Text(entry["event_type"]) ?? "",
            Actor = ActorOf(entry["initiated_by"] as JsonObject),
            Targets = [.. TargetsOf(entry)],
            Succeeded = entry["success"] is not JsonValue value || value.GetValueKind() != JsonValueKind.False,
        };
    }

    /// <summary>Whether the account did it; the actor of an event is told by name.</summary>
    public static bool IsBy(IReadOnlyList<JsonObject> entries, LoggedEvent entry, string accountId) =>
        entries.Any(raw => Text(raw["id"]) == entry.Id && Text((raw["initiated_by"] as JsonObject)?["id"]) == accountId);

    private static string? ActorOf(JsonObject? by) => by is null ? null : Text(by["email"]) ?? Text(by["username"]) ?? Text(by["id"]);

    private static IEnumerable<EventTarget> TargetsOf(JsonObject entry)
    {
        if (entry["resource"] is JsonObject resource && Text(resource["id"]) is { } id)
            yield return new EventTarget(id, Text(resource["type"]) ?? "", Text(resource["username"]) ?? Text(resource["name"]) ?? Text(resource["email"]));
        if ((entry["association"] as JsonObject)?["connection"] is not JsonObject connection) yield break;
        foreach (var end in new[] { connection["from"], connection["to"] }.OfType<JsonObject>())
            if (Text(end["object_id"]) is { } tied) yield return new EventTarget(tied, Text(end["type"]) ?? "", Text(end["name"]));
    }

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { Length: > 0 } text ? text : null;
}
