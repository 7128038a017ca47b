using System.Globalization;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Comparing;

/// <summary>What each kind of step says, and which way a change of it goes.</summary>
internal static class StepFacts
{
    /// <summary>The word that an author writes for it.</summary>
    /// <exception cref="InvalidOperationException">A kind of step that is not known here: its changes would go unseen.</exception>
    public static string Verb(Step step) => step switch
    {
        ActingStep => "do",
        ForeachStep => "foreach",
        ChooseStep => "choose",
        ParallelStep => "parallel",
        ApproveStep => "approve",
        AskStep => "ask",
        AgentStep => "agent",
        RequireStep => "require",
        LetStep => "let",
        WaitStep => "wait",
        CallStep => "call",
        RequestStep => "request",
        NotifyStep => "notify",
        FinishStep => "finish",
        VerifyStep => "verify",
        _ => throw new InvalidOperationException($"{step.GetType().Name} cannot be compared yet."),
    };

    public static bool IsWrite(Step step) => step is ActingStep { IsRead: false };

    /// <summary>It changes something, here or in a playbook that it runs.</summary>
    public static bool HasEffect(Step step) => IsWrite(step) || step is CallStep;

    /// <summary>It takes access away, or may: what other playbooks and other servers do is not known here.</summary>
    public static bool TakesAway(Step step) => step switch
    {
        DoStep act => new[] { ClearSessions.Definition, DeactivateUser.Definition, RemoveApplication.Definition, RemoveFromGroup.Definition, RevokeGrants.Definition, SuspendUser.Definition }.Contains(act.Action),
        _ => step is CallStep || IsWrite(step),
    };

    /// <param name="feeds">What the step leaves goes into what is changed, or into whether it is.</param>
    /// <param name="delays">Something is taken away after it.</param>
    public static IReadOnlyList<Fact> Of(Step step, bool feeds, bool delays = false)
    {
        Fact Feeding(string name, string? value) => Fact.Guarding(name, value, feeds);
        var inside = step.Inner.SelectMany(inner => inner.All).Any(HasEffect);
        return step switch
        {
            DoStep { Action.IsRead: true } read =>
            [
                Feeding("action", read.Action.Name), .. With(read.With, Feeding), OnErrorOf(read.OnError),
            ],
            DoStep write =>
            [
                Fact.Guarding("action", write.Action.Name),
                .. With(write.With, (name, value) => Fact.Guarding(name, value, name != $"with.{RunArguments.Reason}")),
                Fact.Plain("unsupported", write.Unsupported.ToString().ToLowerInvariant()),
                OnErrorOf(write.OnError),
                new Fact("undo", UndoOf(write.Undo), (old, now) => now is null ? Weight.Wider : old is null ? Weight.Narrower : Weight.Other),
            ],
            ToolStep { Tool.IsRead: true } read => [Feeding("tool", read.Tool.Name), .. With(read.With, Feeding), OnErrorOf(read.OnError)],
            ToolStep write =>
            [
                Fact.Guarding("tool", write.Tool.Name), .. With(write.With, (name, value) => Fact.Guarding(name, value)), OnErrorOf(write.OnError),
            ],
            ForeachStep each =>
            [
                Fact.Guarding("in", Fact.Normal(each.In), inside || feeds), Fact.Most("max", each.Max), Fact.Plain("parallel", each.Parallel.ToString(CultureInfo.InvariantCulture)),
                OnErrorOf(each.OnError), Fact.Most("maxFailures", each.MaxFailures), Feeding("yield", Fact.Normal(each.Yield)),
            ],
            ChooseStep choose =>
            [
                .. choose.Branches.Select((branch, i) => Fact.Guarding($"branch {i + 1}", branch.When is null ? "else" : Fact.Normal(branch.When), inside || feeds)),
                .. choose.Branches.Select((branch, i) => Feeding($"branch {i + 1} yields", Fact.Normal(branch.Yield))),
            ],
            ParallelStep parallel => [Fact.Plain("branches", string.Join(", ", parallel.Branches.Select(branch => branch.Name)))],
            ApproveStep approve =>
            [
                new Fact("approvers", approve.Word(), Asking),
                Fact.Plain("timeout", CelTime.IsoText(approve.Timeout)), Fact.Plain("else", approve.Skips ? "skip" : "refuse"), Fact.Plain("summary", Fact.Normal(approve.Summary)),
            ],
            AskStep ask =>
            [
                Feeding("of", Fact.Normal(ask.Of)), Feeding("group", ask.Group), Fact.Plain("text", Fact.Normal(ask.Text)), Feeding("answers", Fields(ask.Answers)),
                Fact.Plain("timeout", CelTime.IsoText(ask.Timeout)), Feeding("default", ask.Default?.ToJsonString()),
            ],
            AgentStep agent =>
            [
                Feeding("goal", Fact.Normal(agent.Goal)), .. With(agent.Context, Feeding, "context."), Fact.Words("tools", agent.ToolNames),
                Fact.Most("budget.turns", agent.Budget.Turns), Fact.Most("budget.toolCalls", agent.Budget.ToolCalls), Fact.Most("budget.tokens", agent.Budget.Tokens),
                Fact.Most("budget.time (s)", (long)agent.Budget.Time.TotalSeconds), Feeding("output", Fields(agent.Output)),
                Feeding("onInvalid", agent.OnInvalid.Use is { } use ? $"use {use.ToJsonString()}" : "fail"), Fact.Plain("onInvalid.retry", agent.OnInvalid.Retries.ToString(CultureInfo.InvariantCulture)),
                new Fact("untrusted", string.Join(", ", agent.Untrusted.Order(StringComparer.Ordinal)), (old, now) => old!.Split(", ").Except(now!.Split(", ")).Any(name => name.Length > 0) ? Weight.Wider : Weight.Narrower),
            ],
            RequireStep require => [Fact.Condition("condition", require.Condition), Fact.Plain("else", require.Skips ? "skip" : "refuse"), Fact.Plain("message", Fact.Normal(require.Message))],
            LetStep let => [Feeding("value", Fact.Normal(let.Value))],
            WaitStep wait =>
            [
                // By the key that the author wrote.
                new Fact(wait.Until.Type == CelType.Duration ? "for" : "until", CelText.Of(wait.Until.Text), (old, now) => delays ? Delay(old, now) : Weight.Other),
                new Fact("wakeOn", wait.WakeOn is { } wake ? $"{wake.Event} {Fact.Normal(wake.Object)}".TrimEnd() : null, (old, _) => !delays ? Weight.Other : old is null ? Weight.Narrower : Weight.Wider),
            ],
            CallStep call => [Fact.Guarding("playbook", call.Playbook), Fact.Guarding("version", call.Version), .. With(call.With, (name, value) => Fact.Guarding(name, value)), OnErrorOf(call.OnError)],
            RequestStep request => [Fact.Plain("for", Fact.Normal(request.For)), Fact.Plain("text", Fact.Normal(request.Text))],
            NotifyStep notify => [Fact.Plain("to", Fact.Normal(notify.To)), Fact.Plain("template", Fact.Normal(notify.Template))],
            // Who is proved, and for what, decides on the reset that follows.
            VerifyStep verify =>
            [
                Fact.Guarding("subject", Fact.Normal(verify.Subject)), Fact.Guarding("connection", Fact.Normal(verify.Connection)), Fact.Guarding("for", verify.For.Name),
                Fact.Guarding("factor", Fact.Normal(verify.Factor)), Fact.Plain("timeout", CelTime.IsoText(verify.Timeout)),
            ],
            FinishStep finish => [Fact.Plain("status", finish.Status.ToString().ToLowerInvariant()), Fact.Plain("message", Fact.Normal(finish.Message))],
            _ => throw new InvalidOperationException($"{step.GetType().Name} cannot be compared yet."),
        };
    }

