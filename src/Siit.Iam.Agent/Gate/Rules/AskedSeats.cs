namespace Siit.Iam.Agent.Gate.Rules;

/// <summary>
/// Who has to agree to a plan because its playbook says so, in the words of <c>gate:approvalRules</c>. It is asked for beside everything
/// else that asks: it can raise a gate and never lower one. Pure.
/// </summary>
/// <param name="Seats">Each taken by somebody else, as something else.</param>
/// <param name="Needed">How many of them.</param>
internal sealed record AskedSeats(IReadOnlyList<Seat> Seats, int Needed)
{
    /// <summary>What has to be filled for the calls of a plan: for each person and each thing that they are about.</summary>
    /// <param name="rule">Who asks, for people.</param>
    public IReadOnlyList<Quorum> Of(string rule, IReadOnlyList<CallAbouts> calls)
    {
        // A call that is about no group and no application has no owner to ask, as long as another one of the plan has.
        var anythingIsOwned = calls.Any(call => call.Owner is not null);
        List<Quorum> quorums =
        [
            .. calls.Select(call => Seats.Where(seat => seat.Source != SeatSource.Owner || call.Owner is not null || !anythingIsOwned).Select(call.Place).ToList())
                .Where(seats => seats.Count > 0)
                .Select(seats => new Quorum(rule, seats, Math.Min(Needed, seats.Count))),
        ];
        return quorums.Count > 0 ? quorums : [new Quorum(rule, Seats, Needed)];
    }

    /// <summary>As an author writes it: <c>owner</c>, <c>1 of manager, group:desk</c>, <c>owner, else it-leads</c>.</summary>
    public string Word()
    {
        var seats = string.Join(", ", Seats.Select(seat => seat.Source == SeatSource.Group ? $"group:{seat.Group}" : seat.Source.ToString().ToLowerInvariant()));
        return $"{(Needed < Seats.Count ? $"{Needed} of " : "")}{seats}{(Seats.Select(seat => seat.Fallback).FirstOrDefault(fallback => fallback is not null) is { } fallback ? $", else {fallback}" : "")}";
    }
}
