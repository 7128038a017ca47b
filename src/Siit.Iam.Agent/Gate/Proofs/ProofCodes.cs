using System.Security.Cryptography;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>Codes that a person is sent: made here, known afterwards to the person alone.</summary>
internal sealed class ProofCodes(Sealer sealer)
{
    /// <summary>More than NIST's six, because a code by mail may be good for a day.</summary>
    public const int Digits = 8;

    public static SecretText New() => new(RandomNumberGenerator.GetString("0123456789", Digits));

    /// <summary>Bound to the one challenge, by its id, which also is the salt.</summary>
    public string Mac(string proof, string challenge, SecretText code) => sealer.Mac(Purpose(proof, challenge), code.Reveal());

    /// <summary>The challenge that it answers, of all that are open; each is looked at, whichever fits.</summary>
    public Challenge? Answered(ProofRecord proof, string code, DateTimeOffset now)
    {
        var digits = string.Concat(code.Where(c => !char.IsWhiteSpace(c) && c != '-'));
        Challenge? answered = null;
        foreach (var challenge in proof.Challenges)
        {
            var fits = challenge.Mac is { } mac && sealer.MatchesMac(Purpose(proof.Id, challenge.Id), digits, mac);
            if (fits && challenge.IsOpen(now))
                answered = challenge;
        }

        return answered;
    }

    private static string Purpose(string proof, string challenge) => $"proof-code:{proof}/{challenge}";
}
