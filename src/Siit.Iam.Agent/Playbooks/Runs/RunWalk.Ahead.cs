using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>
/// What the run will ask for, as far as it can be told from here. What depends on something not known yet is left out; its call
/// is then covered by no plan and asked for at its own gate.
/// </summary>
internal sealed partial class RunWalk
{
    /// <param name="with">The step that the walk stands before, when it is one of those asked for.</param>
    private Look Ahead(Place place, Step? with, string path, bool toNextApprove = false)
    {
        var look = new Look(this, toNextApprove);
        if (with is not null)
            look.Take([with], path[..^(with.Id.Length + 1)], place.Scope);
        for (var at = place; at is not null; at = at.Outer)
        {
            // Beyond the current item of a loop come the same steps again, for items that are counted when the loop is met.
            if (!look.Take(at.Rest, at.Path, at.Scope) || at.InLoop)
                break;
        }

        return look;
    }

    private Look Ahead(IReadOnlyList<Step> steps, string path, Scope scope)
    {
        var look = new Look(this, toNextApprove: false);
        look.Take(steps, path, scope);
        return look;
    }

    private bool GoesOn => playbook.OnFailure == OnFailure.Continue;

    private sealed class Look(RunWalk walk, bool toNextApprove)
    {
        private readonly JsonObject _steps = walk._steps.DeepClone().AsObject();
        private readonly List<string> _waits = [];
        private bool _skipping;
        private bool _mayFail = walk.GoesOn;

        public List<PlanEntry> Entries { get; } = [];

        /// <summary>What models may do by themselves, as sentences: with which arguments nobody can know yet.</summary>
        public List<string> Models { get; } = [];

        /// <summary>A loop that will not begin.</summary>
        public FinishedEnd? TooMany { get; private set; }

        /// <summary>The first change of somebody whom the playbook is not about.</summary>
        public FailedEnd? NotATarget { get; private set; }

        /// <summary>False when nothing that follows can be told or belongs to it.</summary>
        public bool Take(IReadOnlyList<Step> steps, string path, Scope scope)
        {
            scope = scope.With("steps", _steps);
            foreach (var step in steps)
            {
                if (!Take(step, $"{path}/{step.Id}", scope))
                    return false;
                if (_skipping)
                    break;
            }

            return true;
        }

        private bool Take(Step step, string path, Scope scope)
        {
            switch (step)
            {
                // What needs a proof cannot be agreed to before it is there.
                case ApproveStep or VerifyStep:
                    return !toNextApprove;
                case FinishStep:
                    return false;
                case DoStep { Action.IsRead: false } write:
                    if (Known(() => walk.Arguments(write, scope, write: true)) is not { } input || input["person"] is not JsonValue who)
                        return true;
                    if (Known(() => new JsonObject { ["target"] = walk.IsTarget(who.GetValue<string>(), scope) }) is { } aimed && !aimed["target"]!.GetValue<bool>())
                        NotATarget ??= _mayFail ? null : RunWalk.NotATarget(path, who.GetValue<string>());
                    else
                        Entries.Add(new PlanEntry(path, write.Action.Name, input, write.Unsupported == Unsupported.Skip, _waits.Count == 0 ? null : string.Join(", then ", _waits), _mayFail));
                    return true;
                case ToolStep { Tool.IsRead: false } write:
                    if (Known(() => Given(write, scope)) is { } arguments)
                        Entries.Add(new PlanEntry(path, write.Tool.Name, ToolCall.InputOf(write.Tool, arguments), MayFail: _mayFail));
                    return true;
                case AgentStep agent when agent.Writes.Any():
                    Models.Add($"{path}: a model may call {string.Join(", ", agent.Writes.Select(tool => tool.Name))} by itself, at most {agent.Budget.ToolCalls} times, with what it writes then; that is not shown here.");
                    return true;
                case LetStep let:
                    if (Known(() => new JsonObject { ["value"] = let.Value.Evaluate(scope) }) is { } value)
                        _steps[let.Id] = value;
                    return true;
                case RequireStep { Skips: true } skip:
                    _skipping = Known(() => new JsonObject { ["holds"] = skip.Condition.IsTrue(scope) }) is { } known && !known["holds"]!.GetValue<bool>();
                    return true;
                case RequireStep require:
                    return Known(() => new JsonObject { ["holds"] = require.Condition.IsTrue(scope) }) is not { } decided || decided["holds"]!.GetValue<bool>();
                case WaitStep wait:
                    _waits.Add(Known(() => new JsonObject { ["told"] = walk.Told(wait, scope) }) is { } told ? told["told"]!.GetValue<string>() : "later");
                    // What ends a wait early is not foreseen: the plan holds what comes when nothing does, and that is the more.
                    if (wait.WakeOn is not null)
                        _steps[wait.Id] = new JsonObject { ["woken"] = false };
                    return true;
                case ForeachStep each:
                    return Take(each, path, scope);
                case ChooseStep choose:
                    return Known(() => new JsonObject { ["taken"] = Enumerable.Range(0, choose.Branches.Count).First(i => choose.Branches[i].When?.IsTrue(scope) != false) }) is not { } taken
                        || Take(choose, choose.Branches[taken["taken"]!.GetValue<int>()], path, scope);
                case ParallelStep parallel:
                    return parallel.Branches.All(branch => Take(branch.Steps, $"{path}/{branch.Name}", scope));
                default:
                    return true;
            }
        }

        private bool Take(ChooseStep choose, ChooseBranch branch, string path, Scope scope)
        {
            if (!Take(branch.Steps, path, scope))
                return false;
            if (branch.Yield is { } yield && !_skipping && Known(() => new JsonObject { ["value"] = yield.Evaluate(scope.With("steps", _steps)) }) is { } value)
                _steps[choose.Id] = value;
            return true;
        }

        private bool Take(ForeachStep each, string path, Scope scope)
        {
            if (Known(() => new JsonObject { ["items"] = each.In.Items(scope) }) is not { } known)
                return true;
            var items = known["items"]!.AsArray();
            if (items.Count > each.Max)
            {
                TooMany ??= TooManyItems(each, path, items.Count);
                return false;
            }

            if (walk.PartOf(each, path, _steps) is { } part)
            {
                TooMany ??= part;
                return false;
            }

            var outside = _mayFail;
            _mayFail |= each.OnError == OnError.Continue;
            for (var i = 0; i < items.Count; i++)
            {
                if (!Take(each.Steps, $"{path}[{i}]", scope.With(each.As, items[i])))
                    return false;
                _skipping = false;
            }

            _mayFail = outside;
            return true;
        }

        private static JsonObject? Known(Func<JsonObject> compute)
        {
            try
            {
                return compute();
            }
            catch (ExpressionException)
            {
                // It reads what a step that has not run yet will leave.
                return null;
            }
        }
    }
}
