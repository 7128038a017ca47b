using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>What a run of a playbook can reach at most and whom it asks, called playbooks included: printed with every check.</summary>
/// <param name="Bound">Whatever the inputs.</param>
/// <param name="Says">The same, for people.</param>
/// <param name="Calls">Ids of the playbooks that are counted in.</param>
/// <param name="Plans">Its approve steps: <c>agree (one)</c>, <c>agree (owner)</c>; of called playbooks <c>offboard/agree (one)</c>.</param>
/// <param name="Gates">What its actions ask for by their own definition: <c>suspend_user (one)</c>. An approved plan answers it beforehand.</param>
/// <param name="Unknown">Called playbooks that are not there; then the bound is not whole.</param>
internal sealed record BoundReport(
    string Playbook, string PlaybookVersion, string File, PlaybookBound Bound, string Says, IReadOnlyList<string> Calls, IReadOnlyList<string> Plans, IReadOnlyList<string> Gates,
    IReadOnlyList<string> Unknown)
{
    /// <param name="find">The playbook of an id, or null.</param>
    public static BoundReport Of(Playbook playbook, Func<string, Playbook?> find)
    {
        var calls = new SortedSet<string>(StringComparer.Ordinal);
        var unknown = new SortedSet<string>(StringComparer.Ordinal);
        var bound = Whole(playbook, [playbook.Id]);
        List<Playbook> all = [playbook, .. calls.Select(find).OfType<Playbook>()];
        return new BoundReport(
            playbook.Id, playbook.Version, playbook.File.Path, bound, bound.ToString(), [.. calls],
            [.. all.SelectMany(each => Steps(each).OfType<ApproveStep>().Select(step => $"{(each == playbook ? "" : each.Id + "/")}{step.Id} ({step.Word()})"))],
            [.. all.SelectMany(Steps).OfType<ActingStep>().Where(step => step.Approval != Approvers.None).DistinctBy(step => step.Does)
                .OrderBy(step => step.Does, StringComparer.Ordinal).Select(step => $"{step.Does} ({Word(step.Approval)})")],
            [.. unknown]);

        PlaybookBound Whole(Playbook of, IReadOnlyList<string> above) => of.Bound + List(of.Steps, above);

        PlaybookBound List(IEnumerable<Step> steps, IReadOnlyList<string> above) => steps.Aggregate(PlaybookBound.None, (sum, step) => sum + One(step, above));

        PlaybookBound One(Step step, IReadOnlyList<string> above) => step switch
        {
            CallStep call => Called(call.Playbook, above),
            ForeachStep each => List(each.Steps, above).Times(each.Max),
            ChooseStep choose => choose.Branches.Aggregate(PlaybookBound.None, (most, branch) => most.Or(List(branch.Steps, above))),
            _ => List(step.Inner, above),
        };

        PlaybookBound Called(string id, IReadOnlyList<string> above)
        {
            if (above.Contains(id) || find(id) is not { } callee)
            {
                unknown.Add(id);
                return PlaybookBound.None;
            }

            calls.Add(id);
            return Whole(callee, [.. above, id]);
        }
    }

    /// <summary>For people, the first line first.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"{Playbook} {PlaybookVersion}: {Says}{(Calls.Count > 0 ? $" (with {string.Join(", ", Calls)})" : "")}";
        if (Unknown.Count > 0)
            yield return $"  not counted, because they are not there: {string.Join(", ", Unknown)}";
        if (Plans.Count > 0)
            yield return $"  plans to approve: {string.Join(", ", Plans)}";
        if (Gates.Count > 0)
            yield return $"  asked for by the actions: {string.Join(", ", Gates)}";
    }

    private static IEnumerable<Step> Steps(Playbook playbook) => playbook.Steps.SelectMany(step => step.All);

    private static string Word(Approvers approvers) => approvers.ToString().ToLowerInvariant();
}
