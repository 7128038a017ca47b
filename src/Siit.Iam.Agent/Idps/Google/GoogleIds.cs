namespace Siit.Iam.Agent.Idps.Google;

/// <summary>
/// Google takes an address or an alias wherever it takes an id, so an id that is none could be somebody else's address. Ids of
/// users are digits, those of groups letters and digits; neither has an <c>@</c> or a dot.
/// </summary>
internal static class GoogleIds
{
    public static readonly IdGuard Guard = new(IdGuard.LettersAndDigits + "-_", maxLength: 64);

    /// <summary>OAuth clients, such as <c>1234-abcd.apps.googleusercontent.com</c>.</summary>
    public static readonly IdGuard Clients = new(IdGuard.LettersAndDigits + "-_.");
}
