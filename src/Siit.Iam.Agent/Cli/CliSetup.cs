using Siit.Iam.Agent.Cli.Door;

namespace Siit.Iam.Agent.Cli;

/// <summary>Wires the operators' door.</summary>
internal static class CliSetup
{
    public static IServiceCollection AddOperatorsDoor(this IServiceCollection services)
    {
        services.AddSingleton<OperatorsDoor>();
        services.AddSingleton<IDoorRoutes, BackupRoutes>();
        services.AddSingleton<IDoorRoutes, CallRoutes>();
        return services;
    }
}
