using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Checks;

// Tools of other servers: what is known of them is what stands in the lock.
internal sealed partial class StepsCheck
{
    private (Step?, Flow, long) OtherTool(string id, YamlMapping node, YamlScalar written, Flow flow)
    {
        var with = node.Mapping("with");
        if (Locked(written) is not { } tool)
            return (null, flow.Without([id], ""), 0);
        foreach (var key in new[] { "unsupported", tool.IsRead ? "undo" : null, tool.IsRead ? "because" : null }.OfType<string>())
        {
            if (node.Entry(key) is { } entry)
                report.Add(key == "unsupported" ? "PB012" : "PB061", entry.Key, $"'{key}' does not go with '{tool.Name}'.", "Take it out.");
        }

        var given = ToolArguments(node, written, with, tool, flow);
        if (!tool.IsRead)
        {
            ToolUndo(node, tool);
            if (tool.Approval != Approvers.None && flow.Approved is null)
                NobodyBefore(written, tool.Name, tool.Risk);
        }

        var onError = OnErrorOf(node);
        var step = new ToolStep(id, node.Line, node.Column) { Tool = tool, With = given, OnError = onError };
        var after = flow.Left(id, StepOutputs.Of(tool), optional: tool.IsRead && onError == OnError.Continue);
        return (step, after, tool.IsRead ? 0 : 1);
    }

    /// <summary>The tool as it is locked; null after a problem, which has been told.</summary>
    private LockedTool? Locked(YamlScalar written)
    {
        if (locked.Find(written.Text) is not { } tool)
        {
            report.Add("PB010", written, $"The tool '{Report.Shown(written.Text)}' is not in {ToolLock.FileName}.",
                $"{(locked.Tools.Count > 0 ? Spelling.Hint(written.Text, locked.Tools.Select(each => each.Name)) + " " : "")}Configure it (toolServers), look at it and lock it: siit-iam playbooks lock");
            return null;
        }

        _toolsUsed.Add(tool.Name);
        if (policy.OtherTools.All(allowed => allowed.Name != tool.Name))
            report.Add("PB011", written, $"'{tool.Name}' is not among the tools that this playbook allows itself.", "Add it to policy.tools.");
        return tool;
    }

    private List<NamedValue> ToolArguments(YamlMapping node, YamlScalar written, YamlMapping? with, LockedTool tool, Flow flow)
    {
        var given = new List<NamedValue>();
        var fields = tool.Arguments.Fields;
        foreach (var entry in with?.Entries ?? [])
        {
            var name = entry.Key.Text;
            if (fields.FirstOrDefault(field => field.Name == name) is not { } field)
                report.Add("PB012", entry.Key, $"'{tool.Name}' has no argument '{Report.Shown(name)}'.", Spelling.Hint(name, fields.Select(each => each.Name)));
            else if (entry.Value is YamlScalar scalar && ToolArgument(scalar, tool, field, flow) is { Value: { } value })
                given.Add(new NamedValue(name, value));
        }

        foreach (var missing in fields.Where(field => field.Required && with?.Entry(field.Name) is null))
            report.Add("PB012", written, $"'{tool.Name}' needs '{Report.Shown(missing.Name)}'.", $"Add it under 'with': it is {missing.What}.");
        return given;
    }

    private CheckedValue ToolArgument(YamlScalar scalar, LockedTool tool, ToolField field, Flow flow)
    {
        var read = values.Value(scalar, flow.Environment);
        if (read.Value is null)
            return read;
        if (read.Literal is { } literal)
        {
            // A literal list cannot be written out; any other value is checked as it will be sent.
            if (field.Problem(literal) is { } problem)
                report.Add("PB012", scalar, Report.Shown(problem), $"See what '{tool.Name}' takes in {ToolLock.FileName}.");
        }
        else if (ToolMismatch(read.Type!, field) is { } mismatch)
        {
            report.Add("PB012", scalar, $"'{Report.Shown(field.Name)}' of '{tool.Name}' {mismatch}.", "Compute a value of its type.");
        }

        if (!tool.IsRead)
            FromOutside(scalar, Report.Shown(field.Name), tool.Name, read, flow);
        return read;
    }

    private static string? ToolMismatch(CelType type, ToolField field)
    {
        var fits = field.Kind switch
        {
            // What a text may be is known at the call; a word that is none of those it takes is refused there.
            ToolKind.Text when type is EnumType words && field.Words.Count > 0 => !words.Words.Except(field.Words).Any(),
            ToolKind.Text => Types.Fits(type, CelType.String),
            ToolKind.Whole => Types.Fits(type, CelType.Int),
            ToolKind.Number => Types.Fits(type, CelType.Double) || Types.Fits(type, CelType.Int),
            ToolKind.Flag => Types.Fits(type, CelType.Bool),
            ToolKind.Texts => Types.Fits(type, new ListType(CelType.String)),
            _ => false,
        };
        return fits ? null : $"is a {type}, and has to be {field.What}{(field.Kind == ToolKind.Other ? ", which a playbook cannot give" : "")}";
    }

    /// <summary>Nothing of ours takes back what another server has done.</summary>
    private void ToolUndo(YamlMapping node, LockedTool tool)
    {
        if (node.Entry("undo") is { } undo)
        {
            if (undo.Value is not YamlScalar { Text: "none" })
                report.Add("PB061", undo.Value, $"Nothing takes '{tool.Name}' back from here.", "Write 'undo: none' and 'because'.");
            else if (node.Text("because") is null)
                report.Add("PB061", undo.Value, "'undo: none' without a reason.", "Say why with 'because'.");
        }
        else if (node.Entry("because") is { } alone)
        {
            report.Add("PB061", alone.Key, "'because' says why nothing has to be undone, and there is no 'undo: none'.", "Add it.");
        }
        else if (compensates)
        {
            report.Add("PB060", node.Entry("do")!.Key, $"'{tool.Name}' changes something and does not say how it is taken back, which 'onFailure: compensate' needs.", "Write 'undo: none' and 'because'.");
        }
    }
}
