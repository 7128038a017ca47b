using Refit;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.JumpCloud;

internal static class JumpCloudSetup
{
    public static IServiceCollection AddJumpCloud(this IServiceCollection services) =>
        services.AddSingleton(new ConnectionFactory(IdpKind.JumpCloud, typeof(JumpCloudConnection), Create));

    /// <summary>A connection from its settings, as many of one IdP as there are sections.</summary>
    /// <exception cref="ConnectionSettingsException">All problems of the settings.</exception>
    public static IIdpConnection Create(string name, IConfigurationSection section, IServiceProvider services) =>
        Create(name, JumpCloudOptions.From(name, section), services.GetService<ResilienceOptions>() ?? new ResilienceOptions(),
            services.GetService<TimeProvider>() ?? TimeProvider.System);

    public static JumpCloudConnection Create(string name, JumpCloudOptions options, ResilienceOptions resilience, TimeProvider time)
    {
        var credentials = Credentials.Of<JumpCloudOptions, IJumpCloudCredential>(options, options.Changes, of => of.ApiKey is { } key
            ? new JumpCloudApiKey(key)
            : new JumpCloudServiceAccount(of, IdpHttp.Create(of.Token, JumpCloudThrottling.Rules, resilience, time), time));
        var settings = Settings();
        return new JumpCloudConnection(
            name, options,
            RestService.ForGenerated<IJumpCloudV1>(Client(options.V1), settings),
            RestService.ForGenerated<IJumpCloudV2>(Client(options.V2), settings),
            RestService.ForGenerated<IJumpCloudInsights>(Client(options.Insights, onlyReads: true), settings),
            time);

        HttpClient Client(Uri api, bool onlyReads = false) => IdpHttp.Create(
            api, JumpCloudThrottling.Rules, resilience, time, new JumpCloudSignIn(credentials, api, options.OrganizationId, onlyReads));
    }

    private static RefitSettings Settings()
    {
        var settings = RefitSettings.ForJsonContext(JumpCloudJson.Default);
        // Enough for an error code; what else stands in an error goes nowhere.
        settings.MaxExceptionContentLength = 16 * 1024;
        return settings;
    }
}
