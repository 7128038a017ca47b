using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>What an expression may use at one place of a playbook.</summary>
internal sealed record CelEnvironment
{
    public static CelEnvironment Empty { get; } = new();

    public ImmutableSortedDictionary<string, Variable> Variables { get; init; } = ImmutableSortedDictionary.Create<string, Variable>(StringComparer.Ordinal);

    /// <summary>Optional values that are proved to be there.</summary>
    public ImmutableHashSet<string> Present { get; init; } = [];

    /// <summary>
    /// Paths that exist somewhere but not here, with the reason. An empty one means that the path itself has a problem, which has
    /// been told where it is written: nothing more is said where it is used.
    /// </summary>
    public ImmutableDictionary<string, string> OutOfReach { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Values under <c>vars</c> that are the same at every run.</summary>
    public JsonObject Known { get; init; } = [];

    public CelEnvironment With(string name, CelType type, Taint taint = Taint.None) =>
        this with { Variables = Variables.SetItem(name, new Variable(type, taint)) };
}

internal sealed record Variable(CelType Type, Taint Taint);
