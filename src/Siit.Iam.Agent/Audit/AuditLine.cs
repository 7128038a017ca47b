using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Audit;

/// <summary>An entry as a line: RFC 8785 JSON without line ends inside, then one newline.</summary>
internal static class AuditLine
{
    /// <summary><see cref="AuditEntry.Prev"/> of the first entry.</summary>
    public static readonly string NoPrev = new('0', 64);

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

    /// <summary>Adds place and hashes; the line with its newline, and the entry's hash.</summary>
    public static (byte[] Line, string Hash) Seal(JsonObject body, long seq, string prev)
    {
        body["seq"] = seq;
        body["prev"] = prev;
        body.Remove("hash");
        var hash = CanonicalJson.Digest(body);
        body["hash"] = hash;
        var canonical = CanonicalJson.Utf8(body);
        var line = new byte[canonical.Length + 1];
        canonical.CopyTo(line, 0);
        line[^1] = (byte)'\n';
        return (line, hash);
    }

    /// <summary>Reads a line that <see cref="AuditChain"/> has found in order.</summary>
    public static AuditEntry Read(ReadOnlySpan<byte> line)
    {
        var json = JsonNode.Parse(line)!.AsObject();
        return new AuditEntry
        {
            Seq = (long)json["seq"]!,
            Prev = (string)json["prev"]!,
            Hash = (string)json["hash"]!,
            Time = DateTimeOffset.ParseExact((string)json["time"]!, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            Kind = (string)json["kind"]!,
            Call = (string?)json["call"],
            Request = (string?)json["request"],
            Run = (string?)json["run"],
            Action = (string?)json["action"],
            Connection = (string?)json["connection"],
            Target = (string?)json["target"],
            Actor = json["actor"] is JsonObject actor ? Actor(actor) : null,
            Data = json["data"]?.DeepClone().AsObject(),
        };
    }

    /// <summary>The place and hashes a line claims, and the hash its bytes really have; null when it is not an entry.</summary>
    /// <remarks>
    /// The hash covers the line without its member <c>hash</c>. The line is canonical, so that member can be cut out
    /// of the bytes; no need to build the JSON again, which matters when a long log is opened.
    /// </remarks>
    public static (long Seq, string Prev, string Hash, string RealHash)? Measure(ReadOnlySpan<byte> line)
    {
        long? seq = null;
        string? prev = null, hash = null;
        var (cutFrom, cutTo) = (0, 0);
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isHash = reader.ValueTextEquals("hash"u8);
                var (isSeq, isPrev) = (reader.ValueTextEquals("seq"u8), reader.ValueTextEquals("prev"u8));
                var start = (int)reader.TokenStartIndex;
                reader.Read();
                if (isHash)
                    (hash, cutFrom, cutTo) = (reader.GetString(), start, (int)reader.BytesConsumed);
                else if (isPrev)
                    prev = reader.GetString();
                else if (isSeq)
                    seq = reader.GetInt64();
                reader.Skip();
            }

            if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
                return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }

        // "kind" always follows "hash", so the comma to cut is the one after it.
        var member = Encoding.UTF8.GetBytes($"\"hash\":\"{hash}\",");
        if (seq is null || prev is null || hash is null || !line[cutFrom..].StartsWith(member))
            return null;
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(line[..cutFrom]);
        sha.AppendData(line[(cutTo + 1)..]);
        return (seq.Value, prev, hash, Convert.ToHexStringLower(sha.GetHashAndReset()));
    }

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
