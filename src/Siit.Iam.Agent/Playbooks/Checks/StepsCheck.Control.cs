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
            report.Add("PB021", loop!.Scalar("in")!, $"A {list.Type} cannot be looped over.", $"It has to be a list.{ValueCheck.Inside(list.Expression)}");
        var name = loop?.Text("as") ?? "";
        if (loop?.Scalar("as") is { } given && (flow.Environment.Variables.ContainsKey(name) || name == "person"))
            report.Add("PB003", given, $"The name '{Report.Shown(name)}' is taken.", "Choose another name for the loop's item.");

        var item = (list.Type as ListType)?.Item;
        var inside = item is null
            ? flow with { Names = flow.Names with { OutOfReach = flow.Names.OutOfReach.SetItem(name, "") } }
            : flow with { Names = flow.Names.With(name, item, list.OwnTaint) };
        var sources = Sources(list);
        _conditions.Add(sources);
        if (item is not null)
            _loops[name] = sources;
        _inLoops++;
        var body = Walk(node.Sequence("steps"), inside);
        var yielded = node.Scalar("yield") is { } hands ? values.Value(hands, body.Flow.Environment) : null;
        _inLoops--;
        _conditions.RemoveAt(_conditions.Count - 1);
        _loops.Remove(name);
        if (loop?.Scalar("maxFailures") is { } most && OnErrorOf(loop) != OnError.Continue)
            report.Add("PB053", most, "'maxFailures' says nothing: the first failed item ends the loop.", "Write 'onError: continue' beside it.");

        var max = (int)Math.Clamp(loop?.Scalar("max")?.AsInt ?? 1, 1, 1000);
        var after = flow.Without(Ids(node.Sequence("steps")).Select(inner => inner.Text), $"runs inside the loop '{id}'");
        after = yielded is { Value: null } ? after.Without([id], "") : after.Left(id, yielded is null ? StepOutputs.Foreach : StepOutputs.Yielding(yielded.Type!, max, yielded.OwnTaint));
        var step = list.Value is not Expression within ? null : new ForeachStep(id, node.Line, node.Column)
        {
            In = within,
            As = name,
            Max = max,
            Parallel = (int)Math.Clamp(loop?.Scalar("parallel")?.AsInt ?? 1, 1, 20),
            OnError = OnErrorOf(loop),
            MaxFailures = (int?)loop?.Scalar("maxFailures")?.AsInt,
            Yield = yielded?.Value,
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
        var yields = new List<CheckedValue>();
        var silent = false;
        var sequence = node.Sequence("choose");
        foreach (var branch in (sequence?.Items ?? []).OfType<YamlMapping>())
        {
            var when = branch.Scalar("when");
            if (otherwise)
                report.Add("PB051", branch, "A branch after 'else' is never taken.", "Put 'else' last.");
            if (when is null == branch.Entry("else") is null || branch.Scalar("else")?.AsBool == false)
                report.Add("PB002", branch, "A branch has not exactly one of 'when' and 'else: true'.", "Give it one.");
            otherwise |= when is null;

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

            var body = Walk(branch.Sequence("steps"), condition is null ? at : at.Knowing(condition.WhenTrue));
            var given = branch.Scalar("yield") is { } hands && !body.Flow.Ended ? values.Value(hands, body.Flow.Environment) : null;
            if (given is not null)
                yields.Add(given);
            silent |= branch.Scalar("yield") is null && !body.Flow.Ended;
            branches.Add(new ChooseBranch(condition?.Value as Expression, body.Steps, branch.Line, branch.Column, given?.Value));
            ways.Add(body.Flow);
            writes = Math.Max(writes, body.Writes);
            if (condition is not null)
                at = at.Knowing(condition.WhenFalse);
        }

        _conditions.RemoveRange(depth, _conditions.Count - depth);
        if (!otherwise && !cases.Exhausted && sequence is not null)
            report.Add("PB052", node.Entry("choose")!.Key, $"Step '{id}' does not say what happens when no condition is true.", "Add '- else: true' with its steps (or with 'steps: []').");

        var inner = (sequence?.Items ?? []).OfType<YamlMapping>().SelectMany(branch => Ids(branch.Sequence("steps"))).Select(each => each.Text);
        var joined = Joined(flow, ways);
        var after = Yielded(node, id, joined, yields, silent).Without(inner, $"runs only on one branch of '{id}'");
        return (new ChooseStep(id, node.Line, node.Column, branches), after, writes);
    }

    /// <summary>What the branches hand out, when they do: one type, from every one that goes on.</summary>
    private Flow Yielded(YamlMapping node, string id, Flow after, List<CheckedValue> yields, bool silent)
    {
        if (yields.Count == 0)
            return LeavesNothing(after, id);
        if (yields.Exists(value => value.Value is null))
            return after.Without([id], "");
        var key = node.Entry("choose")!.Key;
        if (silent)
        {
            report.Add("PB054", key, $"Some branches of '{id}' yield a value, and one does not.", "Give each branch that goes on a 'yield', or none.");
            return after.Without([id], "");
        }

        CelType? type = CelType.Nothing;
        foreach (var value in yields)
            type = type is null ? null : Types.Join(type, value.Type!);
        if (type is null)
        {
            report.Add("PB054", key, $"The branches of '{id}' yield different types: {string.Join(", ", yields.Select(value => value.Type!.ToString()).Distinct())}.", "All of them have to yield one type.");
            return after.Without([id], "");
        }

        var taint = yields.Aggregate(Taint.None, (all, value) => all | value.OwnTaint);
        return after.Left(id, StepOutputs.Let(type, taint));
    }

    private (Step?, Flow, long) Parallel(string id, YamlMapping node, Flow flow)
    {
        var branches = new List<ParallelBranch>();
        var ways = new List<Flow>();
        long writes = 0;
        var section = node.Mapping("parallel");
        if (section is { Entries.Count: < 2 })
            report.Add("PB053", node.Entry("parallel")!.Key, $"Step '{id}' has not at least two branches.", "Write the steps one after the other, or give it another branch.");
        foreach (var branch in section?.Entries ?? [])
        {
            var body = Walk(branch.Value as YamlSequence, flow);
            branches.Add(new ParallelBranch(branch.Key.Text, body.Steps));
            ways.Add(body.Flow);
            writes = Sum(writes, body.Writes);
            if (body.Flow.Ended)
                report.Add("PB053", branch.Key, $"Branch '{branch.Key.Text}' ends the run while others may be under way.", "Put 'finish' after the parallel step.");
        }

        // All have run: what each left and proved is there. Whoever agreed in one branch has not seen the others.
        var after = flow;
        foreach (var way in ways)
        {
            after = after with
            {
                Outputs = after.Outputs.AddRange(way.Outputs.Where(output => !after.Outputs.Exists(known => known.Name == output.Name))),
                Names = after.Names with { Present = after.Names.Present.Union(way.Names.Present) },
                Required = after.Required.Union(way.Required),
                Verified = after.Verified.AddRange(way.Verified.Except(after.Verified)),
                SinceApproval = after.SinceApproval.Union(way.SinceApproval).Union(way.Outputs.Select(output => output.Name).Except(flow.Outputs.Select(output => output.Name))),
            };
        }

        var ran = after.Outputs.Select(output => $"steps.{output.Name}");
        after = after with { Names = after.Names with { OutOfReach = after.Names.OutOfReach.RemoveRange(ran) } };
        return (new ParallelStep(id, node.Line, node.Column, branches), LeavesNothing(after, id), writes);
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
            Required = open.Select(way => way.Required).Aggregate((a, b) => a.Union(b)),
            SinceApproval = open.Select(way => way.SinceApproval).Aggregate((a, b) => a.Union(b)),
            Verified = open.Select(way => way.Verified).Aggregate((a, b) => a.RemoveAll(known => !b.Exists(known.IsSame))),
        };
    }

    private (Step?, Flow, long) Require(string id, YamlMapping node, Flow flow)
    {
        var condition = node.Scalar("require") is { } written ? values.Expression(written, flow.Environment, CelType.Bool) : CheckedValue.Broken;
        if (condition.Expression is { } known && known.Paths.Count == 0)
            report.Add("PB051", node.Scalar("require")!, "The condition is always the same.", "Compare something of the run, or take the step out.");
        var message = Text(node.Scalar("message"), flow.Knowing(condition.WhenFalse));
        var skips = SkipsItem(node);
        var step = condition.Value is Expression value ? new RequireStep(id, node.Line, node.Column, value, message, skips) : null;
        var after = flow.Knowing(condition.WhenTrue);
        return (step, LeavesNothing(after with { Required = after.Required.Union(Sources(condition)) }, id), 0);
    }

    private bool SkipsItem(YamlMapping node)
    {
        var skips = node.Text("else") == "skip";
        if (skips && _inLoops == 0)
            report.Add("PB053", node.Entry("else")!.Key, "'else: skip' ends the current item of a loop, and there is no loop here.", "Take it out, or use 'choose'.");
        return skips;
    }

    private (Step?, Flow, long) Let(string id, YamlMapping node, Flow flow)
    {
        var value = node.Scalar("let") is { } written ? values.Value(written, flow.Environment) : CheckedValue.Broken;
        if (value.Value is null)
            return (null, flow.Without([id], ""), 0);
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
