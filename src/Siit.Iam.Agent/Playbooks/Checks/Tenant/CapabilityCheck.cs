using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks.Tenant;

/// <summary>An action that an IdP does not have, where the step does not say what happens then.</summary>
internal static class CapabilityCheck
{
    /// <param name="connections">Those of the server; without one, the IdPs themselves: a connection is often called like its IdP.</param>
    /// <param name="everyConnection">Also where the connection is computed: any that the policy allows may be meant.</param>
    public static IEnumerable<Finding> Of(Playbook playbook, IReadOnlyList<KnownConnection> connections, bool everyConnection)
    {
        foreach (var step in playbook.Steps.SelectMany(step => step.All).OfType<DoStep>().Where(step => !step.Action.IsRead && !step.SaysUnsupported))
        {
            var named = Named.Literal(step, "connection");
            if (named is null && !everyConnection)
                continue;
            var reached = connections.Where(connection => named is not null ? connection.Name == named : playbook.Policy.Connections?.Contains(connection.Name) != false).ToList();
            if (reached.Where(connection => !connection.Supports(step.Action)).ToList() is not { Count: > 0 } without)
                continue;
            var none = without.Count == reached.Count;
            yield return new Finding(
                "PB013", playbook.File.Path, step.Line, step.Column,
                $"'{step.Action.Name}' does not exist at {string.Join(", ", without.Select(connection => connection.Name == connection.Idp ? connection.Name : $"{connection.Name} ({connection.Idp})"))}{(none ? "" : ", which this run may reach")}.",
                "Say 'unsupported: skip' or 'unsupported: fail', or narrow policy.connections.", none ? Severity.Error : Severity.Warning);
        }
    }
}
