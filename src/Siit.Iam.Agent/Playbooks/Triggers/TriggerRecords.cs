using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Triggers;

/// <summary>
/// What has started a run, or did not: its existence is what keeps the same thing from starting another one. Stored in one commit
/// with the run.
/// </summary>
[Stored("trigger_keys", "series")]
internal sealed record TriggerKey : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Playbook { get; init; }

    /// <summary>The trigger's name, or for events the feed's: two triggers of one playbook start one run by one event.</summary>
    public required string Trigger { get; init; }

    /// <summary>Whom or what it is about: the HRIS's id of a person, an account, a request, the schedule.</summary>
    public required string Subject { get; init; }

    /// <summary>The date, the event, the time.</summary>
    public required string Occurrence { get; init; }

    /// <summary>Null when nothing was started.</summary>
    public string? Run { get; init; }

    /// <summary>Why nothing was started, for people.</summary>
    public string? Why { get; init; }

    public required DateTimeOffset At { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["series"] = SeriesOf(Playbook, Trigger, Subject) };

    public static TriggerKey Of(string playbook, string trigger, string subject, string occurrence, DateTimeOffset at) => new()
    {
        Id = "key_" + Hash($"{playbook}\n{trigger}\n{subject}\n{occurrence}"),
        Playbook = playbook,
        Trigger = trigger,
        Subject = subject,
        Occurrence = occurrence,
        At = at,
    };

    /// <summary>The same for every occurrence.</summary>
    public static string SeriesOf(string playbook, string trigger, string subject) => Hash($"{playbook}\n{trigger}\n{subject}");

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
}

/// <summary>A start that waits for its time. Ids begin with it, so that the order of ids is that in which they are due.</summary>
[Stored("planned_starts", "series", "playbook")]
internal sealed record PlannedStart : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Playbook { get; init; }

    public required string Trigger { get; init; }

    public required string Subject { get; init; }

    public required string Occurrence { get; init; }

    public required DateTimeOffset Due { get; init; }

    [JsonIgnore]
    public string Series => TriggerKey.SeriesOf(Playbook, Trigger, Subject);

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["series"] = Series, ["playbook"] = Playbook };

    public static PlannedStart Of(string playbook, string trigger, string subject, string occurrence, DateTimeOffset due) => new()
    {
        Id = $"{due.UtcDateTime:yyyyMMddHHmmss}_{TriggerKey.SeriesOf(playbook, trigger, subject)}",
        Playbook = playbook,
        Trigger = trigger,
        Subject = subject,
        Occurrence = occurrence,
        Due = due,
    };
}

/// <summary>How far a feed of events was read. What lies behind it has started what it starts.</summary>
[Stored("trigger_cursors")]
internal sealed record TriggerCursor : IRecord
{
    /// <summary><c>hris</c> or <c>idp</c>.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    /// <summary>Id of the last event; null before the first.</summary>
    public string? After { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}
