using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>
/// Nothing here may mention a type of Microsoft.Graph or Azure.Identity: their 48 MB are loaded when a connection is first used,
/// and not because the server started.
/// </summary>
internal static class EntraSetup
{
    public static IServiceCollection AddEntra(this IServiceCollection services) =>
        services.AddSingleton(new ConnectionFactory(IdpKind.Entra, typeof(EntraConnection), Create));

    /// <summary>A connection from its settings, as many of one IdP as there are sections.</summary>
    /// <exception cref="ConnectionSettingsException">All problems of the settings.</exception>
    public static IIdpConnection Create(string name, IConfigurationSection section, IServiceProvider services) =>
        Create(name, EntraOptions.From(name, section), services.GetService<ResilienceOptions>() ?? new ResilienceOptions(),
            services.GetService<TimeProvider>() ?? TimeProvider.System);

    public static EntraConnection Create(string name, EntraOptions options, ResilienceOptions resilience, TimeProvider time) =>
        new(name, options, new Lazy<EntraApi>(() => EntraApi.Create(options, resilience, time)), time);
}
