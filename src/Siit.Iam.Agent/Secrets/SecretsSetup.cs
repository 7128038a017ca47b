namespace Siit.Iam.Agent.Secrets;

/// <summary>Wires what seals secrets at rest and what brings them to people.</summary>
internal static class SecretsSetup
{
    public static IServiceCollection AddSecrets(this IServiceCollection services, SecretOptions? options = null)
    {
        services.AddSingleton(options ?? new SecretOptions());
        services.AddSingleton<KeyRing>();
        services.AddSingleton(provider => new Sealer(provider.GetRequiredService<KeyRing>()));
        services.AddSingleton<KeyRotation>();
        services.AddSingleton<SecretDesk>();
        services.AddSingleton<IKeepsSeals>(provider => provider.GetRequiredService<SecretDesk>());
        services.AddHostedService<SecretKeeper>();
        return services;
    }
}
