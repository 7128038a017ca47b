using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

/// <summary>Which IdPs cannot do an action, from the interfaces that their connections implement.</summary>
internal sealed class ActionSupport(IEnumerable<ConnectionFactory> factories)
{
    private readonly ConnectionFactory[] _factories = [.. factories];

    /// <summary>Short names, in the order in which the IdPs are known; empty when all can.</summary>
    public IReadOnlyList<string> CannotAt(ActionDefinition action) =>
        [.. _factories.Where(factory => !action.IsSupportedBy(factory.ConnectionType)).Select(factory => factory.Idp.ToString()).Distinct()];
}
