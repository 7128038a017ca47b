using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Drawing;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Comparing;

/// <summary>
/// What two versions of a playbook differ in, in meaning: what a run may do, to whom, who agrees before. How a file is written makes
/// no difference. Fails closed: what cannot be shown to narrow counts as wider.
/// </summary>
internal sealed class PlaybookComparison
{
    private readonly Playbook _old;
    private readonly Playbook _new;
    private readonly Dictionary<string, Placing> _before;
    private readonly Dictionary<string, Placing> _after;
    private readonly HashSet<string> _feeding;

    private PlaybookComparison(Playbook old, Playbook now)
    {
        (_old, _new) = (old, now);
        (_before, _after) = (Placed(old.Steps), Placed(now.Steps));
        _feeding = [.. Feeding.Of(old), .. Feeding.Of(now)];
    }

    /// <summary>The worst first; of the same weight in the order of the file. Empty when there is no difference in meaning.</summary>
    public static IReadOnlyList<Difference> Of(Playbook old, Playbook now)
    {
        var compared = new PlaybookComparison(old, now);
        List<Difference> found = [.. compared.Gates(), .. compared.Policy(), .. compared.Triggers(), .. compared.Inputs(), .. compared.Steps(), .. compared.Rest()];
        if (found.Count > 0 && old.Id == now.Id && old.Version == now.Version)
            found.Add(new Difference(Weight.Other, "version", $"Both say {now.Version}, and they are not the same."));
        return [.. found.OrderBy(difference => difference.Weight)];
    }

    /// <summary>What stood before each effect on every way to it, and does not any more, or does now.</summary>
    private IEnumerable<Difference> Gates()
    {
        var (before, after) = (Agreements.Of(_old), Agreements.Of(_new));
        foreach (var (id, (step, path, _)) in _after.Where(placed => StepFacts.HasEffect(placed.Value.Step)))
        {
            var now = after[id];
            if (!before.TryGetValue(id, out var then) || !StepFacts.HasEffect(_before[id].Step))
            {
                if (StepFacts.IsWrite(step))
                    yield return new Difference(Weight.Wider, path, $"A new change: {Named(step)}. {Agreed(now, step)}");
                continue;
            }

            if (StepFacts.IsWrite(step) && then.Approvers != now.Approvers)
            {
                yield return (then.Approvers, now.Approvers) switch
                {
                    (not null, null) => new Difference(Weight.Wider, path, $"No approval stands before '{Named(step)}' on every path any more; its own gate asks {Own(step)}."),
                    (null, not null) => new Difference(Weight.Narrower, path, $"An approval stands before '{Named(step)}' on every path now ({now.Approval ?? "one on each"})."),
                    var (old, changed) => new Difference(changed < old ? Weight.Wider : Weight.Narrower, path, $"People who agree before '{Named(step)}': {Word(old)} -> {Word(changed)}."),
                };
            }

            foreach (var lost in then.Conditions.Except(now.Conditions).Order(StringComparer.Ordinal))
                yield return new Difference(Weight.Wider, path, $"'{lost}' does not stand before '{Named(step)}' on every path any more.");
        }
    }

    private IEnumerable<Difference> Policy()
    {
        var (old, now) = (_old.Policy, _new.Policy);
        foreach (var difference in Fact.Compare("bound", Bound(_old), Bound(_new)).Concat(Fact.Compare("policy", Facts(old), Facts(now))))
            yield return difference;
    }

    private static IReadOnlyList<Fact> Bound(Playbook playbook) => [Fact.Most("people", playbook.Bound.People), Fact.Most("writes", playbook.Bound.Writes)];

    private static IReadOnlyList<Fact> Facts(PlaybookPolicy policy) =>
    [
        Fact.Condition("targets.person", policy.TargetsPerson),
        Fact.Words("tools", policy.ToolNames),
        Fact.Words("connections", policy.Connections),
        Fact.Most("limits.people", policy.Limits.People),
        Fact.Most("limits.writes", policy.Limits.Writes),
        Fact.Most("daily.people", policy.Daily?.People),
        Fact.Most("daily.percent", policy.Daily?.Percent),
        new Fact("concurrency", policy.Concurrency is { } one ? $"{one.Mode.ToString().ToLowerInvariant()} by {Fact.Normal(one.Key)}" : null, (before, after) => after is null ? Weight.Wider : before is null ? Weight.Narrower : Weight.Other),
        Fact.Loosens("preempts", policy.Preempts),
    ];

