namespace Siit.Iam.Agent.Notices;

/// <summary>How a notice reaches somebody.</summary>
internal enum NoticeChannel
{
    /// <summary>By mail to an address.</summary>
    Mail,

    /// <summary>To the configured address of another program: chat, SMS, a ticket system.</summary>
    Webhook,
}

/// <summary>
/// One message to one recipient. Text is plain; whoever writes it puts text from a directory into quotes. What would break a header
/// or hide from the reader is made visible again before it is sent.
/// </summary>
internal sealed record Notice
{
    /// <summary>What it tells whom, such as <c>call_…/asked/ap_…</c>: the same key is sent once, whoever posts it again.</summary>
    public required string Key { get; init; }

    /// <summary>One snake_case word for what it is, such as <c>approval_asked</c>: settings can silence it, lists show it.</summary>
    public required string Kind { get; init; }

    public required NoticeChannel Channel { get; init; }

    /// <summary>Mail: one address. Webhook: for whom, as the program at the other end needs it (an address, a number); may be empty.</summary>
    public required string To { get; init; }

    /// <summary>One line, never secret: it is shown in lists.</summary>
    public required string Subject { get; init; }

    public required string Text { get; init; }

    /// <summary>Id of the call it tells of.</summary>
    public string? Call { get; init; }

    /// <summary>Id of the service request.</summary>
    public string? Request { get; init; }

    /// <summary>Id of the run.</summary>
    public string? Run { get; init; }

    /// <summary>The text holds a secret: it is sealed at rest, gone once delivered, never part of a summary, never sent after <see cref="ExpiresAt"/>.</summary>
    public bool Secret { get; init; }

    /// <summary>From when on it is of no use and not sent any more; null: as long as the settings try.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
