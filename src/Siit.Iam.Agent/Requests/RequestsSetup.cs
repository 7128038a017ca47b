namespace Siit.Iam.Agent.Requests;

/// <summary>Wires service requests.</summary>
internal static class RequestsSetup
{
    public static IServiceCollection AddRequests(this IServiceCollection services) => services.AddSingleton<RequestDesk>();
}
