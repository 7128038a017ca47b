using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Audit;

/// <summary>One line of the audit log, as it stands on disk.</summary>
internal sealed record AuditEntry
{
    /// <summary>The entry's place, from 0 without a gap.</summary>
    public required long Seq { get; init; }

    /// <summary>When it was queued for writing, UTC, to the millisecond. Order is <see cref="Seq"/>'s, never the clock's.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <inheritdoc cref="AuditDraft.Kind"/>
    public required string Kind { get; init; }

    /// <inheritdoc cref="AuditDraft.Call"/>
    public string? Call { get; init; }

    /// <inheritdoc cref="AuditDraft.Request"/>
    public string? Request { get; init; }

    /// <inheritdoc cref="AuditDraft.Run"/>
    public string? Run { get; init; }

    /// <inheritdoc cref="AuditDraft.Actor"/>
    public AuditActor? Actor { get; init; }

    /// <inheritdoc cref="AuditDraft.Action"/>
    public string? Action { get; init; }

    /// <inheritdoc cref="AuditDraft.Connection"/>
    public string? Connection { get; init; }

    /// <inheritdoc cref="AuditDraft.Target"/>
    public string? Target { get; init; }

    /// <inheritdoc cref="AuditDraft.Data"/>
    public JsonObject? Data { get; init; }

    /// <summary>Lower hex hash of the entry as a leaf of the tree: SHA-256 over a zero byte and the line (RFC 6962).</summary>
    public required string Hash { get; init; }
}

/// <summary>What a caller of <see cref="AuditLog.WriteAsync"/> says; place and time are the log's own.</summary>
/// <param name="Kind">One of <see cref="AuditKinds"/>.</param>
internal sealed record AuditDraft(string Kind)
{
    /// <summary>Id of the call it belongs to.</summary>
    public string? Call { get; init; }

    /// <summary>Id of the service request it belongs to.</summary>
    public string? Request { get; init; }

    /// <summary>Id of the run it belongs to.</summary>
    public string? Run { get; init; }

    /// <summary>Who did it, at whose wish, through which door.</summary>
    public AuditActor? Actor { get; init; }

    /// <summary>Name of the action, e.g. <c>reset_mfa</c>.</summary>
    public string? Action { get; init; }

    /// <summary>Name of the connection.</summary>
    public string? Connection { get; init; }

    /// <summary>The IdP's immutable id of the account: addresses change hands, this does not.</summary>
    public string? Target { get; init; }

    /// <summary>
    /// Everything else, without secrets. When the whole entry would be larger than an entry may be, the log stores
    /// <c>{"digest": sha256, "omitted_bytes": n}</c> in its place, where the digest is over its RFC 8785 form.
    /// The log copies it when the draft is handed in; changing it afterwards changes nothing.
    /// </summary>
    public JsonObject? Data { get; init; }
}

/// <summary>The chain of people and programs behind an entry.</summary>
internal sealed record AuditActor
{
    /// <summary>Work email of the person at whose wish it was done.</summary>
    public string? Requester { get; init; }

    /// <summary>True when the caller's credential proves the requester; false when the caller only claims him.</summary>
    public bool RequesterProved { get; init; }

    /// <summary>Id of the caller.</summary>
    public string? Caller { get; init; }

    /// <summary>The person answerable for the caller, or the operator or approver at the command line.</summary>
    public string? Operator { get; init; }

    /// <summary>Where it came in: <c>mcp</c>, <c>console</c>, <c>cli</c>, <c>playbook</c>, <c>hris</c>, <c>server</c>.</summary>
    public string? Door { get; init; }
}

/// <summary>Proof that an entry is durable: it was synced to disk before this was handed out.</summary>
internal readonly record struct AuditReceipt(long Seq, string Hash, DateTimeOffset Time);
