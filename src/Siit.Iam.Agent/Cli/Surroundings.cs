using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Cli;

/// <summary>What the command line stands in: a process, or a test.</summary>
/// <param name="Terminal">Where results, trouble and questions go.</param>
/// <param name="Environment">Environment variables.</param>
/// <param name="Time">The clock.</param>
/// <param name="Product">The parts of the product that only its composition knows.</param>
internal sealed record Surroundings(Terminal Terminal, IReadOnlyDictionary<string, string> Environment, TimeProvider Time, Product Product)
{
    public string? Variable(string name) => Environment.GetValueOrDefault(name);
}

/// <param name="ServeAsync">Runs the server until it is asked to stop.</param>
/// <param name="BridgeAsync">Carries MCP between the process's own input and output and the server of a data folder (null: as the environment says).</param>
/// <param name="Idps">Every IdP that this program can be connected to.</param>
internal sealed record Product(Func<ServeRequest, Terminal, CancellationToken, Task<int>> ServeAsync, Func<string?, Task<int>> BridgeAsync, Func<IReadOnlyList<IdpColumn>> Idps)
{
    /// <summary>How long the settings of a data folder (or of a file elsewhere) keep audit entries from being archived.</summary>
    public Func<Store.DataFolder, string?, IReadOnlyDictionary<string, string>, TimeSpan> AuditKeep { get; init; } = (_, _, _) => new Audit.AuditOptions().Keep;

    /// <summary>The folder of the playbooks that the settings of a data folder name; nothing is opened.</summary>
    public Func<Store.DataFolder, IReadOnlyDictionary<string, string>, string> Playbooks { get; init; } = (data, _) => Path.Combine(data.Path, "playbooks");
}

/// <param name="Data">The data folder.</param>
/// <param name="Config">A settings file elsewhere than in the data folder.</param>
internal sealed record ServeRequest(Store.DataFolder Data, string? Config, IReadOnlyDictionary<string, string> Environment);

/// <param name="Id">Such as <c>okta</c>.</param>
/// <param name="Title">For people.</param>
/// <param name="Supports">Derived from what its connection's class implements.</param>
internal sealed record IdpColumn(string Id, string Title, Func<ActionDefinition, bool> Supports);
