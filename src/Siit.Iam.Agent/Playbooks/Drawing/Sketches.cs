using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Comparing;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Drawing;

/// <summary>From a checked playbook to what is drawn of it.</summary>
internal static class Sketches
{
    private const int Longest = 160;

    public static Sketch Of(Playbook playbook)
    {
        var before = Agreements.Of(playbook);
        var policy = playbook.Policy;
        List<string> bounds =
        [
            $"May use {Listed(policy.ToolNames)}{(policy.Connections is { } connections ? $" at {Listed(connections)}" : "")}",
            $"Reaches {playbook.Bound} (limits {policy.Limits.People} and {policy.Limits.Writes})",
        ];
        if (policy.TargetsPerson is { } targets)
            bounds.Add($"Only on a person for whom {Short(targets.Text)}");
        if (policy.Daily is { } daily)
            bounds.Add($"More than {daily.People} people{(daily.Percent > 0 ? $" and {daily.Percent} %" : "")} in a day halt it");
        if (policy.Concurrency is { } concurrency)
            bounds.Add($"One run at a time for {Short(concurrency.Key.Written)}: {concurrency.Mode.ToString().ToLowerInvariant()}");
        if (policy.Preempts)
            bounds.Add("Ends other playbooks' runs about the same person");
        return new Sketch(
            Short(playbook.Title), $"{playbook.Id} {playbook.Version}, {Short(playbook.Owner)}", [.. playbook.Triggers.Select(TriggerWords.Of)], bounds,
            [.. playbook.Steps.Select(step => Of(step, before))],
            playbook.OnFailure switch
            {
                OnFailure.Continue => "When a change fails, the steps after it still run, and the run ends as failed",
                OnFailure.Compensate => "When a step fails, what the run has changed is taken back in reverse order",
                _ => "When a step fails, the run ends there",
            });
    }

    private static SketchStep Of(Step step, IReadOnlyDictionary<string, Before> before)
    {
        SketchStep Plain(SketchKind kind, string title, params IEnumerable<string> lines) => new(step.Id, kind, title, [.. lines], null, []);
        IReadOnlyList<SketchStep> All(IReadOnlyList<Step> steps) => [.. steps.Select(inner => Of(inner, before))];

        return step switch
        {
            DoStep { Action.IsRead: true } read => Plain(SketchKind.Read, read.Action.Title, Arguments(read.With)),
            DoStep write => new SketchStep(step.Id, SketchKind.Change, write.Action.Title, [.. Arguments(write.With), .. Beside(write)], GateOf(write, before[write.Id]), []),
            ToolStep { Tool.IsRead: true } read => Plain(SketchKind.Read, $"Reads with {read.Tool.Name}", Arguments(read.With)),
            ToolStep write => new SketchStep(
                step.Id, SketchKind.Change, $"Calls {write.Tool.Name}", [.. Arguments(write.With), .. GoesOn(write)], GateOf(write, before[write.Id]), []),
            ApproveStep approve => new SketchStep(
                step.Id, SketchKind.Gate, Agreeing(approve),
                [Short(approve.Summary.Written), $"A no, or silence for {Spans.Words(approve.Timeout)}, {(approve.Skips ? "skips this item" : "ends the run as refused")}"],
                approve.Seats is null ? approve.Approvers == Approvers.Two ? "two others" : "one other" : approve.Word(), []),
            ForeachStep each => new SketchStep(
                step.Id, SketchKind.Loop, $"For each {each.As} of {Short(each.In.Text)}",
                [
                    $"At most {each.Max}{(each.Parallel > 1 ? $", {each.Parallel} at a time" : ", one after the other")}",
                    .. each.OnError == OnError.Continue ? [each.MaxFailures is { } most ? $"Goes on after failures, at most {most}" : "Goes on after failures"] : Array.Empty<string>(),
                ],
                null, [new SketchLane(null, All(each.Steps))]),
            ChooseStep choose => new SketchStep(
                step.Id, SketchKind.Choice, "The first that holds", [], null,
                [.. choose.Branches.Select(branch => new SketchLane(branch.When is { } when ? Short(when.Text) : "nothing else holds", All(branch.Steps)))]),
            ParallelStep parallel => new SketchStep(
                step.Id, SketchKind.Parallel, "At the same time", [], null, [.. parallel.Branches.Select(branch => new SketchLane(branch.Name, All(branch.Steps)))]),
            RequireStep require => Plain(
                SketchKind.Condition, $"Only if {Short(require.Condition.Text)}",
                require.Skips ? "Else this item is skipped" : $"Else the run ends as refused{(require.Message is { } message ? $": {Short(message.Written)}" : "")}"),
            LetStep let => Plain(SketchKind.Value, Short(let.Value.Written)),
            AgentStep agent => Plain(
                SketchKind.Model, "A model proposes", [Short(agent.Goal.Written), $"Answers {Listed(agent.Output.Fields.Select(field => field.Name))}", .. Tools(agent)]),
            AskStep ask => Plain(SketchKind.People, $"Asks {Short(ask.Of?.Text ?? $"the approvers of {ask.Group}")}", Short(ask.Text.Written), $"{(ask.Default is null ? "Fails" : "A default counts")} after {Spans.Words(ask.Timeout)}"),
            WaitStep wait => Plain(SketchKind.Wait, $"Waits: {Short(wait.Until.Text)}", wait.WakeOn is { } wake ? [$"Or until {wake.Event}{(wake.Object is { } of ? $" of {Short(of.Written)}" : "")}"] : []),
            CallStep call => Plain(SketchKind.Change, $"Runs {call.Playbook} {call.Version}", Arguments(call.With)),
            RequestStep request => Plain(SketchKind.People, $"Opens a request for {Short(request.For.Written)}", Short(request.Text.Written)),
            NotifyStep notify => Plain(SketchKind.People, notify.To is { } to ? $"Tells {Short(to.Text)}" : "Tells the request", Short(notify.Template.Written)),
            VerifyStep verify => Plain(SketchKind.People, $"Has {Short(verify.Subject.Written)} prove who they are", $"For {verify.For.Title} at {Short(verify.Connection.Written)}", $"Not proved after {Spans.Words(verify.Timeout)} is a no"),
            FinishStep finish => Plain(SketchKind.End, finish.Status == FinishStatus.Done ? "Ends as done" : "Ends as refused", finish.Message is { } message ? [Short(message.Written)] : []),
            _ => new SketchStep(step.Id, SketchKind.Value, step.GetType().Name.Replace("Step", "", StringComparison.Ordinal), [], null, step.Inner.Any() ? [new SketchLane(null, All([.. step.Inner]))] : []),
        };
    }