    private IEnumerable<Difference> Triggers()
    {
        foreach (var trigger in _new.Triggers)
        {
            if (_old.Triggers.FirstOrDefault(known => known.Name == trigger.Name) is not { } known)
                yield return new Difference(Weight.Wider, "triggers", $"It is also started so: {TriggerWords.Of(trigger)}.");
            else
                foreach (var difference in Fact.Compare($"trigger {trigger.Name}", Facts(known), Facts(trigger)))
                    yield return difference;
        }

        foreach (var trigger in _old.Triggers.Where(trigger => _new.Triggers.All(known => known.Name != trigger.Name)))
            yield return new Difference(Weight.Narrower, "triggers", $"It is not started so any more: {TriggerWords.Of(trigger)}.");
    }

    private IReadOnlyList<Fact> Facts(Trigger trigger) =>
    [
        Fact.Condition("where", trigger.Where),
        .. trigger.Bind.Select(bound => Fact.Guarding($"bind.{bound.Name}", Fact.Normal(bound.Value), _feeding.Contains($"input.{bound.Name}"))),
        .. trigger switch
        {
            HrisDateTrigger date => new[] { Fact.Plain("at", $"{date.At:HH:mm} {date.Zone}"), Fact.Plain("catchUp", CelTime.IsoText(date.CatchUp)) },
            ScheduleTrigger schedule => [Fact.Plain("catchUp", CelTime.IsoText(schedule.CatchUp))],
            ManualTrigger manual => [Fact.Words("roles", manual.Roles)],
            PromptTrigger prompt => [Fact.Plain("description", prompt.Description)],
            _ => [],
        },
    ];

    private IEnumerable<Difference> Inputs()
    {
        foreach (var input in _new.Inputs)
        {
            if (_old.Inputs.FirstOrDefault(known => known.Name == input.Name) is { } known)
                foreach (var difference in Fact.Compare($"input {input.Name}", Facts(known), Facts(input)))
                    yield return difference;
            else
                yield return new Difference(Weight.Other, "inputs", $"'{input.Name}' is new.");
        }

        foreach (var input in _old.Inputs.Where(input => _new.Inputs.All(known => known.Name != input.Name)))
            yield return new Difference(Weight.Other, "inputs", $"'{input.Name}' is gone.");
    }

    private IReadOnlyList<Fact> Facts(PlaybookInput input) =>
    [
        Fact.Guarding("type", input.Kind.ToString()),
        Fact.Words("values", input.Kind == InputKind.Enum ? input.Values : null),
        Fact.Most("max", input.Max),
        Fact.Least("min", input.Min),
        new Fact("trust", input.Untrusted ? "untrusted" : null, (_, now) => now is null ? Weight.Wider : Weight.Narrower),
        Fact.Guarding("default", input.Default?.ToJsonString(), _feeding.Contains($"input.{input.Name}")),
        Fact.Plain("optional", input.Optional ? "yes" : "no"),
    ];

    private IEnumerable<Difference> Steps()
    {
        foreach (var (id, (step, path, under)) in _after)
        {
            if (!_before.TryGetValue(id, out var was) || StepFacts.Verb(was.Step) != StepFacts.Verb(step))
            {
                // New changes are told with what stands before them.
                if (!StepFacts.IsWrite(step))
                    yield return new Difference(step is ApproveStep or RequireStep or FinishStep ? Weight.Narrower : step is CallStep ? Weight.Wider : Weight.Other, path, $"A new step: {StepFacts.Verb(step)}.");
                continue;
            }

            if (was.Path != path)
                yield return new Difference(StepFacts.HasEffect(step) ? Weight.Wider : Weight.Other, path, $"Moved here from {was.Path}.");
            if (was.Under != under && StepFacts.HasEffect(step))
                yield return new Difference(Weight.Wider, path, $"It runs when: {Shown(was.Under)} -> {Shown(under)}");
            var feeds = _feeding.Contains($"steps.{id}");
            var delays = step is WaitStep && (IsBeforeARemoval(_before, id) || IsBeforeARemoval(_after, id));
            foreach (var difference in Fact.Compare(path, StepFacts.Of(was.Step, feeds, delays), StepFacts.Of(step, feeds, delays)))
                yield return difference;
        }

        foreach (var (_, (step, path, _)) in _before.Where(placed => !_after.TryGetValue(placed.Key, out var now) || StepFacts.Verb(now.Step) != StepFacts.Verb(placed.Value.Step)))
            yield return new Difference(step is ApproveStep or RequireStep or FinishStep ? Weight.Wider : StepFacts.HasEffect(step) ? Weight.Narrower : Weight.Other, path, $"Gone: {StepFacts.Verb(step)}{(step is ActingStep act ? $" {act.Does}" : "")}.");
        if (Reordered() is { Count: > 0 } moved)
            yield return new Difference(Weight.Other, "steps", $"They run in another order: {string.Join(", ", moved)}.");
    }

