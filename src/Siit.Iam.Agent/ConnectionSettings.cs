using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent;

/// <summary>The section <c>connections</c>: each entry is handed to its IdP, which knows what it needs.</summary>
internal static class ConnectionSettings
{
    private const int LongestName = 64;

    /// <summary>Makes every connection; nothing is sent yet.</summary>
    /// <exception cref="SettingsException">All problems of all connections.</exception>
    public static IdpConnections Create(ServerSettings settings, IServiceProvider services)
    {
        var problems = new List<string>();
        var connections = new List<IIdpConnection>();
        var factories = services.GetServices<ConnectionFactory>().ToDictionary(factory => factory.Idp.Id());
        if (!string.IsNullOrEmpty(settings.Connections.Value))
            problems.Add("connections must hold entries such as {\"okta\": {\"idp\": \"okta\", ...}}.");
        foreach (var section in settings.Connections.GetChildren())
        {
            // A variable's name may be in capitals: SIIT_IAM__CONNECTIONS__OKTA__URL.
            var name = section.Key.ToLowerInvariant();
            if (name.Length > LongestName || name.Any(c => c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_')))
                problems.Add($"connections: '{section.Key}' is no name: letters a to z, digits, - and _, at most {LongestName}.");
            else if (FactoryOf(name, section, factories, problems) is { } factory)
                Add(factory, name, section, services, connections, problems);
        }

        if (settings.Demo)
            problems.AddRange(connections.Where(connection => !connection.Tenant.IsLoopback).Select(connection =>
                $"connections:{connection.Name}: {settings.Data} was used for the demo, whose codes and tokens are known to everybody: it connects to loopback only, not to {connection.Tenant}. Use another data folder (--data)."));
        if (settings.RequirePublished == false)
            problems.AddRange(connections.Where(connection => !connection.Tenant.IsLoopback).Take(1).Select(connection =>
                $"playbooks:requirePublished is false, and {connection.Name} is a real tenant ({connection.Tenant}): on those only published playbooks run. Take it out."));
        return problems.Count == 0 ? new IdpConnections(connections) : throw new SettingsException(problems);
    }

    private static ConnectionFactory? FactoryOf(
        string name, IConfigurationSection section, Dictionary<string, ConnectionFactory> factories, List<string> problems)
    {
        if (section["idp"] is not { Length: > 0 } idp)
            problems.Add($"connections:{name}:idp is missing: one of {string.Join(", ", factories.Keys)}.");
        else if (!factories.TryGetValue(idp.ToLowerInvariant(), out var factory))
            problems.Add($"connections:{name}:idp is '{idp}'. {DidYouMean.Sentence(idp, factories.Keys)}");
        else
            return factory;
        return null;
    }

    private static void Add(
        ConnectionFactory factory, string name, IConfigurationSection section, IServiceProvider services, List<IIdpConnection> connections, List<string> problems)
    {
        try
        {
            connections.Add(factory.Create(name, section, services));
        }
        catch (ConnectionSettingsException wrong)
        {
            problems.AddRange(wrong.Problems.Select(problem => $"connections:{name}: {problem}"));
        }
    }
}
