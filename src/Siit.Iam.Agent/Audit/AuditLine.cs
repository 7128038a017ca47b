using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>An entry as a line: RFC 8785 JSON without line ends inside, then one newline.</summary>
internal static class AuditLine
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>What a draft says, as JSON, without the log's own members.</summary>
    public static JsonObject Body(AuditDraft draft, DateTimeOffset time)
    {
        _ = AuditKinds.CodeOf(draft.Kind);
        var json = new JsonObject { ["kind"] = draft.Kind, ["time"] = Text(time) };
        Put(json, "call", draft.Call);
        Put(json, "request", draft.Request);
        Put(json, "run", draft.Run);
        Put(json, "action", draft.Action);
        Put(json, "connection", draft.Connection);
        Put(json, "target", draft.Target);
        if (draft.Actor is { } actor)
            json["actor"] = Actor(actor);
        if (draft.Data is { } data)
            json["data"] = data.DeepClone();
        return json;
    }

    /// <summary>
    /// The canonical bytes before and after the entry's number, which only the writer knows: what is costly is done by those who wait,
    /// not by the one writer.
    /// </summary>
    public static (byte[] Before, byte[] After) Around(JsonObject body)
    {
        var (before, after) = (new JsonObject(), new JsonObject());
        foreach (var (name, value) in body)
            (string.CompareOrdinal(name, "seq") < 0 ? before : after)[name] = value?.DeepClone();
        // "kind" is always before, "time" always after; so neither is empty.
        return ([.. CanonicalJson.Utf8(before)[..^1], .. ",\"seq\":"u8], [(byte)',', .. CanonicalJson.Utf8(after)[1..]]);
    }

    /// <summary>The line without its newline.</summary>
    public static byte[] At(long seq, byte[] before, byte[] after)
    {
        Span<byte> number = stackalloc byte[20];
        Utf8Formatter.TryFormat(seq, number, out var digits);
        return [.. before, .. number[..digits], .. after];
    }

    /// <summary>What is wrong with a line at that place, apart from its hash; null when it is an entry in RFC 8785 form.</summary>
    public static string? Problem(ReadOnlySpan<byte> line, long seq)
    {
        try
        {
            if (line.Length > AuditLog.MaxEntryBytes || CanonicalJson.Parse(line) is not JsonObject json)
                return "it is not an audit entry";
            if (!line.SequenceEqual(CanonicalJson.Utf8(json)))
                return "it is not in RFC 8785 form";
            return (long?)json["seq"] == seq && json["kind"] is not null && json["time"] is not null ? null : $"it is not the entry with number {seq}";
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            return "it is not an audit entry";
        }
    }

    /// <summary>The entry; null when the line is none.</summary>
    public static AuditEntry? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject json && json["seq"] is JsonValue seq && json["time"] is JsonValue time && json["kind"] is JsonValue kind
                ? Entry(json, (long)seq, (string)time!, (string)kind!, Convert.ToHexStringLower(Merkle.Leaf(line)))
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static AuditEntry Entry(JsonObject json, long seq, string time, string kind, string hash) => new()
    {
        Seq = seq,
        Hash = hash,
        Time = DateTimeOffset.ParseExact(time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
        Kind = kind,
        Call = (string?)json["call"],
        Request = (string?)json["request"],
        Run = (string?)json["run"],
        Action = (string?)json["action"],
        Connection = (string?)json["connection"],
        Target = (string?)json["target"],
        Actor = json["actor"] is JsonObject actor ? Actor(actor) : null,
        Data = json["data"]?.DeepClone().AsObject(),
    };

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static JsonObject Actor(AuditActor actor)
    {
        var json = new JsonObject();
        Put(json, "requester", actor.Requester);
        if (actor.Requester is not null)
            json["requester_proved"] = actor.RequesterProved;
        Put(json, "caller", actor.Caller);
        Put(json, "operator", actor.Operator);
        Put(json, "door", actor.Door);
        return json;
    }

    private static AuditActor Actor(JsonObject json) => new()
    {
        Requester = (string?)json["requester"],
        RequesterProved = (bool?)json["requester_proved"] ?? false,
        Caller = (string?)json["caller"],
        Operator = (string?)json["operator"],
        Door = (string?)json["door"],
    };

    private static void Put(JsonObject json, string name, string? value)
    {
        if (value is not null)
            json[name] = value;
    }
}
