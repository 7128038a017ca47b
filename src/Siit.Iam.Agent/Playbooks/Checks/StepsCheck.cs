using System.Collections.Immutable;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>
/// One pass over the steps with what is known at each point (<see cref="Flow"/>). The tree has no jumps, so what comes before,
/// what may be skipped and how often something runs follow from its form.
/// </summary>
internal sealed partial class StepsCheck(Report report, ValueCheck values, PlaybookPolicy policy, CelEnvironment names, bool compensates, ToolLock locked)
{
    private readonly HashSet<string> _toolsUsed = [];
    private int _inLoops;

    /// <summary>What a list of steps became.</summary>
    /// <param name="Writes">Calls of writing actions at most.</param>
    private sealed record Walked(List<Step> Steps, Flow Flow, long Writes);

    /// <param name="last">What is known when the last step is done.</param>
    public IReadOnlyList<Step> Check(YamlSequence? steps, out Flow last, out long writes, out IReadOnlySet<string> toolsUsed)
    {
        var ids = new Dictionary<string, YamlScalar>();
        foreach (var id in Ids(steps))
        {
            if (!ids.TryAdd(id.Text, id))
                report.Add("PB003", id, $"The id '{Report.Shown(id.Text)}' is taken by the step on line {ids[id.Text].Line}.", "An id names one step of the whole file.");
        }

        var flow = new Flow { Names = names }.Without(ids.Keys, "has not run here yet");
        var walked = Walk(steps, flow);
        (last, writes, toolsUsed) = (walked.Flow, walked.Writes, _toolsUsed);
        return walked.Steps;
    }

    private static IEnumerable<YamlScalar> Ids(YamlSequence? steps) => (steps?.Items ?? []).OfType<YamlMapping>().SelectMany(step =>
        (step.Scalar("id") is { } id ? [id] : Enumerable.Empty<YamlScalar>())
            .Concat(Ids(step.Sequence("steps")))
            .Concat((step.Mapping("parallel")?.Entries ?? []).SelectMany(branch => Ids(branch.Value as YamlSequence)))
            .Concat((step.Sequence("choose")?.Items ?? []).OfType<YamlMapping>().SelectMany(branch => Ids(branch.Sequence("steps")))));

    private Walked Walk(YamlSequence? sequence, Flow flow)
    {
        var steps = new List<Step>();
        long writes = 0;
        var told = false;
        foreach (var node in (sequence?.Items ?? []).OfType<YamlMapping>())
        {
            if (flow.Ended && !told)
            {
                report.Add("PB050", node, "This step can never run: the run has ended before it.", "Take it out, or move it before the end.");
                told = true;
            }

            if (Shapes.Verbs.Where(verb => node.Entry(verb.Name) is not null).ToList() is not [var one] || node.Text("id") is not { } id)
                continue;
            var (step, after, added) = One(one.Name, id, node, flow with { Ended = false });
            if (step is not null)
                steps.Add(step);
            flow = after with { Ended = after.Ended || told };
            writes = Sum(writes, added);
        }

        return new Walked(steps, flow, writes);
    }

    private (Step? Step, Flow After, long Writes) One(string verb, string id, YamlMapping node, Flow flow) => verb switch
    {
        "do" => Do(id, node, flow),
        "foreach" => Foreach(id, node, flow),
        "choose" => Choose(id, node, flow),
        "approve" => Approve(id, node, flow),
        "agent" => Agent(id, node, flow),
        "ask" => Ask(id, node, flow),
        "call" => Call(id, node, flow),
        "parallel" => Parallel(id, node, flow),
        "request" => Request(id, node, flow),
        "wait" => Wait(id, node, flow),
        "notify" => Notify(id, node, flow),
        "require" => Require(id, node, flow),
        "let" => Let(id, node, flow),
        "verify" => Verify(id, node, flow),
        _ => Finish(id, node, flow),
    };

    private static Flow LeavesNothing(Flow flow, string id) => flow.Without([id], "leaves nothing to read");

    private Template? Text(YamlScalar? scalar, Flow flow)
    {
        var read = scalar is null ? null : values.Template(scalar, flow.Environment);
        return read?.Value as Template;
    }

    private ActionDefinition? Tool(YamlScalar written)
    {
        if (ActionCatalog.Find(written.Text) is not { } action)
        {
            report.Add("PB010", written, $"There is no action '{Report.Shown(written.Text)}'.", Spelling.Hint(written.Text, ActionCatalog.All.Select(each => each.Name)));
            return null;
        }

        _toolsUsed.Add(action.Name);
        if (!policy.Tools.Contains(action))
            report.Add("PB011", written, $"'{action.Name}' is not among the tools that this playbook allows itself.", "Add it to policy.tools.");
        return action;
    }

    private static OnError OnErrorOf(YamlMapping? node) => node?.Text("onError") == "continue" ? OnError.Continue : OnError.Stop;

    private static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;

    private static long Times(long a, long b) => a != 0 && b > long.MaxValue / a ? long.MaxValue : a * b;
}