    private static IEnumerable<string> Tools(AgentStep agent)
    {
        var writes = agent.Writes.Select(tool => tool.Name).ToList();
        var reads = agent.ToolNames.Except(writes).ToList();
        if (reads.Count > 0)
            yield return $"May read with {Listed(reads)}";
        if (writes.Count > 0)
            yield return $"May call {Listed(writes)} itself, at most {agent.Budget.ToolCalls} times";
        if (reads.Count + writes.Count == 0)
            yield return "Has no tools";
    }

    private static string Agreeing(ApproveStep approve) => (approve.Seats, approve.Approvers) switch
    {
        (null, Approvers.Two) => "Two other people agree",
        (null, _) => "One other person agrees",
        ({ } seats, Approvers.None) => $"Agrees: {seats.Word()}",
        ({ } seats, Approvers.Two) => $"Two other people agree, and {seats.Word()}",
        ({ } seats, _) => $"One other person agrees, and {seats.Word()}",
    };

    private static string? GateOf(ActingStep write, Before before)
    {
        var asks = write.Approval switch
        {
            Approvers.One => "one other",
            Approvers.Two => "two others",
            Approvers.Refuse => "refused to everybody",
            _ => null,
        };
        return asks is null ? null : before.Approvers is null ? asks : $"{asks} (plan{(before.Approval is { } id ? $": {id}" : "")})";
    }

    private static IEnumerable<string> Arguments(IReadOnlyList<NamedValue> with) => with.Select(argument => $"{argument.Name}: {Short(argument.Value.Written)}");

    private static IEnumerable<string> Beside(DoStep write)
    {
        if (write.Unsupported == Unsupported.Skip)
            yield return "Left out where it is not supported";
        foreach (var said in GoesOn(write))
            yield return said;
        if (write.Undo is { Inverse: { } inverse })
            yield return $"Undo: {inverse.Name}";
        else if (write.Undo is { } none)
            yield return $"No undo: {Short(none.Because ?? "")}";
    }

    private static IEnumerable<string> GoesOn(ActingStep write) => write.OnError == OnError.Continue ? ["The run goes on when it fails"] : [];

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "nothing";

    private static string Short(string text) => HiddenText.Shown(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), Longest);
}
