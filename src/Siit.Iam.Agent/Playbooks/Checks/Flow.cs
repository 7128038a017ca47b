using System.Collections.Immutable;
using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>What is known at one point of the way through the steps.</summary>
internal sealed record Flow
{
    /// <summary>input, vars, run and the variables of loops; what is proved present; what is out of reach.</summary>
    public required CelEnvironment Names { get; init; }

    /// <summary>Outputs of the steps that have run for certain.</summary>
    public ImmutableList<RecordField> Outputs { get; init; } = [];

    /// <summary>Steps that had run when people last agreed; null when nobody was asked on this way.</summary>
    public ImmutableHashSet<string>? Approved { get; init; }

    /// <summary>Steps whose output was not known when people last agreed.</summary>
    public ImmutableHashSet<string> SinceApproval { get; init; } = [];

    /// <summary>Steps that something was required of on the way to here.</summary>
    public ImmutableHashSet<string> Required { get; init; } = [];

    /// <summary>Who has proved who they are on every way to here, for what.</summary>
    public ImmutableList<Verified> Verified { get; init; } = [];

    /// <summary>Nothing that follows can run.</summary>
    public bool Ended { get; init; }

    public CelEnvironment Environment => Names.With("steps", new RecordType("steps", Outputs));

    public Flow Knowing(ImmutableHashSet<string> present) => this with { Names = Names with { Present = Names.Present.Union(present) } };

    /// <summary>After a step that left something.</summary>
    /// <param name="known">Whether it can be computed from what was there before.</param>
    public Flow Left(string id, CelType type, Taint taint = Taint.None, bool optional = false, bool known = false) => this with
    {
        Outputs = Outputs.RemoveAll(output => output.Name == id).Add(new RecordField(id, type, optional, taint)),
        Names = Names with { OutOfReach = Names.OutOfReach.Remove($"steps.{id}") },
        SinceApproval = known ? SinceApproval : SinceApproval.Add(id),
    };

    /// <summary>After steps that may not have run: nothing of theirs can be read.</summary>
    /// <param name="why">To go on from "Step 'x'"; empty when the step has a problem that was told.</param>
    public Flow Without(IEnumerable<string> inner, string why) => this with
    {
        Names = Names with { OutOfReach = Names.OutOfReach.SetItems(inner.Select(id => KeyValuePair.Create($"steps.{id}", why.Length == 0 ? "" : $"Step '{id}' {why}."))) },
    };
}

/// <summary>What a verify step has proved, as it is written: the same words at a reset mean the same person.</summary>
internal sealed record Verified(string Step, string For, string Subject, string Connection)
{
    /// <summary>By whichever step.</summary>
    public bool IsSame(Verified other) => For == other.For && Subject == other.Subject && Connection == other.Connection;
}
