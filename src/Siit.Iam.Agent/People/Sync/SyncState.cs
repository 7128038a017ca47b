namespace Siit.Iam.Agent.People.Sync;

/// <summary>How far the copy of one connection is.</summary>
internal sealed record SyncState
{
    /// <summary>When the last import that read everything was complete; null: there has been none, the copy is not to be used.</summary>
    public DateTimeOffset? ImportedAt { get; init; }

    /// <summary>When that import began: the copy shows at least everything that was so then.</summary>
    public DateTimeOffset? ImportBeganAt { get; init; }

    /// <summary>When changes were last read to the end, or lists compared.</summary>
    public DateTimeOffset? SyncedAt { get; init; }

    /// <summary>Where reading changes goes on.</summary>
    public string? Position { get; init; }

    /// <summary>Somebody has agreed that so many accounts are gone; for the next import.</summary>
    public int? AgreedGone { get; init; }

    /// <summary>What is wrong now, as a sentence; null: nothing.</summary>
    public string? Trouble { get; init; }

    public DateTimeOffset? TroubleSince { get; init; }

    /// <summary>Changes cannot be read with this tenant (not licensed, no permission): sweeps only.</summary>
    public bool OnlySweeps { get; init; }
}
