using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Requests;

/// <summary>Where a service request stands.</summary>
internal enum RequestState
{
    Open,
    /// <summary>Somebody works on it.</summary>
    InProgress,
    Done,
    Declined,
}

/// <summary>Words as everywhere; what was closed before there were two ways to end is done.</summary>
internal sealed class RequestStateWords : JsonConverter<RequestState>
{
    public override RequestState Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString() switch
    {
        "open" => RequestState.Open,
        "in_progress" => RequestState.InProgress,
        "done" or "closed" => RequestState.Done,
        "declined" => RequestState.Declined,
        var other => throw new JsonException($"'{other}' is no state of a request."),
    };

    public override void Write(Utf8JsonWriter writer, RequestState value, JsonSerializerOptions options) => writer.WriteStringValue(value.Word());
}

internal static class RequestStates
{
    public static string Word(this RequestState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());

    public static bool IsEnded(this RequestState state) => state is RequestState.Done or RequestState.Declined;
}

/// <summary>Who handed a request in.</summary>
/// <param name="Caller">The registered caller; null for an operator at the command line.</param>
/// <param name="Proved">That the requester is who it says, by the caller's credential.</param>
/// <param name="Digest">Of what was handed in under an idempotency key, so that another content under the same key is seen.</param>
internal sealed record RequestOrigin(string? Caller, string Door, bool Proved, string? Digest = null);

/// <summary>A person's wish ("I lost my phone"), on which calls and runs hang by its id.</summary>
[Stored("requests", "state", "requester", "assignee")]
internal sealed record RequestRecord : IRecord
{
    /// <summary>Of the ticket system, such as <c>REQ-812</c>, or made here.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    /// <summary>Work email.</summary>
    public required string Requester { get; init; }

    /// <summary>What the person wrote: untrusted text.</summary>
    public required string Text { get; init; }

    /// <summary>The form that was filled in; null for free text alone.</summary>
    public string? Form { get; init; }

    /// <summary>What was filled in, by the form's fields: untrusted text.</summary>
    public JsonObject? Fields { get; init; }

    [JsonConverter(typeof(RequestStateWords))]
    public required RequestState State { get; init; }

    /// <summary>Work email of the approver who works on it; null: nobody yet.</summary>
    public string? Assignee { get; init; }

    public RequestOrigin? Origin { get; init; }

    public required DateTimeOffset SubmittedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys
    {
        get
        {
            var keys = new Dictionary<string, string> { ["state"] = State.Word(), ["requester"] = Requester.ToLowerInvariant() };
            if (Assignee is not null)
                keys["assignee"] = Assignee.ToLowerInvariant();
            return keys;
        }
    }
}

/// <summary>
/// A request that was just submitted, until whatever it starts has been started: in one commit with it, so that none is missed.
/// </summary>
[Stored("request_news")]
internal sealed record RequestNews : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Request { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}

/// <summary>Which forms there are; answered by the playbooks that a form starts.</summary>
internal interface IRequestForms
{
    /// <summary>Everything that is wrong with what was filled in.</summary>
    IReadOnlyList<string> Problems(string form, JsonObject fields);
}

/// <summary>A message on a request's timeline, such as that of a playbook's <c>notify</c> step, a comment, a change of who works on it.</summary>
[Stored("timeline_notes", "request")]
internal sealed record TimelineNote : IRecord
{
    /// <summary>Made here, or derived from what is noted, so that it is noted once.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Request { get; init; }

    public string? Run { get; init; }

    /// <summary><c>message</c>, <c>comment</c>, <c>assigned</c> or <c>state</c>.</summary>
    public string What { get; init; } = "message";

    /// <summary>Who wrote or did it: a work email, or an operator as the system names him; null for the server itself.</summary>
    public string? By { get; init; }

    public required string Text { get; init; }

    public required DateTimeOffset At { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["request"] = Request };
}