    /// <summary>In the order of the file; in a loop what stands before it comes after it, too.</summary>
    private static bool IsBeforeARemoval(Dictionary<string, Placing> placed, string wait) =>
        placed.SkipWhile(each => each.Key != wait).Any(each => StepFacts.TakesAway(each.Value.Step))
        || placed.Values.Any(each => each.Step is ForeachStep && each.Step.All.Any(inner => inner.Id == wait) && each.Step.All.Any(StepFacts.TakesAway));

    /// <summary>Steps of both that come before others than they did.</summary>
    private List<string> Reordered()
    {
        var (old, now) = (_before.Keys.Where(_after.ContainsKey).ToList(), _after.Keys.Where(_before.ContainsKey).ToList());
        return [.. now.Where((id, at) => old[at] != id)];
    }

    private IEnumerable<Difference> Rest()
    {
        var gates = new Fact("onFailure", Word(_new.OnFailure), (old, now) => Strictness(now!) < Strictness(old!) ? Weight.Wider : Weight.Narrower);
        return Fact.Compare("playbook", [gates with { Value = Word(_old.OnFailure) }, .. Facts(_old)], [gates, .. Facts(_new)]);

        static string Word(OnFailure onFailure) => onFailure.ToString().ToLowerInvariant();

        // Going on after a failure does the most; taking everything back leaves the least.
        static int Strictness(string onFailure) => onFailure switch { "continue" => 0, "stop" => 1, _ => 2 };
    }

    private IReadOnlyList<Fact> Facts(Playbook playbook) =>
    [
        Fact.Plain("id", playbook.Id),
        Fact.Plain("version", playbook.Version),
        Fact.Plain("title", playbook.Title),
        Fact.Plain("description", playbook.Description),
        Fact.Plain("owner", playbook.Owner),
        .. playbook.Vars.Select(named => Fact.Guarding($"vars.{named.Name}", Fact.Normal(named.Value), _feeding.Contains($"vars.{named.Name}"))),
        .. playbook.Outputs.Select(named => Fact.Plain($"outputs.{named.Name}", Fact.Normal(named.Value))),
    ];

    private static string Agreed(Before now, Step write) => now.Approvers is { } approvers
        ? $"The plan before it is agreed to by {Word(approvers)}."
        : $"No approval stands before it on every path; its own gate asks {Own(write)}.";

    private static string Own(Step step) => Word((step as ActingStep)?.Approval);

    private static string Word(Approvers? approvers) => approvers switch
    {
        Approvers.One => "one other person",
        Approvers.Two => "two other people",
        Approvers.Refuse => "nobody, it is refused",
        _ => "nobody",
    };

    private static string Shown(string under) => under.Length == 0 ? "always" : HiddenText.Shown(under, 200);

    private static string Named(Step step) => step is ActingStep act ? act.Does : step.Id;

    private static Dictionary<string, Placing> Placed(IReadOnlyList<Step> steps)
    {
        var placed = new Dictionary<string, Placing>(StringComparer.Ordinal);
        Place(steps, "", "");
        return placed;

        void Place(IEnumerable<Step> list, string at, string under)
        {
            foreach (var step in list)
            {
                var path = $"{at}/{step.Id}";
                placed[step.Id] = new Placing(step, path, under);
                switch (step)
                {
                    case ParallelStep parallel:
                        parallel.Branches.ToList().ForEach(branch => Place(branch.Steps, $"{path}/{branch.Name}", under));
                        break;
                    case ChooseStep choose:
                        var not = under;
                        foreach (var branch in choose.Branches)
                        {
                            var when = branch.When is null ? "" : CelText.Of(branch.When.Text);
                            Place(branch.Steps, path, And(not, when));
                            not = And(not, $"not {when}");
                        }

                        break;
                    default:
                        Place(step.Inner, path, under);
                        break;
                }
            }
        }
    }

    private static string And(string one, string other) => one.Length == 0 || other.Length == 0 ? one + other : $"{one}, {other}";

    /// <param name="Path">As the journal of a run names it, without the numbers of items.</param>
    /// <param name="Under">The conditions of the branches around it, those of the branches before them denied.</param>
    private sealed record Placing(Step Step, string Path, string Under);
}
