using System.Globalization;
using System.Security.Claims;

namespace Siit.Iam.Agent.Console.SignIn;

/// <summary>
/// Who sits at the browser, as the OpenID provider said at the sign-in and the session remembers. That somebody has signed in says
/// nothing about what he may do: a page asks the registry of approvers, or whose manager he is, by <see cref="Email"/>.
/// </summary>
/// <param name="Email">The work email, from the claim that the settings name.</param>
/// <param name="Subject">The provider's immutable id of the person.</param>
/// <param name="Name">For the screen only.</param>
/// <param name="SignedInAt">When the person last proved himself to the provider; null when the provider does not say.</param>
/// <param name="Session">The session's id; not what the cookie holds.</param>
/// <param name="EndsAt">When the session ends, whatever is done in it.</param>
internal sealed record SignedInPerson(string Email, string Subject, string Name, DateTimeOffset? SignedInAt, string Session, DateTimeOffset EndsAt)
{
    private const string EmailClaim = "email";
    private const string NameClaim = "name";
    private const string SignedInAtClaim = "auth_time";
    private const string SessionClaim = "sid";
    private const string EndsAtClaim = "exp";

    /// <summary>The person of a request's session; null when nobody has signed in.</summary>
    public static SignedInPerson? Of(HttpContext context) => context.User is { Identity: { IsAuthenticated: true, AuthenticationType: SessionScheme.Name } } user
        ? new SignedInPerson(
            user.FindFirstValue(EmailClaim)!, user.FindFirstValue(ClaimTypes.NameIdentifier)!, user.FindFirstValue(NameClaim)!,
            user.FindFirstValue(SignedInAtClaim) is { } at ? Moment(at) : null, user.FindFirstValue(SessionClaim)!, Moment(user.FindFirstValue(EndsAtClaim)!))
        : null;

    /// <summary>For the framework. The session stands in it, so that a form of one session is refused in another.</summary>
    public ClaimsPrincipal Principal()
    {
        var claims = new List<Claim>
        {
            new(EmailClaim, Email), new(ClaimTypes.NameIdentifier, Subject), new(NameClaim, Name), new(SessionClaim, Session),
            new(EndsAtClaim, Text(EndsAt)), new("sub", Session),
        };
        if (SignedInAt is { } at)
            claims.Add(new Claim(SignedInAtClaim, Text(at)));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, SessionScheme.Name));
    }

    private static DateTimeOffset Moment(string seconds) => DateTimeOffset.FromUnixTimeSeconds(long.Parse(seconds, CultureInfo.InvariantCulture));

    private static string Text(DateTimeOffset moment) => moment.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
