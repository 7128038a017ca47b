using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Secrets;

/// <summary>Where a secret for one person stands.</summary>
internal enum SecretState
{
    /// <summary>Nobody has seen it.</summary>
    Waiting,

    /// <summary>Shown once, and erased by that.</summary>
    Revealed,

    /// <summary>Nobody came in time; erased.</summary>
    Expired,

    /// <summary>Taken back before anybody saw it; erased.</summary>
    Withdrawn,
}

/// <summary>A secret on its way to one person, such as a temporary password. The record stays, the secret does not.</summary>
[Stored("one_time_secrets", "call", "state", "token")]
internal sealed record OneTimeSecret : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    /// <summary>The call that made it; one call makes one.</summary>
    public required string Call { get; init; }

    /// <summary>What it is, for the person: <c>the temporary password of ana@acme.example at okta</c>.</summary>
    public required string About { get; init; }

    public required SecretState State { get; init; }

    /// <summary>SHA-256 of the token in the link, lower hex: the link itself stands nowhere here.</summary>
    public required string TokenHash { get; init; }

    /// <summary>Null once it was revealed or has expired.</summary>
    public string? Sealed { get; init; }

    public required DateTimeOffset KeptAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    [JsonIgnore]
    public string Purpose => $"one-time-secret:{Id}";

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>
    {
        ["call"] = Call,
        ["state"] = State.ToString().ToLowerInvariant(),
        ["token"] = TokenHash,
    };
}
