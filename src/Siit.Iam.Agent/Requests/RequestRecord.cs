using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Requests;

/// <summary>Where a service request stands.</summary>
internal enum RequestState
{
    Open,
    Closed,
}

/// <summary>A person's wish ("I lost my phone"), on which calls and runs hang by its id.</summary>
[Stored("requests", "state", "requester")]
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

    public required RequestState State { get; init; }

    public required DateTimeOffset SubmittedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>
    {
        ["state"] = State.ToString().ToLowerInvariant(),
        ["requester"] = Requester.ToLowerInvariant(),
    };
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

/// <summary>A message on a request's timeline, such as that of a playbook's <c>notify</c> step.</summary>
[Stored("timeline_notes", "request")]
internal sealed record TimelineNote : IRecord
{
    /// <summary>Made here, or derived from what is noted, so that it is noted once.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Request { get; init; }

    public string? Run { get; init; }

    public required string Text { get; init; }

    public required DateTimeOffset At { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["request"] = Request };
}
