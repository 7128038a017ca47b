using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris;

internal enum HeldKind
{
    /// <summary>More new end dates, leavers or returns than the limit of a day.</summary>
    Leavers,

    /// <summary>A file in which more employed people are missing than the limit.</summary>
    FewerPeople,
}

internal enum HeldState
{
    Waiting,
    Confirmed,
    Dropped,

    /// <summary>The HRIS has corrected itself meanwhile.</summary>
    Withdrawn,
}

/// <summary>What an HRIS said that is not followed before a person has looked at it.</summary>
[Stored("hris_held", "state", "source")]
internal sealed record HeldBatch : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Source { get; init; }

    public required HeldKind Kind { get; init; }

    public required HeldState State { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>How many people it was about when it began; more may have joined it.</summary>
    public required int Count { get; init; }

    /// <summary>How many people were employed then.</summary>
    public required int Employed { get; init; }

    public required int Limit { get; init; }

    /// <summary>Of the file, for <see cref="HeldKind.FewerPeople"/>.</summary>
    public string? Digest { get; init; }

    /// <summary>Id of the approver who decided.</summary>
    public string? DecidedBy { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>
    {
        ["state"] = State.ToString().ToLowerInvariant(),
        ["source"] = Source,
    };
}
