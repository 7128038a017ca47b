using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>
/// When somebody has to prove who they are before a password or a second factor is reset (section <c>gate:proof</c>). Always when the
/// reset is made at the wish of the person whose account it is, or of somebody who is only claimed to wish it; turning that off is
/// <c>gate:dangerouslyWithoutProof</c>. The rule itself is NIST SP 800-63B-4, section 4.2, and no setting weakens it.
/// </summary>
internal sealed class ProofOptions
{
    /// <summary>How long a code by short message is good. NIST's limit, and not to be set.</summary>
    public static readonly TimeSpan TextCodeLifetime = TimeSpan.FromMinutes(10);

    /// <summary>A second reset of the same person within this time asks for more.</summary>
    public static readonly TimeSpan SecondReset = TimeSpan.FromHours(24);

    /// <summary>Actions that need a proof whoever wishes them. Default: none.</summary>
    public List<string> Always { get; set; } = [];

    /// <summary>How long a piece of evidence counts. 1 to 15 minutes. Default: 15 minutes.</summary>
    public TimeSpan EvidenceLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a code by mail is good. 5 minutes to 24 hours. Default: 1 hour.</summary>
    public TimeSpan MailCodeLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a contact, a factor or a manager must have been the same to count. 7 to 90 days. Default: 7 days.</summary>
    public TimeSpan Settled { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Codes and pushes that may be sent to one person in an hour. 2 to 20. Default: 6.</summary>
    public int SentPerHour { get; set; } = 6;

    /// <summary>Wrong codes for one person in an hour; then none is looked at. 1 to 10. Default: 5.</summary>
    public int WrongPerHour { get; set; } = 5;

    /// <summary>Everything that is wrong, each with the key and the fix.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var name in Always.Where(name => !IsReset(name)))
            yield return $"gate:proof:always: '{name}' is no reset; it can be reset_mfa and reset_password.";
        if (EvidenceLifetime < TimeSpan.FromMinutes(1) || EvidenceLifetime > TimeSpan.FromMinutes(15))
            yield return "gate:proof:evidenceLifetime must be between 1 and 15 minutes.";
        if (MailCodeLifetime < TimeSpan.FromMinutes(5) || MailCodeLifetime > TimeSpan.FromHours(24))
            yield return "gate:proof:mailCodeLifetime must be between 5 minutes and 24 hours.";
        if (Settled < TimeSpan.FromDays(7) || Settled > TimeSpan.FromDays(90))
            yield return "gate:proof:settled must be between 7 and 90 days.";
        if (SentPerHour is < 2 or > 20)
            yield return "gate:proof:sentPerHour must be between 2 and 20.";
        if (WrongPerHour is < 1 or > 10)
            yield return "gate:proof:wrongPerHour must be between 1 and 10.";
    }

    public static bool IsReset(string action) => ActionCatalog.Find(action)?.Write?.HandsOutAWayIn is not null;
}
