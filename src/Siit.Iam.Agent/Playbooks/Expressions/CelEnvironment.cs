using System.Collections.Immutable;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>What an expression may use at one place of a playbook.</summary>
internal sealed record CelEnvironment
{
    public static CelEnvironment Empty { get; } = new();

    public ImmutableSortedDictionary<string, Variable> Variables { get; init; } = ImmutableSortedDictionary.Create<string, Variable>(StringComparer.Ordinal);

    /// <summary>Optional values that are proved to be there.</summary>
    public ImmutableHashSet<string> Present { get; init; } = [];

    /// <summary>Paths that exist somewhere but not here, with the reason.</summary>
    public ImmutableDictionary<string, string> OutOfReach { get; init; } = ImmutableDictionary<string, string>.Empty;

    public CelEnvironment With(string name, CelType type, Taint taint = Taint.None) =>
        this with { Variables = Variables.SetItem(name, new Variable(type, taint)) };
}

internal sealed record Variable(CelType Type, Taint Taint);
