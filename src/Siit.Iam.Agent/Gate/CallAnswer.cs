using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Gate;

/// <summary>What the gate answers a door.</summary>
internal sealed record CallAnswer
{
    public required CallState State { get; init; }

    public string? Code { get; init; }

    /// <summary>
    /// For a person or a model. Begins with "NOT EXECUTED." whenever the action did not happen and may look as if it did.
    /// </summary>
    public required string Message { get; init; }

    /// <summary>The call's id; null for reads and dry runs, which are in the audit log only.</summary>
    public string? Call { get; init; }

    public string? Connection { get; init; }

    /// <summary>What will change or has changed, as lines.</summary>
    public IReadOnlyList<string> Preview { get; init; } = [];

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What a read found.</summary>
    public JsonObject? Data { get; init; }

    /// <summary>True for what a model must not take for success: refused, denied, expired, failed, unknown, needs_person.</summary>
    public bool IsError => State is CallState.Refused or CallState.Denied or CallState.Expired or CallState.Failed
        or CallState.Unknown or CallState.NeedsPerson;
}
