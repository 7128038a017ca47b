using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Siit.Iam.Agent.Console.SignIn;

/// <summary>Signing in at an OpenID provider: code flow with PKCE, everything decided by this server over its own connection.</summary>
internal static partial class OidcSetup
{
    public const string Scheme = "oidc";

    private const string FreshSince = "fresh_since";

    public static void Configure(OpenIdConnectOptions oidc, ConsoleOptions options, TimeProvider time)
    {
        oidc.Authority = options.Authority!.ToString();
        oidc.ClientId = options.ClientId;
        oidc.RequireHttpsMetadata = options.Authority.Scheme == Uri.UriSchemeHttps;
        oidc.ResponseType = OpenIdConnectResponseType.Code;
        // By address: an answer by form would need cookies that other sites may send.
        oidc.ResponseMode = OpenIdConnectResponseMode.Query;
        oidc.UsePkce = true;
        oidc.SignInScheme = SessionScheme.Name;
        oidc.CallbackPath = ConsolePaths.SignedIn;
        oidc.SaveTokens = false;
        // Okta's id token holds no email when it comes with an access token.
        oidc.GetClaimsFromUserInfoEndpoint = true;
        oidc.MapInboundClaims = false;
        oidc.MaxAge = OidcRules.OldestSignIn;
        oidc.BackchannelTimeout = TimeSpan.FromSeconds(10);
        oidc.RemoteAuthenticationTimeout = TimeSpan.FromMinutes(10);
        oidc.TimeProvider = time;
        oidc.Scope.Clear();
        foreach (var scope in new[] { "openid", "profile", "email" })
            oidc.Scope.Add(scope);
        oidc.ClaimActions.MapUniqueJsonKey("email_verified", "email_verified");
        oidc.ClaimActions.MapUniqueJsonKey(options.EmailClaim, options.EmailClaim);
        foreach (var cookie in new[] { oidc.CorrelationCookie, oidc.NonceCookie })
        {
            (cookie.SameSite, cookie.SecurePolicy, cookie.HttpOnly) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest, true);
            cookie.Path = ConsolePaths.SignedIn;
        }

        oidc.TokenValidationParameters.ClockSkew = OidcRules.Skew;
        oidc.TokenValidationParameters.LifetimeValidator = (from, to, _, _) =>
        {
            var now = time.GetUtcNow().UtcDateTime;
            return to is { } end && now < end + OidcRules.Skew && (from is not { } begin || begin <= now + OidcRules.Skew);
        };
        oidc.Events.OnAuthorizationCodeReceived = context =>
        {
            context.TokenEndpointRequest!.ClientSecret = options.ClientSecret!.Read()?.Reveal();
            return Task.CompletedTask;
        };
        oidc.Events.OnTicketReceived = context => DecideAsync(context, options, time);
        oidc.Events.OnRemoteFailure = FailedAsync;
    }

    /// <param name="fresh">The person has to prove himself again, whatever session there is.</param>
    public static AuthenticationProperties Challenge(string back, bool fresh, TimeProvider time)
    {
        var properties = new OpenIdConnectChallengeProperties { RedirectUri = back };
        if (fresh)
        {
            properties.Prompt = OpenIdConnectPrompt.Login;
            properties.MaxAge = TimeSpan.Zero;
            properties.Items[FreshSince] = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        }

        return properties;
    }

    private static async Task DecideAsync(TicketReceivedContext context, ConsoleOptions options, TimeProvider time)
    {
        var user = context.Principal!;
        DateTimeOffset? since = context.Properties!.Items.TryGetValue(FreshSince, out var text)
            ? DateTimeOffset.FromUnixTimeSeconds(long.Parse(text!, CultureInfo.InvariantCulture))
            : null;
        if (OidcRules.Refusal(user, options, since, time.GetUtcNow()) is not { } why)
        {
            context.Principal = OidcRules.Accepted(user, options);
            return;
        }

        await context.HttpContext.RequestServices.GetRequiredService<SignInAudit>()
            .RefusedAsync(why, user.FindFirst(options.EmailClaim)?.Value, user.FindFirst("sub")?.Value, context.HttpContext.RequestAborted);
        Refuse(context.Response, why, context.ReturnUri);
        context.HandleResponse();
    }

    private static async Task FailedAsync(RemoteFailureContext context)
    {
        var why = context.Failure switch
        {
            { } failure when failure.Data["error"] is "access_denied" => SignInRefusals.Declined,
            { } when context.Properties is null => SignInRefusals.Expired,
            { Message: "Correlation failed." } => SignInRefusals.Expired,
            _ => SignInRefusals.Failed,
        };
        LogFailed(context.HttpContext.RequestServices.GetRequiredService<ILogger<Sessions>>(), why, context.Failure?.GetType().Name, context.Failure?.Message);
        // What cannot be tied to a sign-in that was begun here is anybody's noise, and stands in the operations log only.
        if (why != SignInRefusals.Expired)
            await context.HttpContext.RequestServices.GetRequiredService<SignInAudit>().RefusedAsync(why, null, null, context.HttpContext.RequestAborted);
        Refuse(context.Response, why, context.Properties?.RedirectUri);
        context.HandleResponse();
    }

    private static void Refuse(HttpResponse response, string why, string? back) => response.Redirect($"{ConsolePaths.SignInFor(back ?? "")}&refused={why}");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sign-in to the page refused ({Why}): {Kind}: {Message}")]
    private static partial void LogFailed(ILogger logger, string why, string? kind, string? message);
}
