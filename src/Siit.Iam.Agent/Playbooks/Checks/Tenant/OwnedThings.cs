using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks.Tenant;

/// <summary>A group or application whose owner an <c>approve</c> step asks, by its id.</summary>
internal sealed record OwnedThing(string Connection, bool IsApplication, string Id)
{
    private static readonly string[] Arguments = ["application", "group"];

    /// <summary>Those that a playbook writes out, each with the steps that ask its owner. What is computed is known at the run only.</summary>
    public static IEnumerable<(ApproveStep Approve, OwnedThing Thing)> In(Playbook playbook) =>
        from plan in Plan.Of(playbook.Steps)
        where plan.Approve.Seats?.Seats.Any(seat => seat.Source == Gate.Rules.SeatSource.Owner) == true
        from write in plan.Covered
        from argument in Arguments
        let id = Named.Literal(write, argument)
        let connection = Named.Literal(write, "connection") ?? (playbook.Policy.Connections is [var only] ? only : null)
        where id is not null && connection is not null
        select (plan.Approve, new OwnedThing(connection, argument == "application", id));
}

/// <summary>Who could agree as an owner.</summary>
/// <param name="Approvers">Ids of approvers.</param>
/// <param name="Why">Why there is nobody, as the middle of a sentence; null when there is somebody.</param>
internal sealed record KnownOwners(IReadOnlyList<string> Approvers, string? Why);
