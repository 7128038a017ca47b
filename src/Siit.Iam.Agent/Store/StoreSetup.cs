namespace Siit.Iam.Agent.Store;

/// <summary>Wires the store.</summary>
internal static class StoreSetup
{
    /// <summary>The steps of the stored shape so far, oldest first.</summary>
    public static IReadOnlyList<IMigration> Migrations { get; } = [];

    /// <summary>Adds <see cref="IStore"/>, opened when first asked for and closed with the host. Only the serving process may.</summary>
    public static IServiceCollection AddStore(this IServiceCollection services, DataFolder folder)
    {
        services.AddSingleton(folder);
        services.AddSingleton<Ids>();
        services.AddSingleton(_ => LiteDbStore.Open(folder, Migrations));
        services.AddSingleton<IStore>(provider => provider.GetRequiredService<LiteDbStore>());
        services.AddSingleton<Backup>();
        return services;
    }
}
