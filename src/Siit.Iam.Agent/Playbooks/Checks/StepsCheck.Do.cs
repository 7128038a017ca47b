using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Checks;

internal sealed partial class StepsCheck
{
    private (Step?, Flow, long) Do(string id, YamlMapping node, Flow flow)
    {
        if (node.Scalar("do") is { } named && ToolName.IsOne(named.Text))
            return OtherTool(id, node, named, flow);
        if (node.Scalar("do") is not { } written || Tool(written) is not { } action)
            return (null, flow.Without([id], ""), 0);

        var with = Arguments(node, action, flow, out var steps);
        var onError = OnErrorOf(node);
        if (!action.IsRead)
        {
            Approval(written, action, with, flow, steps);
            OwnWord(written, action, with, flow);
        }
        if (action.Write?.HandsOutAWayIn is not null)
            SameAsVerified(node, action, flow);
        if (action.IsRead && node.Entry("unsupported") is { } unsupported)
            report.Add("PB012", unsupported.Key, $"'{action.Name}' reads: every connection can do it.", "Take 'unsupported' out.");

        var step = new DoStep(id, node.Line, node.Column)
        {
            Action = action,
            With = with,
            Unsupported = node.Text("unsupported") == "skip" ? Unsupported.Skip : Unsupported.Fail,
            SaysUnsupported = node.Entry("unsupported") is not null,
            OnError = onError,
            Undo = UndoOf(node, action, flow, id),
        };
        var after = action.IsRead
            ? flow.Left(id, StepOutputs.Of(action), optional: onError == OnError.Continue)
            : flow.Left(id, StepOutputs.Write);
        return (step, after, action.IsRead ? 0 : 1);
    }

    private List<NamedValue> Arguments(YamlMapping node, ActionDefinition action, Flow flow, out HashSet<string> steps)
    {
        var given = new List<NamedValue>();
        steps = [];
        var with = node.Mapping("with");
        foreach (var entry in with?.Entries ?? [])
        {
            var name = entry.Key.Text;
            if (RunArguments.Reserved.Contains(name))
                report.Add("PB012", entry.Key, $"'{name}' is given by the run itself.", "Take it out.");
            else if (action.Input.Fields.FirstOrDefault(field => field.Name == name) is not { } field)
                report.Add("PB012", entry.Key, $"'{action.Name}' has no argument '{Report.Shown(name)}'.", Spelling.Hint(name, Open(action).Select(each => each.Name)));
            else if (entry.Value is YamlScalar scalar && Argument(scalar, action, field, flow) is { Value: { } value } read)
            {
                given.Add(new NamedValue(name, value));
                steps.UnionWith(Sources(read));
            }
        }

        foreach (var missing in Open(action).Where(field => field.Required && field.Name != RunArguments.Reason && with?.Entry(field.Name) is null))
            report.Add("PB012", node.Scalar("do")!, $"'{action.Name}' needs '{missing.Name}'.", "Add it under 'with'.");
        return given;
    }

    private static IEnumerable<InputField> Open(ActionDefinition action) => action.Input.Fields.Where(field => !RunArguments.Reserved.Contains(field.Name));

    private CheckedValue? Argument(YamlScalar scalar, ActionDefinition action, InputField field, Flow flow)
    {
        var read = values.Value(scalar, flow.Environment);
        if (read.Value is null)
            return null;
        if (read.Literal is { } literal)
        {
            if (field.Problem(literal) is { } problem)
                report.Add("PB012", scalar, problem, $"See what '{action.Name}' takes.");
            else if (field.Name == "connection" && policy.Connections is { } connections && !connections.Contains(literal.GetValue<string>()))
                report.Add("PB011", scalar, $"'{literal}' is not among the connections that this playbook allows itself.", "Add it to policy.connections.");
        }
        else if (Mismatch(read, field) is { } mismatch)
        {
            report.Add("PB012", scalar, $"'{field.Name}' of '{action.Name}' {mismatch}.", $"Compute a value of its type.{ValueCheck.Inside(read.Expression)}");
        }

        if (field.Name == "person" && Known(read) is { } person && !NamesSomebody(person))
            report.Add("PB012", scalar, $"'{Report.Shown(person)}' names nobody.", "A person is named by work email or as connection:id; most often it is an input: \"=input.person\".");
        if (!action.IsRead && field.Name != RunArguments.Reason)
            FromOutside(scalar, field.Name, action.Name, read, flow);
        return read;
    }

    /// <summary>A text that is the same at every run; null for any other.</summary>
    private static string? Known(CheckedValue read) => read.Expression?.Constant as string ?? (read.Literal is JsonValue literal && literal.TryGetValue<string>(out var text) ? text : null);

    private static bool NamesSomebody(string person) => PlaybookInput.IsWorkEmail(person) || person.Split(':', 2) is [{ Length: > 0 }, { Length: > 0 }];

    /// <summary>What a model or text from outside chose reaches a change only after people have agreed.</summary>
    private void FromOutside(YamlScalar at, string argument, string of, CheckedValue read, Flow flow)
    {
        if (read.Taint == Taint.None || Agreed(read, flow))
            return;
        report.Add("PB041", at,
            $"'{argument}' of '{of}' comes from {(read.Taint.HasFlag(Taint.Model) ? "a model" : "text from outside")}, and nobody agrees to it before it is used.",
            "Put an 'approve' step between, or let the model pick with 'choice' from a list that it did not make.");
    }

    /// <summary>People agreed after everything that the value was made from was known.</summary>
    private bool Agreed(CheckedValue read, Flow flow) => flow.Approved is { } known && Sources(read).TrueForAll(known.Contains);

