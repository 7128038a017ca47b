using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>
/// One person's proof that it is they who wish one reset: bound to the request, the account, the action and the caller that may use
/// it, and used by one call. Holds no code.
/// </summary>
[Stored("proofs", "subject", "request")]
internal sealed record ProofRecord : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Request { get; init; }

    public required string Connection { get; init; }

    /// <summary>The account's immutable id.</summary>
    public required string Account { get; init; }

    /// <summary>For people.</summary>
    public required string Login { get; init; }

    /// <summary>See <see cref="PersonContacts.Key"/>.</summary>
    public required string Person { get; init; }

    public required string Action { get; init; }

    /// <summary>The one registered caller whose calls, or whose runs' calls, it counts for.</summary>
    public required string Caller { get; init; }

    /// <summary>Who started it, for the audit log.</summary>
    public required string StartedBy { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public IReadOnlyList<Challenge> Challenges { get; init; } = [];

    public IReadOnlyList<Evidence> Evidence { get; init; } = [];

    /// <summary>The call whose effect it was used for; a proof is used once.</summary>
    public string? UsedBy { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>When somebody said that it was not they who asked.</summary>
    public DateTimeOffset? VoidedAt { get; init; }

    [JsonIgnore]
    public bool IsOpen => UsedBy is null && VoidedAt is null;

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>
    {
        ["subject"] = SubjectOf(Request, Connection, Account, Action, Caller),
        ["request"] = Request,
    };

    /// <summary>What a call must be about, exactly, to find its proof.</summary>
    public static string SubjectOf(string request, string connection, string account, string action, string caller) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', request, connection, account, action, caller))));
}

/// <summary>How somebody shows who they are.</summary>
internal enum ProofMethod
{
    /// <summary>A code that went to a private mail address.</summary>
    MailCode,

    /// <summary>A code that went to a phone, by whatever sends our webhook's messages.</summary>
    TextCode,

    /// <summary>An answer on a device that was enrolled before.</summary>
    Push,

    /// <summary>The manager, signed in, says that it is they.</summary>
    Vouch,

    /// <summary>An approver has checked documents and face anew, as at the hiring.</summary>
    Proofing,
}

/// <summary>Something that was sent to the person and waits for an answer.</summary>
/// <param name="To">Where it went, masked.</param>
/// <param name="Contact">What tells the contact, or names the factor: it must be the same, and count, when the proof is used.</param>
/// <param name="Mac">Of the code; null for a push.</param>
/// <param name="Push">The vendor's id of the push; null for a code.</param>
/// <param name="ClosedAt">Answered, rightly or by a no; what is closed is never answered again.</param>
internal sealed record Challenge(
    string Id, ProofMethod Method, string To, string Contact, string? Mac, string? Push, DateTimeOffset SentAt, DateTimeOffset GoodUntil, DateTimeOffset? ClosedAt = null)
{
    public bool IsOpen(DateTimeOffset now) => ClosedAt is null && now < GoodUntil;
}

/// <summary>Something that counts.</summary>
/// <param name="Verifier">Who says so: this server, the IdP, the manager, the approver.</param>
/// <param name="Contact">As in <see cref="Challenge"/>; for a manager or approver the address.</param>
internal sealed record Evidence(ProofMethod Method, string Verifier, string Contact, DateTimeOffset At, DateTimeOffset ExpiresAt);