    /// <summary>Everything that a step computes with, those of the steps in it left out.</summary>
    public static IEnumerable<PlaybookValue> Values(Step step) => ((IEnumerable<PlaybookValue?>)(step switch
    {
        DoStep act => act.With.Concat(act.Undo?.With ?? []).Select(argument => argument.Value),
        ToolStep tool => tool.With.Select(argument => argument.Value),
        ForeachStep each => [each.In, each.Yield],
        ChooseStep choose => choose.Branches.SelectMany(branch => new[] { branch.When, branch.Yield }),
        AskStep ask => [ask.Of],
        AgentStep agent => agent.Context.Select(named => named.Value).Concat(agent.Output.Fields.Select(field => (PlaybookValue?)field.From)).Append(agent.Goal),
        RequireStep require => [require.Condition],
        LetStep let => [let.Value],
        WaitStep wait => [wait.Until],
        CallStep call => call.With.Select(argument => argument.Value),
        VerifyStep verify => [verify.Subject, verify.Connection, verify.Factor],
        _ => [],
    })).OfType<PlaybookValue>();

    private static IEnumerable<Fact> With(IReadOnlyList<NamedValue> values, Func<string, string?, Fact> fact, string prefix = "with.") => values.Select(value => fact(prefix + value.Name, Fact.Normal(value.Value)));

    private static Fact OnErrorOf(OnError onError) => Fact.Loosens("goes on after a failure", onError == OnError.Continue);

    /// <summary>Narrower only where whoever had to agree still has to, and somebody more; a fallback lets others agree.</summary>
    private static Weight Asking(string? old, string? now) =>
        now is not null && old is not null
        && (old == "one" || (old == "two" && now.StartsWith("two,", StringComparison.Ordinal)) || now.EndsWith(", and " + old, StringComparison.Ordinal) || old.StartsWith(now + ", else ", StringComparison.Ordinal))
            ? Weight.Narrower
            : Weight.Wider;

    /// <summary>What is taken away later is kept longer; of what depends on a run nobody knows.</summary>
    private static Weight Delay(string? old, string? now) =>
        Length(old) is { } before && Length(now) is { } after && after.GetType() == before.GetType() && after.CompareTo(before) < 0 ? Weight.Narrower : Weight.Wider;

    private static IComparable? Length(string? wait) => wait is null ? null : Cel.Check(wait, CelEnvironment.Empty).Constant as IComparable;

    private static string? UndoOf(Undo? undo) => undo switch
    {
        null => null,
        { Inverse: null } => "none",
        _ => $"{undo.Inverse.Name}{(undo.With is { } with ? $" ({string.Join(", ", with.Select(value => $"{value.Name}: {Fact.Normal(value.Value)}"))})" : "")}",
    };

    private static string Fields(AgentOutput output) => string.Join("; ", output.Fields.Select(field =>
        $"{field.Name}: {field.Kind.ToString().ToLowerInvariant()} {string.Join(", ", field.Words)}{field.MaxLength}{field.Min}..{field.Max} {Fact.Normal(field.From)}".Replace(" .. ", "", StringComparison.Ordinal).Trim()));
}
