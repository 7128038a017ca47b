using System.Text.Json;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>How much a proof has to show.</summary>
internal enum ProofLevel
{
    /// <summary>Two codes that came by different ways, or one code and an authenticator that is still bound, or repeated proofing.</summary>
    Usual,

    /// <summary>One more way on top, or repeated proofing: somebody was reset a short time ago.</summary>
    Raised,
}

/// <summary>
/// The rule of NIST SP 800-63B-4, section 4.2, for accounts with two factors. A manager who vouches is a recovery contact: as good as
/// one code by a way of its own. Pure.
/// </summary>
internal static class ProofRule
{
    /// <summary>How long a piece of evidence counts at most, whatever was written into it.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(15);

    public static bool IsMet(ProofLevel level, IEnumerable<ProofMethod> shown)
    {
        var ways = shown.ToHashSet();
        if (ways.Contains(ProofMethod.Proofing))
            return true;
        var codes = ways.Count(way => way is ProofMethod.MailCode or ProofMethod.TextCode or ProofMethod.Vouch);
        var all = ways.Count(way => way is ProofMethod.MailCode or ProofMethod.TextCode or ProofMethod.Vouch or ProofMethod.Push);
        // A device alone is what was stolen; a code says that somebody else knows the person by another way.
        return codes >= 1 && all >= (level == ProofLevel.Raised ? 3 : 2);
    }

    /// <summary>Whether a piece of evidence counts at a moment: from when it was given, and not at its expiry any more.</summary>
    public static bool Counts(Evidence evidence, DateTimeOffset now) =>
        evidence.At <= now && now < evidence.ExpiresAt && evidence.ExpiresAt - evidence.At <= LongestLife;

    /// <summary>Until when the evidence is enough, and which of it that is; null: it is not.</summary>
    /// <param name="evidence">What counts now.</param>
    public static (DateTimeOffset Until, IReadOnlyList<Evidence> Enough)? EnoughUntil(ProofLevel level, IReadOnlyList<Evidence> evidence)
    {
        foreach (var until in evidence.Select(one => one.ExpiresAt).Distinct().OrderDescending())
        {
            var left = evidence.Where(one => one.ExpiresAt >= until).ToList();
            if (IsMet(level, left.Select(one => one.Method)))
                return (until, left);
        }

        return null;
    }

    public static string Wanted(ProofLevel level) => level == ProofLevel.Raised
        ? "three different ways, one of them a code or the manager (there was a reset within 24 hours), or repeated proofing by an approver"
        : "two codes by different ways (mail, short message; the manager's word counts as one), or one code and a push, or repeated proofing by an approver";

    public static string Word(ProofMethod method) => JsonNamingPolicy.SnakeCaseLower.ConvertName(method.ToString());

    public static string Told(ProofMethod method) => method switch
    {
        ProofMethod.MailCode => "code by mail",
        ProofMethod.TextCode => "code by short message",
        ProofMethod.Push => "push",
        ProofMethod.Vouch => "manager's word",
        _ => "repeated proofing",
    };
}
