using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Requests;

/// <summary>Wires service requests.</summary>
internal static class RequestsSetup
{
    public static IServiceCollection AddRequests(this IServiceCollection services) =>
        services.AddSingleton<RequestDesk>().AddSingleton<RequestWork>().AddSingleton<RequestIntake>().AddSingleton<IRequestAuthors>(provider => provider.GetRequiredService<RequestDesk>());
}
