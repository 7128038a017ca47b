namespace Siit.Iam.Agent.Secrets;

/// <summary>Wires what seals secrets at rest.</summary>
internal static class SecretsSetup
{
    public static IServiceCollection AddSecrets(this IServiceCollection services) => services.AddSingleton<Sealer>();
}
