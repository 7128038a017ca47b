using System.Collections;
using Siit.Iam.Agent;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Mcp;

// Before anything else is loaded: a client waits for its bridge.
if (args is ["mcp"] or ["mcp", "--data", _])
    return await BridgeAsync(args.ElementAtOrDefault(2));

var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value!);
return await CommandTree.RunAsync(args, new Surroundings(
    Terminal.OfProcess(), environment, TimeProvider.System, new Product(Serve.RunAsync, BridgeAsync, Server.Idps)
    {
        Playbooks = (data, variables) => ServerSettings.Read(data, null, variables).Playbooks,
        AuditKeep = (data, config, variables) => ServerSettings.Read(data, config, variables) is { Problems: [] } settings
            ? settings.Audit.Keep
            : throw new CliException(ExitCodes.Usage, "settings_wrong", "The settings are wrong, so nobody can tell how long audit entries have to be kept. See 'siit-iam serve', which names every problem."),
    }));

static Task<int> BridgeAsync(string? data)
{
    var (input, output) = Terminal.Streams();
    return Bridge.RunAsync(BridgeSettings.From(Environment.GetEnvironmentVariable, data), input, output, CancellationToken.None);
}
