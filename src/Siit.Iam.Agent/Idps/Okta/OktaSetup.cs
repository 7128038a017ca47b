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

    public static OktaConnection Create(string name, OktaOptions options, ResilienceOptions resilience, TimeProvider time) =>
        Create(name, options, Credentials.Of<OktaOptions, IOktaCredential>(options, options.Changes, of => of.Token is { } token
            ? new OktaApiToken(token)
            : new OktaServiceApp(of, IdpHttp.Create(of.Url, OktaThrottling.Rules, resilience, time), time)), resilience, time);

    /// <summary>With a credential of its own, which may come from another address (tests).</summary>
    public static OktaConnection Create(string name, OktaOptions options, IOktaCredential credential, ResilienceOptions resilience, TimeProvider time) =>
        Create(name, options, new Credentials<IOktaCredential>(credential, credential), resilience, time);

    private static OktaConnection Create(string name, OktaOptions options, Credentials<IOktaCredential> credentials, ResilienceOptions resilience, TimeProvider time)
    {
        return new OktaConnection(name, options, Api(credentials), Api(new(credentials.Changes, credentials.Changes)), credentials, time);

        IOktaApi Api(Credentials<IOktaCredential> of) => RestService.ForGenerated<IOktaApi>(
            IdpHttp.Create(options.Url, OktaThrottling.Rules, resilience, time, new OktaSignIn(of, options.Url)), Settings());
    }

    private static RefitSettings Settings()
    {
        var settings = RefitSettings.ForJsonContext(OktaJson.Default);
        // Enough for an error code; what else stands in an error goes nowhere.
        settings.MaxExceptionContentLength = 16 * 1024;
        return settings;
    }
}
