using System.Text.RegularExpressions;

namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>Passwords, keys and tokens that somebody wrote out, by their form.</summary>
internal static partial class WrittenSecret
{
    // GitHub, AWS, Slack, OpenAI and its like, Google; then private keys; then "password is ..." and "api_key=...". What is
    // said about a password ("the password is reset", "password: ${...}") is none: a value holds a digit, or follows a '=' at once.
    [GeneratedRegex(
        @"\bgh[a-z]_[A-Za-z0-9]{16,}|\bgithub_pat_[A-Za-z0-9_]{16,}|(?-i:\b(AKIA|ASIA)[A-Z0-9]{16}\b)|\bxox[a-z]-[A-Za-z0-9-]{10,}|\bsk-[A-Za-z0-9_-]{16,}|(?-i:\bAIza[A-Za-z0-9_-]{30,})"
        + @"|-----BEGIN [A-Z ]*PRIVATE KEY[\s\S]*"
        + @"|(?<=\b(password|passwort|passwd|passphrase|pwd|pass|secret|token|api[_ -]?key|access[_ -]?key|private[_ -]?key)[""']?(\s+is\s*:?\s*|\s*:\s*|\s*=(?!=)\s*)[""']?)(?=[^\s""']*[0-9])[^\s""'$={(<>][^\s""'$<>]{5,}"
        + @"|(?<=\b(password|passwd|pwd|secret|api[_-]?key|access[_-]?key|access[_-]?token)=)[^\s""'$={(<>][^\s""'$<>]{5,}",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Secret();

    /// <summary>Where the first one begins; null when there is none.</summary>
    public static int? First(string text) => Secret().Match(text) is { Success: true } found ? found.Index : null;

    /// <summary>Of the same length, with '*' in place of each, so that nothing said of the text repeats one.</summary>
    public static string Without(string text) => Secret().Replace(text, found => new string('*', found.Length));
}
