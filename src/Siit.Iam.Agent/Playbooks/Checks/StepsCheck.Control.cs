using System.Collections.Immutable;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

internal sealed partial class StepsCheck
{
    /// <summary>Steps that the conditions and lists around the current step were computed from, from the outside in.</summary>
    private readonly List<IReadOnlyCollection<string>> _conditions = [];

    /// <summary>Steps that the list of each loop around the current step was computed from.</summary>
    private readonly Dictionary<string, IReadOnlyCollection<string>> _loops = [];

    /// <summary>Steps that a value was computed from, through the variables of loops.</summary>
    private List<string> Sources(CheckedValue value) =>
        [.. value.Steps, .. value.Paths.Keys.Where(_loops.ContainsKey).SelectMany(name => _loops[name])];

    private (Step?, Flow, long) Foreach(string id, YamlMapping node, Flow flow)
    {
        var loop = node.Mapping("foreach");
        var list = loop?.Scalar("in") is { } written ? values.Expression(written, flow.Environment) : CheckedValue.Broken;
        if (list.Type is not null and not ListType)
            report.Add("PB021", loop!.Scalar("in")!, $"A {list.Type} cannot be looped over.", "It has to be a list.");
        var name = loop?.Text("as") ?? "";
        if (loop?.Scalar("as") is { } given && (flow.Environment.Variables.ContainsKey(name) || name == "person"))
            report.Add("PB003", given, $"The name '{Report.Shown(name)}' is taken.", "Choose another name for the loop's item.");

        var item = (list.Type as ListType)?.Item;
        var inside = item is null
            ? flow with { Names = flow.Names with { OutOfReach = flow.Names.OutOfReach.SetItem(name, $"The list of loop '{id}' has a problem.") } }
            : flow with { Names = flow.Names.With(name, item, list.OwnTaint) };
        var sources = Sources(list);
        _conditions.Add(sources);
        if (item is not null)
            _loops[name] = sources;
        var body = Walk(node.Sequence("steps"), inside);
        _conditions.RemoveAt(_conditions.Count - 1);
        _loops.Remove(name);

        var max = (int)Math.Clamp(loop?.Scalar("max")?.AsInt ?? 1, 1, 1000);
        var after = flow.Without(Ids(node.Sequence("steps")).Select(inner => inner.Text), $"runs inside the loop '{id}'").Left(id, StepOutputs.Foreach);
        var step = list.Value is not Expression within ? null : new ForeachStep(id, node.Line, node.Column)
        {
            In = within,
            As = name,
            Max = max,
            OnError = OnErrorOf(loop),
            Steps = body.Steps,
        };
        return (step, after, Times(max, body.Writes));
    }

    private (Step?, Flow, long) Choose(string id, YamlMapping node, Flow flow)
    {
        var branches = new List<ChooseBranch>();
        var ways = new List<Flow>();
        var cases = new Cases(report);
        var at = flow;
        long writes = 0;
        var depth = _conditions.Count;
        var otherwise = false;
        var sequence = node.Sequence("choose");
        foreach (var branch in (sequence?.Items ?? []).OfType<YamlMapping>())
        {
            var when = branch.Scalar("when");
            if (otherwise)
                report.Add("PB051", branch, "A branch after 'else' is never taken.", "Put 'else' last.");
            if (when is null == branch.Entry("else") is null || branch.Scalar("else")?.AsBool == false)
                report.Add("PB002", branch, "A branch has not exactly one of 'when' and 'else: true'.", "Give it one.");
            otherwise |= branch.Entry("else") is not null;

            var condition = when is null ? null : values.Expression(when, at.Environment, CelType.Bool);
            if (condition?.Expression is { } known)
            {
                cases.Take(when!, known);
                _conditions.Add(Sources(condition));
            }
            else if (when is null)
            {
                cases.Otherwise(branch);
            }

            var body = Walk(branch.Sequence("steps"), condition?.Expression is { } taken ? at.Knowing(taken.WhenTrue) : at);
            branches.Add(new ChooseBranch(condition?.Value as Expression, body.Steps, branch.Line, branch.Column));
            ways.Add(body.Flow);
            writes = Math.Max(writes, body.Writes);
            if (condition?.Expression is { } refused)
                at = at.Knowing(refused.WhenFalse);
        }

        _conditions.RemoveRange(depth, _conditions.Count - depth);
        if (!otherwise && !cases.Exhausted && sequence is not null)
            report.Add("PB052", node.Entry("choose")!.Key, $"Step '{id}' does not say what happens when no condition is true.", "Add '- else: true' with its steps (or with 'steps: []').");

        var inner = (sequence?.Items ?? []).OfType<YamlMapping>().SelectMany(branch => Ids(branch.Sequence("steps"))).Select(each => each.Text);
        return (new ChooseStep(id, node.Line, node.Column, branches), LeavesNothing(Joined(flow, ways), id).Without(inner, $"runs only on one branch of '{id}'"), writes);
    }

    /// <summary>What is certain whichever branch was taken.</summary>
    private static Flow Joined(Flow before, List<Flow> ways)
    {
        var open = ways.Where(way => !way.Ended).ToList();
        if (ways.Count > 0 && open.Count == 0)
            return before with { Ended = true };
        if (open.Count == 0)
            return before;
        var present = open.Select(way => way.Names.Present).Aggregate((a, b) => a.Intersect(b));
        var approved = open.Any(way => way.Approved is null) ? null : open.Select(way => way.Approved!).Aggregate((a, b) => a.Intersect(b));
        return before with
        {
            Names = before.Names with { Present = present },
            Approved = approved,
            SinceApproval = open.Select(way => way.SinceApproval).Aggregate((a, b) => a.Union(b)),
        };
    }

    private (Step?, Flow, long) Require(string id, YamlMapping node, Flow flow)
    {
        var condition = node.Scalar("require") is { } written ? values.Expression(written, flow.Environment, CelType.Bool) : CheckedValue.Broken;
        if (condition.Expression is { } known && known.Paths.Count == 0)
            report.Add("PB051", node.Scalar("require")!, "The condition is always the same.", "Compare something of the run, or take the step out.");
        var message = Text(node.Scalar("message"), flow.Knowing(condition.Expression?.WhenFalse ?? []));
        var step = condition.Value is Expression value ? new RequireStep(id, node.Line, node.Column, value, message) : null;
        return (step, LeavesNothing(flow.Knowing(condition.Expression?.WhenTrue ?? []), id), 0);
    }

    private (Step?, Flow, long) Let(string id, YamlMapping node, Flow flow)
    {
        var value = node.Scalar("let") is { } written ? values.Value(written, flow.Environment) : CheckedValue.Broken;
        if (value.Value is null)
            return (null, flow.Without([id], "itself has a problem"), 0);
        var sources = Sources(value);
        var after = flow.Left(id, StepOutputs.Let(value.Type!, value.OwnTaint), known: !sources.Exists(flow.SinceApproval.Contains));
        if (flow.Approved is { } approved && sources.TrueForAll(approved.Contains))
            after = after with { Approved = approved.Add(id) };
        return (new LetStep(id, node.Line, node.Column, value.Value), after, 0);
    }

    private (Step?, Flow, long) Finish(string id, YamlMapping node, Flow flow)
    {
        var end = node.Mapping("finish");
        var status = end?.Text("status") == "refused" ? FinishStatus.Refused : FinishStatus.Done;
        return (new FinishStep(id, node.Line, node.Column, status, Text(end?.Scalar("message"), flow)), LeavesNothing(flow, id) with { Ended = true }, 0);
    }
}
