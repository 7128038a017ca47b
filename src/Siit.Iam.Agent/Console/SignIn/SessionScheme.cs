using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace Siit.Iam.Agent.Console.SignIn;

/// <summary>
/// The session's cookie. Not the framework's cookie scheme: with sessions kept by the server that one goes on with the same
/// session at the next sign-in, so that a stolen cookie would become as fresh as its owner's.
/// </summary>
internal sealed class SessionScheme(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, Sessions sessions, ConsoleAddress address, IDataProtectionProvider protection)
    : SignInAuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "console";

    private readonly IDataProtector _protector = protection.CreateProtector("siit-iam console session");

    /// <summary>The prefix keeps other hosts of the domain from setting it.</summary>
    private string Cookie => IsHttps ? "__Host-siit-session" : "siit-session";

    private bool IsHttps => address.Value.Scheme == Uri.UriSchemeHttps;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync() =>
        Token() is { } token && await sessions.FindAsync(token, Context.RequestAborted) is { } session
            ? AuthenticateResult.Success(new AuthenticationTicket(
                new SignedInPerson(session.Email, session.Subject, session.Name, session.SignedInAt, session.Id, session.EndsAt).Principal(), Name))
            : AuthenticateResult.NoResult();

    protected override async Task HandleSignInAsync(ClaimsPrincipal user, AuthenticationProperties? properties)
    {
        await EndAsync();
        var (token, _) = await sessions.StartAsync(OidcRules.IdentityOf(user), Context.RequestAborted);
        Response.Cookies.Append(Cookie, _protector.Protect(token), Attributes());
    }

    protected override async Task HandleSignOutAsync(AuthenticationProperties? properties)
    {
        await EndAsync();
        Response.Cookies.Delete(Cookie, Attributes());
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Redirect(ConsolePaths.SignInFor(Request.Path));
        return Task.CompletedTask;
    }

    private async Task EndAsync()
    {
        if (Token() is { } token)
            await sessions.EndAsync(token, Context.RequestAborted);
    }

    private string? Token()
    {
        if (Request.Cookies[Cookie] is not { Length: > 0 and < 1000 } sealedToken)
            return null;
        try
        {
            return _protector.Unprotect(sealedToken);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    // Lax: a link in a mail leads to the card, and no GET changes anything.
    private CookieOptions Attributes() => new() { HttpOnly = true, IsEssential = true, Path = "/", SameSite = SameSiteMode.Lax, Secure = IsHttps };
}
