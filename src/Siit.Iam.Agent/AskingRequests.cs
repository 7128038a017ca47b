using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent;

/// <summary>Tells imports that somebody is being answered, at whatever door.</summary>
internal static class AskingRequests
{
    /// <summary>Whether the server lives, and how far an import is: whoever watches, or waits for the import itself, must not slow it down.</summary>
    private static readonly PathString[] Watching = ["/healthz", "/readyz", "/sync"];

    public static void UseAskers(this IApplicationBuilder app)
    {
        var askers = app.ApplicationServices.GetRequiredService<Askers>();
        app.Use(next => context =>
        {
            if (!Array.Exists(Watching, path => context.Request.Path.StartsWithSegments(path)))
                askers.Note();
            return next(context);
        });
    }
}
