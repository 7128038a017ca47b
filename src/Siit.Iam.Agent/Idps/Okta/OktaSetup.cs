using Refit;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.Okta;

internal static class OktaSetup
{
    public static IServiceCollection AddOkta(this IServiceCollection services) =>
        services.AddSingleton(new ConnectionFactory(IdpKind.Okta, typeof(OktaConnection), Create));

    /// <summary>A connection from its settings, as many of one IdP as there are sections.</summary>
    /// <exception cref="ConnectionSettingsException">All problems of the settings.</exception>
    public static IIdpConnection Create(string name, IConfigurationSection section, IServiceProvider services) =>
        Create(name, OktaOptions.From(name, section), services.GetService<ResilienceOptions>() ?? new ResilienceOptions(),
            services.GetService<TimeProvider>() ?? TimeProvider.System);

    public static OktaConnection Create(string name, OktaOptions options, ResilienceOptions resilience, TimeProvider time)
    {
        IOktaCredential credential = options.Token is { } token
            ? new OktaApiToken(token)
            : new OktaServiceApp(options, IdpHttp.Create(options.Url, OktaThrottling.Rules, resilience, time), time);
        return Create(name, options, credential, resilience, time);
    }

    /// <summary>With a credential of its own, which may come from another address (tests).</summary>
    public static OktaConnection Create(string name, OktaOptions options, IOktaCredential credential, ResilienceOptions resilience, TimeProvider time)
    {
        var http = IdpHttp.Create(options.Url, OktaThrottling.Rules, resilience, time, new OktaSignIn(credential, options.Url));
        return new OktaConnection(name, options, RestService.ForGenerated<IOktaApi>(http, Settings()), credential, time);
    }

    private static RefitSettings Settings()
    {
        var settings = RefitSettings.ForJsonContext(OktaJson.Default);
        // Enough for an error code; what else stands in an error goes nowhere.
        settings.MaxExceptionContentLength = 16 * 1024;
        return settings;
    }
}
