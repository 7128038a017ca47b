using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Console.SignIn;

/// <summary>A person's session at the page. What the cookie holds cannot be made from it.</summary>
[Stored("console_sessions", "email")]
internal sealed record SessionRecord : IRecord
{
    /// <summary>SHA-256 of the cookie's token, lower hex.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Email { get; init; }

    public required string Subject { get; init; }

    public required string Name { get; init; }

    /// <summary>Of the server's run: no session outlives it, so that a store restored from before brings none back.</summary>
    public required string Run { get; init; }

    public DateTimeOffset? SignedInAt { get; init; }

    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>The high-risk call that this sign-in was used for: the next one needs another sign-in.</summary>
    public string? UsedFor { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["email"] = Email.ToLowerInvariant() };
}
