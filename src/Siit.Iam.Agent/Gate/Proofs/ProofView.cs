namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>One way of proving, as it stands.</summary>
/// <param name="To">Where it goes, masked; null where there is none.</param>
/// <param name="State"><c>shown</c> (counts now), <c>sent</c> (waits for an answer), <c>possible</c>, <c>not_possible</c>.</param>
/// <param name="Why">Why it is not possible.</param>
internal sealed record ProofWay(string Method, string? To, string State, string? Why, DateTimeOffset? Until);

/// <summary>A proof for whoever looks after it: no code, no contact.</summary>
internal sealed record ProofView
{
    public required string Id { get; init; }

    /// <summary><c>open</c>, <c>enough</c>, <c>used</c> or <c>voided</c>.</summary>
    public required string State { get; init; }

    public required string Message { get; init; }

    /// <summary>How much has to be shown: <c>usual</c> or <c>raised</c>.</summary>
    public required string Level { get; init; }

    public required string Request { get; init; }

    public required string Connection { get; init; }

    public required string Login { get; init; }

    public required string Action { get; init; }

    public required string Caller { get; init; }

    public required IReadOnlyList<ProofWay> Ways { get; init; }

    /// <summary>Until when it is enough; null: it is not.</summary>
    public DateTimeOffset? EnoughUntil { get; init; }

    public string? UsedBy { get; init; }
}

/// <param name="Proof">Null when there is none to show.</param>
/// <param name="Refusal">Null when what was asked for was done.</param>
internal sealed record ProofAnswer(ProofView? Proof, Refusal? Refusal);

/// <summary>Who has to prove what.</summary>
/// <param name="Factor">For reset_mfa: the one factor that will be reset; null for all.</param>
/// <param name="Caller">The registered caller whose calls, or runs, the proof will count for.</param>
/// <param name="By">Who starts it, for the audit log.</param>
/// <param name="Ways">What to send; empty for everything that can be.</param>
internal sealed record ProofWish(string Action, string Connection, string Person, string Request, string? Factor, string Caller, string By, IReadOnlyList<ProofMethod> Ways);
