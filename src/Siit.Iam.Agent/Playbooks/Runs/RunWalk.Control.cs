using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Comparing;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs.Telling;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>Which steps run, and how often.</summary>
internal sealed partial class RunWalk
{
    private async Task<StepEnd> RequireAsync(RequireStep step, string path, Scope scope)
    {
        var decided = await journal.DecideAsync(
            path,
            () => step.Condition.IsTrue(scope)
                ? new JsonObject { ["holds"] = true }
                : new JsonObject { ["holds"] = false, ["message"] = step.Message?.Render(scope) ?? $"The playbook demands: {step.Condition.Text}" },
            value => value!["holds"]!.GetValue<bool>() ? $"Holds: {step.Condition.Text}" : $"Does not hold: {step.Condition.Text}",
            () => Operands.Of([step.Condition], scope));
        if (step.Skips && !decided!["holds"]!.GetValue<bool>())
            return SkippedEnd.Item;
        return decided!["holds"]!.GetValue<bool>()
            ? StepEnd.Done
            : new FinishedEnd(RunState.Refused, "require", HiddenText.Shown(decided["message"]!.GetValue<string>(), 500));
    }

    private async Task<StepEnd> LetAsync(LetStep step, string path, Scope scope)
    {
        var value = await journal.DecideAsync(path, () => step.Value.Evaluate(scope), _ => $"'{step.Id}' is computed.");
        _steps[step.Id] = new JsonObject { ["value"] = value };
        return StepEnd.Done;
    }

    private async Task<StepEnd> ChooseAsync(ChooseStep step, string path, Place place)
    {
        var taken = await journal.DecideAsync(
            path,
            () => Enumerable.Range(0, step.Branches.Count).First(i => step.Branches[i].When?.IsTrue(place.Scope) != false),
            value => step.Branches[value!.GetValue<int>()].When is { } when ? $"Takes the branch {when.Text}" : "Takes the branch else",
            () => Operands.Of(step.Branches.Select(branch => branch.When), place.Scope));
        var branch = step.Branches[taken!.GetValue<int>()];
        var end = await ListAsync(new Place(branch.Steps, path, place.Scope, place, place.InLoop));
        // No id of a step holds a dot.
        if (ReferenceEquals(end, StepEnd.Done) && branch.Yield is { } value)
            _steps[step.Id] = new JsonObject { ["value"] = await journal.DecideAsync($"{path}.yield", () => value.Evaluate(place.Scope), _ => $"'{step.Id}' yields a value.") };
        return end;
    }

    private async Task<StepEnd> ForeachAsync(ForeachStep step, string path, Place place)
    {
        var items = (JsonArray)(await journal.DecideAsync(path, () => step.In.Items(place.Scope), value => $"{((JsonArray)value!).Count} items.", () => Operands.Of([step.In], place.Scope)))!;
        if (items.Count > step.Max)
            return TooManyItems(step, path, items.Count);
        if (PartOf(step, path, _steps) is { } part)
            return part;
        if (OverLimits(Ahead([step], path[..^(step.Id.Length + 1)], place.Scope)) is { } over)
            return over;
        var counts = new LoopCounts(items.Count, step.Yield is not null);
        var (waiting, plan) = ((StepEnd?)null, _plan);
        var left = new List<FailedEnd>();
        for (var i = 0; i < items.Count && counts.Waiting < step.Parallel; i++)
        {
            Forget(step.Steps);
            _plan = plan;
            var end = await ListAsync(new Place(step.Steps, $"{path}[{i}]", place.Scope.With(step.As, items[i]), place, InLoop: true));
            // What is not agreed to for one item says nothing of the others.
            if (end is FinishedEnd { NotAgreedAt: { } at } no && step.OnError == OnError.Continue)
                end = new FailedEnd(at, no.Code, no.Message, Fatal: false);
            if (end is FinishedEnd)
                return end;
            counts.Add(end);
            if (ReferenceEquals(end, StepEnd.Done) && step.Yield is { } yield)
                counts.Values!.Add(await journal.DecideAsync($"{path}[{i}].yield", () => yield.Evaluate(place.Scope.With(step.As, items[i])), _ => $"'{step.Id}' yields a value."));
            if (end is ParkedEnd or LaterEnd)
                waiting = ParkedEnd.Both(waiting, end);
            _steps[step.Id] = counts.Told();
            if (end is FailedEnd first && step.OnError == OnError.Stop)
                return waiting ?? first;
            if (end is FailedEnd passed)
                left.Add(passed);
            if (counts.Failed > step.MaxFailures)
                return waiting ?? new FailedEnd(path, "too_many_failures", $"{counts.Failed} items failed; the playbook goes on with at most {step.MaxFailures}.", Fatal: false);
        }

        Forget(step.Steps);
        _steps[step.Id] = counts.Told();
        // Going on past an item is no success: the run goes on to its end, and ends as failed.
        if (waiting is null)
            _failures.AddRange(left);
        return waiting ?? StepEnd.Done;
    }

