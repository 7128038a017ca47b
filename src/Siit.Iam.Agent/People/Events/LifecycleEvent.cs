using System.Globalization;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People.Events;

/// <summary>Something that happened in the life of an account, told once. Its id orders events by when they became known.</summary>
internal sealed record LifecycleEvent
{
    /// <summary>16 digits, counted up.</summary>
    public required string Id { get; init; }

    public required string Connection { get; init; }

    public required LifecycleKind Kind { get; init; }

    /// <summary>The account's immutable id.</summary>
    public required string Account { get; init; }

    /// <summary>Its login then, for people.</summary>
    public string? Login { get; init; }

    /// <summary>Its work email then: what joins it to a person.</summary>
    public string? Email { get; init; }

    /// <summary>Group, application, role or factor.</summary>
    public string? Object { get; init; }

    public string? ObjectName { get; init; }

    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>By the IdP's clock where <see cref="Source"/> is the log; else when it was noticed.</summary>
    public required DateTimeOffset Time { get; init; }

    public required DateTimeOffset KnownAt { get; init; }

    public required EventSource Source { get; init; }

    /// <summary>Who did it, as the IdP names him.</summary>
    public string? Actor { get; init; }

    /// <summary>Our own call that did it; null: somebody else, elsewhere.</summary>
    public string? Call { get; init; }

    /// <summary>Of a net change: the vendor's event that told it later.</summary>
    public string? ConfirmedBy { get; init; }
}

/// <summary>How an event was learnt.</summary>
internal enum EventSource
{
    /// <summary>From the IdP's log: each single event.</summary>
    Log,
    /// <summary>By comparing states: the net change, whatever happened in between.</summary>
    NetChange,
}

/// <summary>An event that a vendor has told, by its id.</summary>
/// <param name="Event">Ours; null when it had been told already as a net change.</param>
internal sealed record ToldEvent(string? Event, DateTimeOffset At);

/// <summary>A difference that the vendor's log is expected to tell as an event until a time; then it is told as a net change.</summary>
internal sealed record ExpectedEvent
{
    public required string Connection { get; init; }

    public required LifecycleKind Kind { get; init; }

    public required string Account { get; init; }

    public string? Object { get; init; }

    public IReadOnlyList<string> Fields { get; init; } = [];

    public required DateTimeOffset NoticedAt { get; init; }

    public required DateTimeOffset Until { get; init; }
}

/// <summary>Ids of events: as texts they are in the order of their numbers.</summary>
internal static class EventIds
{
    public static string Of(long number) => number.ToString("D16", CultureInfo.InvariantCulture);

    public static long Number(string id) => long.Parse(id, CultureInfo.InvariantCulture);
}
