using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris;

internal enum HrisEventKind
{
    /// <summary>Somebody new, who begins or has just begun.</summary>
    Hired,
    StartDateSet,
    StartDateMoved,
    StartDateRemoved,
    EndDateSet,
    EndDateMoved,
    EndDateRemoved,
    DepartmentChanged,
    TitleChanged,
    ManagerChanged,
    LocationChanged,
    Left,

    /// <summary>Had left and works here again.</summary>
    Returned,
}

/// <summary>What an HRIS's news mean, in force. In one commit with the change that it tells of, so that each is there exactly once.</summary>
[Stored("hris_events", "person")]
internal sealed record HrisEvent : IRecord
{
    /// <summary>A number of 19 digits, counted up without a gap: order is this one's, never the clock's.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required HrisEventKind Kind { get; init; }

    /// <summary><see cref="HrisPerson.Id"/>.</summary>
    public required string Person { get; init; }

    /// <summary>The work email at that moment.</summary>
    public required string WorkEmail { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The value before, dates as 2026-12-01; null when there was none.</summary>
    public string? Before { get; init; }

    public string? After { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["person"] = Person };
}

/// <summary>The number of the last event.</summary>
[Stored("hris_counters")]
internal sealed record HrisCounter : IRecord
{
    public const string TheId = "events";

    public string Id { get; init; } = TheId;

    public long Version { get; init; }

    public long Last { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}
