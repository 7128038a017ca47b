using Microsoft.Extensions.Options;

namespace Siit.Iam.Agent.Audit;

/// <summary>Wires the audit log.</summary>
internal static class AuditSetup
{
    /// <summary>
    /// Adds <see cref="AuditLog"/> as the one writer; it is opened when first asked for and closed with the host.
    /// Only the serving process may add it.
    /// </summary>
    public static IServiceCollection AddAudit(this IServiceCollection services, Action<AuditOptions> configure)
    {
        services.AddOptions<AuditOptions>().Configure(configure).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => AuditLog.Open(
            provider.GetRequiredService<IOptions<AuditOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AuditLog>>()));
        // The log is not opened by making this one: whoever starts takes the data folder's lock first.
        services.AddHostedService(provider => new AuditWitnesses(
            new Lazy<AuditLog>(provider.GetRequiredService<AuditLog>),
            provider.GetRequiredService<IOptions<AuditOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AuditWitnesses>>()));
        return services;
    }
}
