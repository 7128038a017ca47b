using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>What was sent to one person and what was guessed, within the last hour: over all of the person's proofs, whoever started them.</summary>
[Stored("proof_paces")]
internal sealed record ProofPace : IRecord
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>See <see cref="PersonContacts.Key"/>.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public IReadOnlyList<DateTimeOffset> Sent { get; init; } = [];

    public IReadOnlyList<DateTimeOffset> Wrong { get; init; } = [];

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();

    /// <summary>Null when one more may be sent.</summary>
    public Refusal? MaySend(ProofOptions options, DateTimeOffset now) =>
        Full(Sent, options.SentPerHour, now) is { } free
            ? new Refusal("throttled", $"This person was sent {options.SentPerHour} codes and pushes within an hour. The next one can go out at {free:HH:mm:ss}Z.")
            : null;

    /// <summary>Null when one more code may be looked at.</summary>
    public Refusal? MayTry(ProofOptions options, DateTimeOffset now) =>
        Full(Wrong, options.WrongPerHour, now) is { } free
            ? new Refusal("throttled", $"There were {options.WrongPerHour} wrong codes within an hour. The next one is looked at after {free:HH:mm:ss}Z.")
            : null;

    public ProofPace WithSent(DateTimeOffset now) => this with { Sent = [.. Within(Sent, now), now] };

    public ProofPace WithWrong(DateTimeOffset now) => this with { Wrong = [.. Within(Wrong, now), now] };

    public Change Saved() => Version == 0 ? Change.Create(this) : Change.Save(this);

    private static DateTimeOffset? Full(IReadOnlyList<DateTimeOffset> times, int most, DateTimeOffset now)
    {
        var within = Within(times, now).ToList();
        return within.Count >= most ? within[^most] + Window : null;
    }

    private static IEnumerable<DateTimeOffset> Within(IReadOnlyList<DateTimeOffset> times, DateTimeOffset now) => times.Where(at => at > now - Window);
}
