namespace Siit.Iam.Agent.ToolServers;

/// <summary>Wires the tools of other servers.</summary>
internal static class ToolServersSetup
{
    /// <param name="folder">Of the playbooks, beside which the lock lies.</param>
    public static IServiceCollection AddToolServers(this IServiceCollection services, ToolServerSet servers, string folder)
    {
        services.AddSingleton(servers);
        services.AddSingleton(new ToolLockFile(folder));
        services.AddSingleton<IToolServers, McpToolServers>();
        return services;
    }
}
