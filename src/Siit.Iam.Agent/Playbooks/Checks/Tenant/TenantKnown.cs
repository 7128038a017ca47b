using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Checks.Tenant;

/// <summary>What is known of the organisation a playbook would run in, at one moment.</summary>
internal sealed record TenantKnown
{
    public required IReadOnlyList<KnownConnection> Connections { get; init; }

    /// <summary>Everybody who may decide on something now.</summary>
    public required IReadOnlyList<SeatTaker> Approvers { get; init; }

    /// <summary>Who could agree as owner of what the looked-at playbooks write out; nothing of what is not there.</summary>
    public IReadOnlyDictionary<OwnedThing, KnownOwners> Owners { get; init; } = new Dictionary<OwnedThing, KnownOwners>();

    /// <summary>The organisation's rules.</summary>
    public required GateOptions Gate { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Why a tool of another server cannot be used, as far as it is known without asking it; null when nothing is.</summary>
    public Func<LockedTool, string?> ToolProblem { get; init; } = _ => null;
}

/// <param name="Idp">Its short name, such as <c>okta</c>.</param>
/// <param name="Supports">Whether its IdP can do an action at all.</param>
internal sealed record KnownConnection(string Name, string Idp, Func<ActionDefinition, bool> Supports)
{
    /// <summary>Null as long as the copy of the directory has not been read.</summary>
    public Lazy<IReadOnlyList<KnownThing>?> Groups { get; init; } = new(() => null);

    /// <inheritdoc cref="Groups"/>
    public Lazy<IReadOnlyList<KnownThing>?> Applications { get; init; } = new(() => null);
}

/// <summary>A group or an application.</summary>
internal sealed record KnownThing(string Id, string Name);
