using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Comparing;

/// <summary>
/// Which inputs, variables and steps go, directly or through others, into what a playbook changes, on whom, and whether it does:
/// a change of one of these may widen it as much as a change of the write itself.
/// </summary>
internal static class Feeding
{
    /// <returns>Names such as <c>input.person</c>, <c>vars.greeting</c>, <c>steps.found</c>.</returns>
    public static IReadOnlySet<string> Of(Playbook playbook)
    {
        var all = playbook.Steps.SelectMany(step => step.All).ToList();
        var makers = playbook.Vars.ToDictionary(named => $"vars.{named.Name}", named => (IEnumerable<PlaybookValue>)[named.Value]);
        foreach (var step in all)
        {
            // What a loop or a choice leaves is made from what stands in it as well.
            makers[$"steps.{step.Id}"] = step.All.SelectMany(StepFacts.Values);
            if (step is ForeachStep each)
                makers[each.As] = [each.In];
        }

        var found = new HashSet<string>(StringComparer.Ordinal);
        var toSee = new Queue<string>(all
            .Where(step => StepFacts.HasEffect(step) || step is RequireStep || step.Inner.SelectMany(inner => inner.All).Any(StepFacts.HasEffect))
            .SelectMany(StepFacts.Values).Append(playbook.Policy.TargetsPerson).OfType<PlaybookValue>().SelectMany(Names));
        while (toSee.TryDequeue(out var name))
        {
            if (!found.Add(name) || !makers.TryGetValue(name, out var made))
                continue;
            foreach (var other in made.SelectMany(Names))
                toSee.Enqueue(other);
        }

        return found;
    }

    private static IEnumerable<string> Names(PlaybookValue value) =>
        value.Paths.Select(path => path.Split('.')).Select(parts => parts is ["input" or "vars" or "steps", var name, ..] ? $"{parts[0]}.{name}" : parts[0]);
}
