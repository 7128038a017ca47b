using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Siit.Iam.Agent.Console.Approvals;
using Siit.Iam.Agent.Console.Desk;
using Siit.Iam.Agent.Console.Pages;
using Siit.Iam.Agent.Console.SignIn;

namespace Siit.Iam.Agent.Console;

/// <summary>Wires the page for people: approvers, managers, and whoever gets a one-time link.</summary>
internal static class ConsoleSetup
{
    private const string ApplicationName = "siit-iam";

    public static IServiceCollection AddConsole(this IServiceCollection services, ConsoleOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ConsoleAddress>();
        services.AddSingleton<ConsoleKeys>();
        services.AddSingleton<PageDesk>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<SignInAudit>();
        services.AddSingleton<Sight>();
        services.AddSingleton<RequestSight>();
        services.AddSingleton<OneClick>();
        services.AddSingleton<RequestPageDesk>();
        services.AddDataProtection().SetApplicationName(ApplicationName);
        services.AddOptions<KeyManagementOptions>().Configure<ConsoleKeys>((keys, files) => (keys.XmlRepository, keys.XmlEncryptor) = (files, new NullXmlEncryptor()));
        services.AddRazorComponents();
        services.AddOptions<AntiforgeryOptions>().Configure(form =>
        {
            var https = options.Address is { Scheme: "https" };
            (form.Cookie.Name, form.Cookie.Path) = (https ? "__Host-siit-form" : "siit-form", "/");
            // Lax: else the card that a mail's link opens would make the forms of the other open ones invalid.
            (form.Cookie.SameSite, form.Cookie.SecurePolicy) = (SameSiteMode.Lax, https ? CookieSecurePolicy.Always : CookieSecurePolicy.None);
            form.SuppressXFrameOptionsHeader = true;
        });
        services.AddAuthorization(rules => rules.DefaultPolicy = new AuthorizationPolicyBuilder(SessionScheme.Name).RequireAuthenticatedUser().Build());
        var schemes = services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, SessionScheme>(SessionScheme.Name, null);
        if (!options.CanSignIn)
            return services;
        schemes.AddOpenIdConnect(OidcSetup.Scheme, _ => { });
        services.AddOptions<OpenIdConnectOptions>(OidcSetup.Scheme).Configure<TimeProvider>((oidc, time) => OidcSetup.Configure(oidc, options, time));
        return services;
    }

    /// <summary>Behind the host guard, before anything is mapped.</summary>
    public static void UseConsole(this WebApplication app)
    {
        // Left to itself the host would put both of these before every guard, and before agents and probes.
        IApplicationBuilder all = app;
        all.Properties["__AuthenticationMiddlewareSet"] = true;
        all.Properties["__AuthorizationMiddlewareSet"] = true;
        app.UseWhen(IsOurs, console => console.UseMiddleware<ConsoleGuard>().UseAuthentication().UseAuthorization().UseAntiforgery());
    }

    public static void MapConsole(this WebApplication app)
    {
        app.MapGet("/", ToApprovals);
        app.MapGet(ConsolePaths.Home, ToApprovals).AllowAnonymous();
        app.MapGet($"{ConsoleAssets.Folder}{{name}}", ConsoleAssets.WriteAsync).AllowAnonymous();
        app.MapSignIn();
        // Every page needs a session, unless it says [AllowAnonymous].
        app.MapRazorComponents<App>().RequireAuthorization();
    }

    private static Task ToApprovals(HttpContext context)
    {
        context.Response.Redirect(ConsolePaths.Approvals);
        return Task.CompletedTask;
    }

    /// <summary>The framework maps a helper of its own beside the pages.</summary>
    private static bool IsOurs(HttpContext context) =>
        context.Request.Path.StartsWithSegments(ConsolePaths.Home) || context.Request.Path.StartsWithSegments("/_framework");
}