    private static string? Mismatch(CheckedValue read, InputField field)
    {
        var type = read.Type!;
        CelType? wanted = field.JsonType switch
        {
            "integer" => CelType.Int,
            "boolean" => CelType.Bool,
            "string" => CelType.String,
            _ => null,
        };
        if (field.Words.Count > 0)
        {
            if (type is EnumType words)
                return words.Words.Except(field.Words).FirstOrDefault() is { } other ? $"may become '{other}', and is one of {string.Join(", ", field.Words)}" : null;
            return read.Expression?.Typed?.Constant is string word && field.Words.Contains(word) ? null : $"is a {type}, and has to be one of {string.Join(", ", field.Words)}";
        }

        return wanted is not null && Types.Fits(type, wanted) ? null : $"is a {type}, and has to be {(wanted is null ? "an object, which a playbook cannot give" : $"a {wanted}")}";
    }

    private void NobodyBefore(YamlScalar at, string what, Risk risk) => report.Warn(
        "PB030", at, $"'{what}' ({risk.ToString().ToLowerInvariant()} risk) runs with no approval before it on some way.", "Put an 'approve' step before it; without one the run waits at this step, and people see it alone.");

    /// <summary>
    /// Only a warning: the action's own gate asks all the same, one call at a time. With an approve step people see the whole plan.
    /// </summary>
    private void Approval(YamlScalar at, ActionDefinition action, List<NamedValue> with, Flow flow, HashSet<string> steps)
    {
        if (action.Risk != Risk.High || IsUnproved(at, action, with, flow))
            return;
        if (flow.Approved is null)
        {
            NobodyBefore(at, action.Name, action.Risk);
            return;
        }

        var late = steps.Concat(_conditions.SelectMany(each => each)).Where(flow.SinceApproval.Contains).Order(StringComparer.Ordinal).FirstOrDefault();
        if (late is not null)
        {
            report.Warn("PB030", at, $"'{action.Name}' (high risk) depends on step '{late}', which runs after people agreed: their plan cannot show it.",
                "Move that step before the 'approve' step.");
        }
    }

    private Undo? UndoOf(YamlMapping node, ActionDefinition action, Flow flow, string id)
    {
        if (node.Entry("undo") is not { } undo)
        {
            if (node.Entry("because") is { } alone)
                report.Add("PB061", alone.Key, "'because' says why nothing has to be undone, and there is no 'undo: none'.", "Add it.");
            if (compensates && !action.IsRead)
            {
                report.Add("PB060", node.Entry("do")!.Key, $"'{action.Name}' changes something and does not say how it is taken back, which 'onFailure: compensate' needs.",
                    action.Inverse is null ? "Write 'undo: none' and 'because', or name an action: undo: { do: ... }." : $"Write 'undo: inverse' ({action.Inverse}), or 'undo: none' and 'because'.");
            }

            return null;
        }

        if (action.IsRead)
        {
            report.Add("PB061", undo.Key, $"'{action.Name}' reads: there is nothing to undo.", "Take 'undo' out.");
            return null;
        }

        if (undo.Value is YamlScalar { Text: "none" })
        {
            if (node.Text("because") is null)
                report.Add("PB061", undo.Key, "'undo: none' without a reason.", "Say why with 'because'.");
            return new Undo(null, node.Text("because"));
        }

        var other = undo.Value as YamlMapping;
        var name = other?.Text("do") ?? action.Inverse;
        if (name is null || ActionCatalog.Find(name) is not { IsRead: false } inverse)
        {
            report.Add("PB061", undo.Value, other?.Scalar("do") is not { } named ? $"'{action.Name}' has no inverse." : $"'{Report.Shown(named.Text)}' is no action that changes something.",
                other is null ? "Write 'undo: none' and 'because', or name an action: undo: { do: ... }." : Spelling.Hint(name ?? "", ActionCatalog.All.Where(each => !each.IsRead).Select(each => each.Name)));
            return null;
        }

        var with = other?.Mapping("with") is { } written ? UndoArguments(written, inverse, flow.Left(id, StepOutputs.Write)) : null;
        if (compensates)
            Undoing(undo.Value, inverse, [.. ((other?.Mapping("with") ?? node.Mapping("with"))?.Entries ?? []).Select(argument => argument.Key.Text)]);
        return new Undo(inverse, null, with);
    }

    /// <summary>What takes back is a call like any other: allowed, and with everything it needs.</summary>
    private void Undoing(YamlNode at, ActionDefinition inverse, IReadOnlyList<string> given)
    {
        _toolsUsed.Add(inverse.Name);
        if (!policy.Tools.Contains(inverse))
            report.Add("PB011", at, $"'{inverse.Name}' takes it back, and is not among the tools that this playbook allows itself.", "Add it to policy.tools.");
        foreach (var missing in Open(inverse).Where(field => field.Required && field.Name != RunArguments.Reason && !given.Contains(field.Name)))
            report.Add("PB061", at, $"'{inverse.Name}' needs '{missing.Name}', which the step does not have.", "Name its arguments: undo: { do: ..., with: { ... } }.");
    }

    private List<NamedValue> UndoArguments(YamlMapping written, ActionDefinition inverse, Flow flow)
    {
        var with = new List<NamedValue>();
        foreach (var entry in written.Entries)
        {
            var name = entry.Key.Text;
            if (RunArguments.Reserved.Contains(name) || inverse.Input.Fields.FirstOrDefault(field => field.Name == name) is not { } field)
                report.Add("PB012", entry.Key, $"'{inverse.Name}' has no argument '{Report.Shown(name)}'.", Spelling.Hint(name, Open(inverse).Select(each => each.Name)));
            else if (entry.Value is YamlScalar scalar && Argument(scalar, inverse, field, flow) is { Value: { } value })
                with.Add(new NamedValue(name, value));
        }

        return with;
    }
}
