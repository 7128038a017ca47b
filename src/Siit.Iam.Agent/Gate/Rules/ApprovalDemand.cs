using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Gate.Rules;

/// <summary>
/// What all rules together ask for: every one of them has to be met, so the strictest always is. One decision may count for several.
/// </summary>
/// <param name="Plain">The most that was asked for without naming seats.</param>
/// <param name="Rule">Which rule asked for that.</param>
internal sealed record ApprovalDemand(Approvers Plain, string Rule)
{
    /// <summary>What rules with seats ask for beside it.</summary>
    public IReadOnlyList<Quorum> Seats { get; init; } = [];

    /// <summary>The most that is asked for, in one word.</summary>
    public Approvers Needed => Plain == Approvers.Refuse || Seats.Count == 0 ? Plain
        : Plain == Approvers.Two || Seats.Any(quorum => quorum.Needed > 1) ? Approvers.Two : Approvers.One;

    /// <summary>Everything that has to be filled. One approver of any group is in every other demand; what is refused nobody fills.</summary>
    public IReadOnlyList<Quorum> Quorums => Plain switch
    {
        Approvers.Refuse => [new Quorum(Rule, [], 1)],
        Approvers.Two => [Quorum.OfAny(Rule, 2), .. Seats],
        Approvers.One when Seats.Count == 0 => [Quorum.OfAny(Rule, 1)],
        _ => Seats,
    };

    /// <summary>Every rule that asked, for people.</summary>
    public string Rules => string.Join("; ", Seats.Select(quorum => quorum.Rule).Prepend(Plain == Approvers.None && Seats.Count > 0 ? null : Rule).OfType<string>().Distinct());

    public ApprovalDemand AtLeast(Approvers needed, string rule) => needed > Plain ? this with { Plain = needed, Rule = rule } : this;

    public ApprovalDemand With(Quorum quorum) => Seats.Any(known => Same(known, quorum)) ? this : this with { Seats = [.. Seats, quorum] };

    /// <summary>Both.</summary>
    public ApprovalDemand And(ApprovalDemand other, string prefix = "") =>
        other.Seats.Aggregate(AtLeast(other.Plain, prefix + other.Rule), (all, quorum) => all.With(quorum));

    private static bool Same(Quorum one, Quorum other) => one.Needed == other.Needed && one.Seats.Count == other.Seats.Count
        && one.Seats.Zip(other.Seats).All(pair => pair.First.IsSame(pair.Second));
}
