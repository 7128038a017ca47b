using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks.Tenant;

/// <summary>A group or application that a playbook names by writing it out.</summary>
/// <param name="Connection">Null when it is not written out where.</param>
/// <param name="MayBeName">Its name will do; else only its id.</param>
internal sealed record Named(bool IsGroup, string Text, string? Connection, bool MayBeName, int Line, int Column)
{
    public static IEnumerable<Named> In(Playbook playbook)
    {
        foreach (var trigger in playbook.Triggers.OfType<IdpTrigger>().Where(trigger => trigger.Object is not null))
        {
            if (trigger.Event.StartsWith("membership.", StringComparison.Ordinal) || trigger.Event.StartsWith("assignment.", StringComparison.Ordinal))
                yield return new Named(trigger.Event[0] == 'm', trigger.Object!, trigger.Connection, MayBeName: true, trigger.Line, trigger.Column);
        }

        foreach (var thing in playbook.Steps.SelectMany(step => In(step, new Dictionary<string, IReadOnlyList<string>>())))
            yield return thing;
    }

    /// <summary>The text of an argument that is written out; null when it is computed or not given.</summary>
    public static string? Literal(DoStep step, string argument) =>
        step.With.FirstOrDefault(given => given.Name == argument)?.Value is Literal literal && literal.Evaluate(Scope.Empty) is { } value && value.GetValueKind() == System.Text.Json.JsonValueKind.String
            ? value.GetValue<string>()
            : null;

    /// <param name="lists">Lists that are written out, by the name of the loop's item.</param>
    private static IEnumerable<Named> In(Step step, IReadOnlyDictionary<string, IReadOnlyList<string>> lists)
    {
        if (step is DoStep write)
        {
            foreach (var argument in write.With.Where(argument => argument.Name is "group" or "application"))
            {
                var texts = argument.Value is Expression item ? lists.GetValueOrDefault(item.Text.Trim(), []) : Literal(write, argument.Name) is { } text ? [text] : [];
                foreach (var named in texts)
                    yield return new Named(argument.Name == "group", named, Literal(write, "connection"), MayBeName: false, step.Line, step.Column);
            }
        }
        else if (step is WaitStep { WakeOn: { Object: Literal waits } wake } && waits.Evaluate(Scope.Empty)?.GetValue<string>() is { } woken)
        {
            yield return new Named(wake.Event.StartsWith("membership.", StringComparison.Ordinal), woken, null, MayBeName: true, step.Line, step.Column);
        }

        var inside = step is ForeachStep each && Texts(each.In) is { } written
            ? new Dictionary<string, IReadOnlyList<string>>(lists) { [each.As] = written }
            : lists;
        foreach (var thing in step.Inner.SelectMany(inner => In(inner, inside)))
            yield return thing;
    }

    private static IReadOnlyList<string>? Texts(Expression list) =>
        CelParser.Parse(list.Text) is ListNode { Items: var items } && items.All(item => item is LiteralNode { Value: string }) ? [.. items.Select(item => (string)((LiteralNode)item).Value)] : null;
}