    private async Task<StepEnd> ParallelAsync(ParallelStep step, string path, Place place)
    {
        var (waiting, failed, plan) = ((StepEnd?)null, (StepEnd?)null, _plan);
        foreach (var branch in step.Branches)
        {
            // Agreed to in one branch is not agreed to in another.
            _plan = plan;
            var end = await ListAsync(new Place(branch.Steps, $"{path}/{branch.Name}", place.Scope, place, place.InLoop));
            if (end is FinishedEnd or SkippedEnd)
                return end;
            if (end is ParkedEnd or LaterEnd)
                waiting = ParkedEnd.Both(waiting, end);
            else if (end is FailedEnd)
                failed ??= end;
        }

        _plan = plan;
        return waiting ?? failed ?? StepEnd.Done;
    }

    /// <summary>A loop over one page of a longer list would leave out the others, and nobody would notice.</summary>
    private FinishedEnd? PartOf(ForeachStep step, string path, JsonObject steps)
    {
        foreach (var id in step.In.Paths.Select(path => path.Split('.')).Where(parts => parts is ["steps", _, ..]).Select(parts => parts[1]))
        {
            // Whoever looks at the cursor knows that there are pages.
            if (steps[id] is JsonObject answer && answer["next_cursor"] is not null && !IsRead($"steps.{id}.next_cursor"))
                return new FinishedEnd(RunState.Failed, "too_many_items", $"{path} goes over one page of what '{id}' has read, and there is more. None of them was begun: read less, or more at once ('limit').");
        }

        return null;
    }

    /// <summary>Whether some step of the playbook computes with what stands at a place.</summary>
    private bool IsRead(string place) => playbook.Steps.SelectMany(step => step.All).SelectMany(StepFacts.Values).SelectMany(value => value.Paths).Contains(place);

    private static FinishedEnd TooManyItems(ForeachStep step, string path, int count) =>
        new(RunState.Failed, "too_many_items", $"{path} has {count} items; the playbook allows {step.Max}. None of them was begun.");

    /// <summary>How the items of a loop came out so far.</summary>
    private sealed class LoopCounts(int total, bool yields)
    {
        private int _ok;
        private int _skipped;

        /// <summary>What the items yield; null when they do not.</summary>
        public JsonArray? Values { get; } = yields ? [] : null;

        public int Failed { get; private set; }

        public int Waiting { get; private set; }

        public void Add(StepEnd end) => _ = end switch
        {
            FailedEnd => Failed++,
            SkippedEnd => _skipped++,
            ParkedEnd or LaterEnd => Waiting++,
            _ => _ok++,
        };

        public JsonObject Told()
        {
            var told = new JsonObject { ["total"] = total, ["ok"] = _ok, ["failed"] = Failed, ["skipped"] = _skipped };
            if (Values is not null)
                told["values"] = Values.DeepClone();
            return told;
        }
    }
}
