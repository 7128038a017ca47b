using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// A person who may decide, with an id and a credential of his own. The email is how the person is called and compared with
/// requesters and targets; it is not a directory account.
/// </summary>
[Stored("approvers", "email")]
internal sealed record ApproverRecord : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Email { get; init; }

    public required string Name { get; init; }

    /// <summary>Other addresses of the same person, so that nobody decides under another one.</summary>
    public IReadOnlyList<string> AlsoKnownAs { get; init; } = [];

    /// <summary>
    /// The immutable id at the source of standing, such as <c>okta:00u1</c>: as whom the person is a manager or owner. Null: nobody's.
    /// </summary>
    public string? Account { get; init; }

    /// <summary>Approver groups; a call that needs two takes them from distinct ones.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>The shared secret of the one-time code, sealed with the data folder's key.</summary>
    public required string SealedSecret { get; init; }

    /// <summary>The last time step whose code was taken: no code counts twice, for anything.</summary>
    public long LastStep { get; init; }

    /// <summary>Wrong codes in a row.</summary>
    public int WrongCodes { get; init; }

    /// <summary>No code is looked at before this time.</summary>
    public DateTimeOffset? ThrottledUntil { get; init; }

    public required DateTimeOffset EnrolledAt { get; init; }

    public DateTimeOffset? RemovedAt { get; init; }

    [JsonIgnore]
    public bool IsActive => RemovedAt is null;

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["email"] = Email.ToLowerInvariant() };

    public bool IsPerson(string? email) => email is not null
        && (string.Equals(Email, email, StringComparison.OrdinalIgnoreCase) || AlsoKnownAs.Contains(email, StringComparer.OrdinalIgnoreCase));
}
