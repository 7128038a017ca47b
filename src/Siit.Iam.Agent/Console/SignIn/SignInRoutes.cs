using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;

namespace Siit.Iam.Agent.Console.SignIn;

/// <summary>The way to the OpenID provider and the way out. They render nothing.</summary>
internal static partial class SignInRoutes
{
    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(ConsolePaths.SignInStart, (HttpContext context) => StartAsync(context)).AllowAnonymous();
        // With its person, to whom the form's token belongs.
        routes.MapPost(ConsolePaths.SignOut, (HttpContext context) => SignOutAsync(context)).RequireAuthorization();
    }

    /// <summary>A GET, because a form may not lead to another site here; it changes nothing but the cookies of the sign-in itself.</summary>
    private static async Task StartAsync(HttpContext context)
    {
        var options = context.RequestServices.GetRequiredService<ConsoleOptions>();
        var back = ConsolePaths.Back(context.Request.Query["back"]);
        if (!options.CanSignIn)
        {
            context.Response.Redirect(ConsolePaths.SignInFor(back));
            return;
        }

        try
        {
            var fresh = context.Request.Query["fresh"] == "true";
            await context.ChallengeAsync(OidcSetup.Scheme, OidcSetup.Challenge(back, fresh, context.RequestServices.GetRequiredService<TimeProvider>()));
        }
        catch (Exception trouble) when (trouble is InvalidOperationException or HttpRequestException or IOException)
        {
            LogUnreachable(context.RequestServices.GetRequiredService<ILogger<Sessions>>(), options.Authority, trouble);
            context.Response.Redirect($"{ConsolePaths.SignInFor(back)}&refused={SignInRefusals.Unreachable}");
        }
    }

    private static async Task SignOutAsync(HttpContext context)
    {
        // Asked for by hand: a route that reads no form is not looked at by the middleware.
        if (!await context.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        await context.SignOutAsync(SessionScheme.Name);
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = $"{ConsolePaths.SignIn}?out=true";
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The OpenID provider {Authority} cannot be asked for a sign-in")]
    private static partial void LogUnreachable(ILogger logger, Uri? authority, Exception trouble);
}
