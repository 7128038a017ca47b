using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>Which ways of proving go over the very thing that is being reset, and so prove nothing. Pure.</summary>
internal static class ResetChannels
{
    /// <summary>Why the way does not count; null: it does.</summary>
    /// <param name="action">What is to be reset.</param>
    /// <param name="factor">The one factor that is reset; null: all of them.</param>
    /// <param name="factors">Those of the account, read fresh.</param>
    public static string? Excludes(ProofMethod method, string action, string? factor, IReadOnlyList<Factor> factors)
    {
        if (action != "reset_mfa")
            return null;
        var reset = factors.Where(held => factor is null || held.Id == factor).Select(held => held.Kind).ToHashSet();
        return method switch
        {
            // The app on the phone is one: with its push go its codes, and the other way round.
            ProofMethod.Push when reset.Overlaps(["push", "totp", "other"]) => "the push goes to a factor that is being reset",
            ProofMethod.TextCode when reset.Overlaps(["sms", "voice", "other"]) => "short messages may be a factor that is being reset",
            ProofMethod.MailCode when reset.Contains("email") => "mail is a factor that is being reset",
            _ => null,
        };
    }
}
