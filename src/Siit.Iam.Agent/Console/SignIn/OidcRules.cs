using System.Globalization;
using System.Security.Claims;

namespace Siit.Iam.Agent.Console.SignIn;

/// <summary>What is asked of a person's claims before a session begins. Pure.</summary>
internal static class OidcRules
{
    /// <summary>How far two clocks may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>An earlier sign-in at the provider serves for so long; asked for, so that the provider says when it was.</summary>
    public static readonly TimeSpan OldestSignIn = TimeSpan.FromHours(12);

    private const string Email = "email";
    private const string Verified = "email_verified";
    private const string SignedInAt = "auth_time";

    /// <summary>Why this person does not get in; null when he does.</summary>
    /// <param name="freshSince">When a fresh sign-in was asked for; null when an earlier one will do.</param>
    public static string? Refusal(ClaimsPrincipal user, ConsoleOptions options, DateTimeOffset? freshSince, DateTimeOffset now)
    {
        if (user.FindFirstValue(options.EmailClaim) is not { } email || !Gate.Addresses.LooksLikeOne(email))
            return SignInRefusals.NoEmail;
        // A provider that does not say is one whose addresses people cannot choose, such as a company's own.
        if (options.EmailClaim == Email && user.FindFirstValue(Verified) is { } verified && !verified.Equals("true", StringComparison.OrdinalIgnoreCase))
            return SignInRefusals.NotVerified;
        var at = Moment(user);
        if (at > now + Skew || at < now - OldestSignIn - Skew)
            return SignInRefusals.NotFresh;
        return freshSince is { } since && (at is null || at < since - Skew) ? SignInRefusals.NotFresh : null;
    }

    /// <summary>As one who has passed <see cref="Refusal"/>.</summary>
    public static ClaimsPrincipal Accepted(ClaimsPrincipal user, ConsoleOptions options) => new(new ClaimsIdentity(
    [
        new Claim(Email, user.FindFirstValue(options.EmailClaim)!),
        new Claim("sub", user.FindFirstValue("sub")!),
        new Claim("name", user.FindFirstValue("name") ?? user.FindFirstValue(options.EmailClaim)!),
        .. user.FindAll(SignedInAt).Take(1),
    ], "oidc"));

    public static Identity IdentityOf(ClaimsPrincipal accepted) =>
        new(accepted.FindFirstValue(Email)!, accepted.FindFirstValue("sub")!, Actions.HiddenText.Shown(accepted.FindFirstValue("name"), 100), Moment(accepted));

    private static DateTimeOffset? Moment(ClaimsPrincipal user) =>
        long.TryParse(user.FindFirstValue(SignedInAt), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 100_000_000_000
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
