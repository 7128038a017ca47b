using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>What each <c>approve</c> step can put before people: the changes that follow it, up to the next one.</summary>
internal static class Plan
{
    /// <summary>In the order of the file.</summary>
    public static IReadOnlyList<(ApproveStep Approve, IReadOnlyList<DoStep> Covered)> Of(IReadOnlyList<Step> steps)
    {
        var plans = new List<(ApproveStep, IReadOnlyList<DoStep>)>();
        Walk(steps, [], plans);
        return plans;
    }

    /// <param name="after">Changes that follow the whole list.</param>
    private static void Walk(IReadOnlyList<Step> steps, IReadOnlyList<DoStep> after, List<(ApproveStep, IReadOnlyList<DoStep>)> plans)
    {
        for (var at = 0; at < steps.Count; at++)
        {
            var rest = steps.Skip(at + 1).ToList();
            var follows = Follows(rest, out var ended);
            IReadOnlyList<DoStep> covered = ended ? follows : [.. follows, .. after];
            if (steps[at] is ApproveStep approve)
                plans.Add((approve, covered));
            foreach (var inner in InnerLists(steps[at]))
                // Beyond the item of a loop come the same steps again, for another one.
                Walk(inner, steps[at] is ForeachStep ? [] : covered, plans);
        }
    }

    /// <param name="ended">Another approve comes for certain.</param>
    private static List<DoStep> Follows(IReadOnlyList<Step> steps, out bool ended)
    {
        var found = new List<DoStep>();
        ended = false;
        foreach (var step in steps)
        {
            if (step is ApproveStep)
            {
                ended = true;
                break;
            }

            if (step is DoStep { Action.IsRead: false } write)
                found.Add(write);
            foreach (var inner in InnerLists(step))
                found.AddRange(Follows(inner, out _));
        }

        return found;
    }

    private static IEnumerable<IReadOnlyList<Step>> InnerLists(Step step) => step switch
    {
        ChooseStep choose => choose.Branches.Select(branch => branch.Steps),
        ParallelStep parallel => parallel.Branches.Select(branch => branch.Steps),
        ForeachStep each => [each.Steps],
        _ => step.Inner.Any() ? [[.. step.Inner]] : [],
    };
}
