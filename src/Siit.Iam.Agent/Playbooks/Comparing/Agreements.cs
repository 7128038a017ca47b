using System.Collections.Immutable;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Comparing;

/// <summary>What stands before a step on every way to it.</summary>
/// <param name="Approvers">How many people the nearest <c>approve</c> asks, the least over all ways; null when some way has none.</param>
/// <param name="Approval">Its id; of several, of one for each way, none is named.</param>
/// <param name="Conditions">Ids of the <c>require</c> steps that held and the <c>wait</c> steps that are over.</param>
internal sealed record Before(Approvers? Approvers, string? Approval, ImmutableHashSet<string> Conditions)
{
    public static Before Nothing { get; } = new(null, null, []);
}

/// <summary>
/// For each step, what is certain to have been agreed to and to have held before it runs. The tree has no jumps, so one walk tells.
/// What somebody agrees to in a loop or in one branch of a parallel step counts only in there: as the run sees it.
/// </summary>
internal static class Agreements
{
    public static IReadOnlyDictionary<string, Before> Of(Playbook playbook)
    {
        var before = new Dictionary<string, Before>(StringComparer.Ordinal);
        Walk(playbook.Steps, Before.Nothing, before);
        return before;
    }

    /// <returns>What is certain after the steps; null when none of the ways goes on.</returns>
    private static Before? Walk(IReadOnlyList<Step> steps, Before at, Dictionary<string, Before> told)
    {
        foreach (var step in steps)
        {
            told[step.Id] = at;
            if (After(step, at, told) is not { } after)
                return null;
            at = after;
        }

        return at;
    }

    private static Before? After(Step step, Before at, Dictionary<string, Before> told)
    {
        switch (step)
        {
            case ApproveStep approve:
                return at with { Approvers = approve.AtLeast, Approval = approve.Id };
            case RequireStep or WaitStep:
                return at with { Conditions = at.Conditions.Add(step.Id) };
            case FinishStep:
                return null;
            case ChooseStep choose:
                var open = choose.Branches.Select(branch => Walk(branch.Steps, at, told)).OfType<Before>().ToList();
                return open.Count == 0 ? null : open.Aggregate(Joined);
            case ParallelStep parallel:
                var ways = parallel.Branches.Select(branch => Walk(branch.Steps, at, told)).ToList();
                return at with { Conditions = ways.OfType<Before>().Aggregate(at.Conditions, (all, way) => all.Union(way.Conditions)) };
            default:
                _ = Walk([.. step.Inner], at, told);
                return at;
        }
    }

    private static Before Joined(Before one, Before other) => new(
        one.Approvers is { } some && other.Approvers is { } others ? (Approvers)Math.Min((int)some, (int)others) : null,
        one.Approval == other.Approval ? one.Approval : null,
        one.Conditions.Intersect(other.Conditions));
}
