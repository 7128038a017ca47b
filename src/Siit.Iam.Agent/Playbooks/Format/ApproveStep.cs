using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>
/// Other people agree to the effects that follow, up to the next approve, as they can be resolved at this point.
/// Leaves <c>{ approvers, at }</c>.
/// </summary>
internal sealed record ApproveStep(string Id, int Line, int Column) : Step(Id, Line, Column)
{
    /// <summary>One or two of any group; none in particular where <see cref="Seats"/> say who. The actions' own rules can only raise it.</summary>
    public required Approvers Approvers { get; init; }

    /// <summary>Who has to agree, besides; null: nobody in particular.</summary>
    public AskedSeats? Seats { get; init; }

    /// <summary>Silence after this is a no.</summary>
    public required TimeSpan Timeout { get; init; }

    public required Template Summary { get; init; }

    /// <summary>A no, or silence, ends only the current item of the loop, as skipped.</summary>
    public bool Skips { get; init; }

    /// <summary>How many people it takes at least.</summary>
    public Approvers AtLeast => Seats is null || Approvers == Approvers.Two ? Approvers : Seats.Needed > 1 ? Approvers.Two : Approvers.One;

    /// <summary>Who agrees, as an author writes it: <c>one</c>, <c>owner, else it-leads</c>, <c>two, and group:security</c>.</summary>
    public string Word() => Seats is null ? Approvers.ToString().ToLowerInvariant() : Approvers == Approvers.None ? Seats.Word() : $"{Approvers.ToString().ToLowerInvariant()}, and {Seats.Word()}";
}
