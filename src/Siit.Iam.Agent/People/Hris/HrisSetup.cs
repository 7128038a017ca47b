using Siit.Iam.Agent.People.Hris.Scim;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>Wires the HRIS.</summary>
internal static class HrisSetup
{
    public static IServiceCollection AddHris(this IServiceCollection services, HrisOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<HrisBook>();
        services.AddSingleton<HrisDesk>();
        // After the persons, so that it wins.
        if (options.Sources.Count > 0)
            services.AddSingleton<IHrisRecords, StoredHrisRecords>();
        services.AddSingleton<HrisFiles>();
        services.AddSingleton<HrisKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<HrisKeeper>());
        services.AddSingleton<ScimPace>();
        services.AddSingleton<ScimUsers>();
        services.AddSingleton<ScimDoor>();
        return services;
    }

    /// <summary>Opens the door for HRIS that push; there is none when no source has a token.</summary>
    public static void MapScim(this WebApplication app)
    {
        if (app.Services.GetRequiredService<HrisOptions>().HasScim)
            app.Map(ScimDoor.Path + "/{**rest}", (HttpContext context) => app.Services.GetRequiredService<ScimDoor>().HandleAsync(context));
    }
}
