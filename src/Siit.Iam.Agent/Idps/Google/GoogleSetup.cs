using Refit;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.Google;

internal static class GoogleSetup
{
    public static IServiceCollection AddGoogle(this IServiceCollection services) =>
        services.AddSingleton(new ConnectionFactory(IdpKind.Google, typeof(GoogleConnection), Create));

    /// <summary>A connection from its settings, as many of one IdP as there are sections.</summary>
    /// <exception cref="ConnectionSettingsException">All problems of the settings.</exception>
    public static IIdpConnection Create(string name, IConfigurationSection section, IServiceProvider services) =>
        Create(name, GoogleOptions.From(name, section), services.GetService<ResilienceOptions>() ?? new ResilienceOptions(),
            services.GetService<TimeProvider>() ?? TimeProvider.System);

    public static GoogleConnection Create(string name, GoogleOptions options, ResilienceOptions resilience, TimeProvider time)
    {
        var credentials = Credentials.Of(options, options.Changes, of => new GoogleServiceAccount(of, Client(of.TokenUrl), time));
        var apis = new GoogleApis(
            Api<IGoogleApi>(options.Url),
            Api<IGoogleReportsApi>(options.ReportsUrl ?? options.Url),
            Api<ICloudIdentityApi>(options.IdentityUrl ?? (options.Url.IsLoopback ? options.Url : new Uri("https://cloudidentity.googleapis.com"))));
        return new GoogleConnection(name, options, apis, credentials, time);

        T Api<T>(Uri url) => RestService.ForGenerated<T>(Client(url, new GoogleSignIn(credentials, url)), Settings());

        HttpClient Client(Uri url, DelegatingHandler? signIn = null) => IdpHttp.Create(url, GoogleThrottling.Rules, resilience, time, signIn);
    }

    private static RefitSettings Settings()
    {
        var settings = RefitSettings.ForJsonContext(GoogleJson.Default);
        // Enough for a reason; what else stands in an error goes nowhere.
        settings.MaxExceptionContentLength = 16 * 1024;
        return settings;
    }
}
