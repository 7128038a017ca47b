using Siit.Iam.Agent.Cli.Door;

namespace Siit.Iam.Agent.Cli;

/// <summary>Wires the operators' door.</summary>
internal static class CliSetup
{
    public static IServiceCollection AddOperatorsDoor(this IServiceCollection services)
    {
        services.AddSingleton<OperatorsDoor>();
        services.AddSingleton<Presence>();
        services.AddSingleton<IDoorRoutes, ApprovalRoutes>();
        services.AddSingleton<IDoorRoutes, ApproverRoutes>();
        services.AddSingleton<IDoorRoutes, BackupRoutes>();
        services.AddSingleton<IDoorRoutes, CallerRoutes>();
        services.AddSingleton<IDoorRoutes, CallRoutes>();
        services.AddSingleton<IDoorRoutes, ConnectionRoutes>();
        services.AddSingleton<IDoorRoutes, HrisRoutes>();
        services.AddSingleton<IDoorRoutes, NoticeRoutes>();
        services.AddSingleton<IDoorRoutes, PeopleRoutes>();
        services.AddSingleton<IDoorRoutes, PersonRoutes>();
        services.AddSingleton<IDoorRoutes, PlaybookRoutes>();
        services.AddSingleton<IDoorRoutes, PolicyRoutes>();
        services.AddSingleton<IDoorRoutes, ProofRoutes>();
        services.AddSingleton<IDoorRoutes, PublishRoutes>();
        services.AddSingleton<IDoorRoutes, RehearsalRoutes>();
        services.AddSingleton<IDoorRoutes, RequestRoutes>();
        services.AddSingleton<IDoorRoutes, SecretRoutes>();
        services.AddSingleton<IDoorRoutes, StopRoutes>();
        services.AddSingleton<IDoorRoutes, SyncRoutes>();
        return services;
    }
}
