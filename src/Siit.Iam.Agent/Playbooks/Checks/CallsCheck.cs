using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>What only the whole folder tells: that called playbooks are there, fit, do no more than their callers may, and do not go round in a circle.</summary>
internal static class CallsCheck
{
    public static IEnumerable<Finding> Check(IReadOnlyDictionary<string, Playbook> playbooks)
    {
        foreach (var playbook in playbooks.Values)
        {
            foreach (var call in playbook.Steps.SelectMany(step => step.All).OfType<CallStep>())
            {
                foreach (var (code, message, hint) in Problems(playbook, call, playbooks))
                    yield return new Finding(code, playbook.File.Path, call.Line, call.Column, message, hint);
            }
        }
    }

    private static IEnumerable<(string Code, string Message, string Hint)> Problems(Playbook caller, CallStep call, IReadOnlyDictionary<string, Playbook> playbooks)
    {
        if (!playbooks.TryGetValue(call.Playbook, out var callee))
        {
            yield return ("PB080", $"There is no playbook '{call.Playbook}', or it has errors.", Spelling.Hint(call.Playbook, playbooks.Keys));
            yield break;
        }

        if (!call.Takes(callee.Version))
            yield return ("PB080", $"'{call.Playbook}' is version {callee.Version}, and the call takes {call.Version}.", "Look at what has changed, then name the new version.");
        if (Reaches(callee, caller.Id, playbooks, []))
            yield return ("PB082", $"'{call.Playbook}' calls '{caller.Id}' again: the runs would never end.", "Take one of the calls out.");
        if (callee.Policy.ToolNames.Except(caller.Policy.ToolNames).ToList() is { Count: > 0 } more)
            yield return ("PB081", $"'{call.Playbook}' uses {string.Join(", ", more)}, which this playbook does not allow itself.", "Add it to policy.tools: a run can do no more than it says, called ones included.");
        foreach (var (name, _) in call.With.Where(given => callee.Inputs.All(input => input.Name != given.Name)))
            yield return ("PB081", $"'{call.Playbook}' has no input '{Report.Shown(name)}'.", Spelling.Hint(name, callee.Inputs.Select(input => input.Name)));
        foreach (var missing in callee.Inputs.Where(input => input.Required && call.With.All(given => given.Name != input.Name)))
            yield return ("PB081", $"'{call.Playbook}' needs input '{missing.Name}'.", "Add it under 'with'.");
        foreach (var (name, value) in call.With)
        {
            if (callee.Inputs.FirstOrDefault(input => input.Name == name) is not { } input)
                continue;
            var type = value is Expression expression ? expression.Type : value is Template ? CelType.String : null;
            if (type is not null && !Takes(input, type))
                yield return ("PB081", $"Input '{name}' of '{call.Playbook}' is a {StepOutputs.Of(input)}, and this is a {type}.", "Compute a value of its type.");
            else if (value is Literal literal && literal.Evaluate(Scope.Empty) is { } written && input.Problem(written) is { } problem)
                yield return ("PB081", $"Input of '{call.Playbook}': {problem}", "Give it a value of its type.");
        }
    }

    private static bool Takes(PlaybookInput input, CelType type) => Types.Fits(type, StepOutputs.Of(input)) || (input.Kind == InputKind.Employee && Types.Fits(type, CelType.Person));

    private static bool Reaches(Playbook from, string to, IReadOnlyDictionary<string, Playbook> playbooks, HashSet<string> seen) => from.Id == to
        || (seen.Add(from.Id) && from.Steps.SelectMany(step => step.All).OfType<CallStep>()
            .Any(call => playbooks.TryGetValue(call.Playbook, out var next) && Reaches(next, to, playbooks, seen)));
}
