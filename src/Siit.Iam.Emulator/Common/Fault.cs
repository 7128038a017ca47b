using System.Text.Json.Serialization;

namespace Siit.Iam.Emulator.Common;

[JsonConverter(typeof(JsonStringEnumConverter<FaultKind>))]
public enum FaultKind
{
    /// <summary>Refused for too many requests, in the vendor's own way; nothing is applied.</summary>
    [JsonStringEnumMemberName("throttle")] Throttle,

    /// <summary>Answered with <see cref="Fault.Status"/>; nothing is applied.</summary>
    [JsonStringEnumMemberName("status")] Status,

    /// <summary>Applied, yet answered with 500.</summary>
    [JsonStringEnumMemberName("applied_then_500")] AppliedThen500,

    /// <summary>Nothing is applied; the connection is held for <see cref="Fault.Milliseconds"/> and then cut.</summary>
    [JsonStringEnumMemberName("timeout_before")] TimeoutBefore,

    /// <summary>Applied; the connection is held for <see cref="Fault.Milliseconds"/> and then cut.</summary>
    [JsonStringEnumMemberName("timeout_after_applying")] TimeoutAfterApplying,

    /// <summary>Answered after <see cref="Fault.Milliseconds"/>.</summary>
    [JsonStringEnumMemberName("slow")] Slow,

    /// <summary>Read from the state of <see cref="Fault.Writes"/> writes ago, or of <see cref="Fault.Milliseconds"/> ago.</summary>
    [JsonStringEnumMemberName("stale_reads")] StaleReads,

    /// <summary>The body ends in the middle, and the connection with it.</summary>
    [JsonStringEnumMemberName("torn_page")] TornPage,

    /// <summary>The body is no JSON.</summary>
    [JsonStringEnumMemberName("bad_json")] BadJson,

    /// <summary>Links to the next page lead to <see cref="Fault.Origin"/>.</summary>
    [JsonStringEnumMemberName("hostile_link")] HostileLink,
}

/// <summary>Trouble to make for requests that match.</summary>
public sealed record Fault
{
    public required FaultKind Kind { get; init; }

    /// <summary>Any method when null.</summary>
    public string? Method { get; init; }

    /// <summary>Regular expression over the path; any path when null.</summary>
    public string? Path { get; init; }

    /// <summary>How many matching requests are hit; null for all until removed.</summary>
    public int? Times { get; init; } = 1;

    /// <summary>How many matching requests pass first.</summary>
    public int Skip { get; init; }

    /// <summary>For <see cref="FaultKind.Status"/>.</summary>
    public int Status { get; init; } = 503;

    /// <summary>For <see cref="FaultKind.Throttle"/>: how far ahead the limit is said to be lifted.</summary>
    public int ResetSeconds { get; init; } = 30;

    /// <summary>For the slow, the held and the stale. Zero cuts a connection at once.</summary>
    public int Milliseconds { get; init; }

    /// <summary>For <see cref="FaultKind.StaleReads"/>.</summary>
    public int Writes { get; init; } = 1;

    /// <summary>For <see cref="FaultKind.HostileLink"/>.</summary>
    public string Origin { get; init; } = "http://127.0.0.1:9";
}
