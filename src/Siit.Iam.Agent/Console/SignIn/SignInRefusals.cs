namespace Siit.Iam.Agent.Console.SignIn;

/// <summary>Why a sign-in was refused: words of ours that an address may carry, and what they mean for the person.</summary>
internal static class SignInRefusals
{
    public const string Declined = "declined";
    public const string Expired = "expired";
    public const string Failed = "failed";
    public const string Unreachable = "unreachable";
    public const string NoEmail = "no_email";
    public const string NotVerified = "not_verified";
    public const string NotFresh = "not_fresh";

    public static string? Sentence(string? why, ConsoleOptions options) => why switch
    {
        null => null,
        Declined => "The identity provider did not sign you in. Try again, or ask its administrator whether you are assigned to this application.",
        Expired => "That sign-in took too long, or it was begun in another window. Begin it again.",
        Unreachable => $"The identity provider ({options.Authority?.Host}) cannot be reached. Try again in a minute; the server's log says more.",
        NoEmail => $"The identity provider does not say your work email (claim '{options.EmailClaim}'), so it is not known who you are. Its administrator can add the claim.",
        NotVerified => "The identity provider says that your email is not verified. Verify it there, then sign in again.",
        NotFresh => "The identity provider let you in with an earlier sign-in. Sign out there, then sign in again; its administrator can make it honour prompt=login and tell auth_time.",
        _ => "The identity provider's answer was not accepted. Begin again; if it stays so, the server's log says more.",
    };
}
