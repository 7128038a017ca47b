using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Checks;

// Steps that talk to somebody: approvers, a model, the timeline.
internal sealed partial class StepsCheck
{
    private (Step?, Flow, long) Approve(string id, YamlMapping node, Flow flow)
    {
        var asked = node.Mapping("approve");
        var summary = Text(asked?.Scalar("summary"), flow);
        var seats = asked is null ? null : SeatsCheck.Read(asked, report);
        var after = flow with
        {
            Approved = [.. flow.Outputs.Select(output => output.Name)],
            SinceApproval = [],
        };
        after = after.Left(id, StepOutputs.Approve);
        if (summary is null || CelTime.Iso(asked?.Text("timeout") ?? "") is not { } timeout)
            return (null, after, 0);
        return (new ApproveStep(id, node.Line, node.Column)
        {
            Approvers = asked!.Text("approvers") switch { "two" => Approvers.Two, null when seats is not null => Approvers.None, _ => Approvers.One },
            Seats = seats,
            Timeout = timeout,
            Summary = summary,
            Skips = SkipsItem(node),
        }, after, 0);
    }

    private (Step?, Flow, long) Notify(string id, YamlMapping node, Flow flow)
    {
        var notify = node.Mapping("notify");
        var template = Text(notify?.Scalar("template"), flow);
        var to = notify?.Scalar("to") is { } written && written.Text != "timeline" ? Told(written, flow) : null;
        return (template is null ? null : new NotifyStep(id, node.Line, node.Column, template, to), LeavesNothing(flow, id), 0);
    }

    /// <summary>Whom a mail goes to.</summary>
    private Expression? Told(YamlScalar written, Flow flow)
    {
        if (!written.Text.StartsWith('='))
        {
            if (values.IsSlip(written, flow.Environment))
                return null;
            report.Add("PB002", written, $"'to' is '{Report.Shown(written.Text)}'.", "It is 'timeline', or an expression after '=' that answers a Person or a list of them.");
            return null;
        }

        var to = values.Expression(written, flow.Environment);
        if (to.Type is { } type && !Types.Fits(type, CelType.Person) && !Types.Fits(type, new ListType(CelType.Person)))
            report.Add("PB021", written, $"A {type} cannot be written to.", $"It has to be a Person, or a list of them.{ValueCheck.Inside(to.Expression)}");
        if (to.Taint.HasFlag(Taint.Model))
            report.Add("PB041", written, "A model says who is written to.", "Compute it, or let the model pick with 'choice' from a list that it did not make.");
        return to.Value as Expression;
    }

    private (Step?, Flow, long) Agent(string id, YamlMapping node, Flow flow)
    {
        var agent = node.Mapping("agent");
        var goal = Goal(agent?.Scalar("goal"), flow);
        var untrusted = (agent?.Sequence("untrusted")?.Items ?? []).OfType<YamlScalar>().ToList();
        var context = Context(agent?.Mapping("context"), untrusted, flow, out var outside);
        var tools = Tools(agent?.Sequence("tools"), flow, out var others);
        var fields = Fields(agent?.Mapping("output"), flow, outside, out var type);
        var output = new AgentOutput(fields);
        var onInvalid = Invalid(agent?.Mapping("onInvalid"), output);
        var after = flow.Left(id, type);
        if (goal is null || BudgetOf(agent?.Mapping("budget")) is not { } budget)
            return (null, after, 0);
        return (new AgentStep(id, node.Line, node.Column)
        {
            Goal = goal,
            Context = context,
            Tools = tools,
            OtherTools = others,
            Budget = budget,
            Output = output,
            OnInvalid = onInvalid,
            Untrusted = [.. untrusted.Select(name => name.Text)],
        }, after, others.Exists(tool => !tool.IsRead) ? budget.ToolCalls : 0);
    }

    private Template? Goal(YamlScalar? written, Flow flow)
    {
        if (written is null)
            return null;
        var goal = values.Template(written, flow.Environment);
        if (goal.Taint != Taint.None)
            report.Add("PB042", written, "The goal holds text from outside, which would be read as instruction.", "Put the text into 'context', and its name into 'untrusted'.");
        return goal.Value as Template;
    }

    private List<NamedValue> Context(YamlMapping? section, List<YamlScalar> untrusted, Flow flow, out bool outside)
    {
        var context = new List<NamedValue>();
        outside = untrusted.Count > 0;
        foreach (var entry in section?.Entries ?? [])
        {
            if (entry.Value is not YamlScalar scalar || values.Value(scalar, flow.Environment) is not { Value: { } value } read)
                continue;
            context.Add(new NamedValue(entry.Key.Text, value));
            if (read.Taint.HasFlag(Taint.Untrusted) && !untrusted.Exists(name => name.Text == entry.Key.Text))
                report.Add("PB042", scalar, $"'{entry.Key.Text}' holds text from outside, which a model may take for instruction.", $"List it: untrusted: [{entry.Key.Text}]. It is then shown as data.");
        }

        foreach (var name in untrusted.Where(name => section?.Entry(name.Text) is null))
            report.Add("PB042", name, $"'untrusted' names '{Report.Shown(name.Text)}', which is not in 'context'.", Spelling.Hint(name.Text, section?.Entries.Select(entry => entry.Key.Text) ?? []));
        return context;
    }

    private List<ActionDefinition> Tools(YamlSequence? section, Flow flow, out List<LockedTool> others)
    {
        var tools = new List<ActionDefinition>();
        others = [];
        foreach (var written in (section?.Items ?? []).OfType<YamlScalar>())
        {
            if (ToolName.IsOne(written.Text))
            {
                if (Locked(written) is not { } tool)
                    continue;
                if (tool.IsRead || MayWrite(written, tool, flow))
                    others.Add(tool);
                continue;
            }

            if (Tool(written) is not { } action)
                continue;
            if (action.IsRead)
                tools.Add(action);
            else
                report.Add("PB040", written, $"A model may not call '{action.Name}' itself.", "Let it propose in 'output', and let a step act on it.");
        }

        return tools;
    }

    /// <summary>Only what asks nobody by its risk, and only after somebody has agreed that a model does it: what it sends is its own, and may be what text from outside made of it.</summary>
    private bool MayWrite(YamlScalar written, LockedTool tool, Flow flow)
    {
        if (tool.Risk != Risk.Low)
        {
            report.Add("PB040", written, $"A model may not call '{tool.Name}' itself: it writes, and its risk is {ToolLock.Word(tool.Risk)}.", "Let it propose in 'output', and let a step act on it.");
            return false;
        }

        if (flow.Approved is null)
            report.Add("PB041", written, $"What a model sends with '{tool.Name}' is its own, and nobody agrees to that before.", "Put an 'approve' step before the agent, or let the model propose in 'output', and let a step act on it.");
        if (compensates)
            report.Add("PB060", written, $"'{tool.Name}' changes something, and nothing takes back what a model does with it, which 'onFailure: compensate' needs.", "Let the model propose in 'output', and let a step act on it.");
        return true;
    }

    private List<AgentField> Fields(YamlMapping? section, Flow flow, bool outside, out RecordType type)
    {
        var fields = new List<AgentField>();
        var types = new List<RecordField>();
        if (section is { Entries.Count: 0 })
            report.Add("PB040", section, "The agent's output has no field.", "Say what it has to answer with.");
        foreach (var entry in section?.Entries ?? [])
        {
            var (field, made) = Field(entry, flow, outside);
            if (field is not null)
                fields.Add(field);
            types.Add(made);
        }

        type = new RecordType("answer", types);
        return fields;
    }

    private (AgentField?, RecordField) Field(YamlEntry entry, Flow flow, bool outside)
    {
        var name = entry.Key.Text;
        var declared = entry.Value as YamlMapping;
        var word = (entry.Value as YamlScalar)?.Text;
        if (word is "bool")
            return (new AgentField { Name = name, Kind = AgentFieldKind.Bool }, new RecordField(name, CelType.Bool, Taint: Taint.Model));
        if (word is not null)
            return (new AgentField { Name = name, Kind = AgentFieldKind.Int }, new RecordField(name, CelType.Int, Taint: Taint.Model));
        if (declared is not { Entries: [var only] })
        {
            if (declared is not null)
                report.Add("PB040", declared, $"Field '{name}' has not exactly one of enum, string, int, bool and choice.", "Give it one.");
            return (null, new RecordField(name, CelType.String, Taint: Taint.Model));
        }

        switch (only.Key.Text)
        {
            case "enum":
                List<string> words = [.. ((only.Value as YamlSequence)?.Items ?? []).OfType<YamlScalar>().Select(item => item.Text)];
                if (words.Distinct().Count() < words.Count)
                    report.Add("PB040", only.Value, $"Field '{name}' has a word twice.", "Take one of them out.");
                return (new AgentField { Name = name, Kind = AgentFieldKind.Enum, Words = words }, new RecordField(name, new EnumType(words), Taint: Taint.Model));
            case "int":
                var range = only.Value as YamlMapping;
                return (new AgentField { Name = name, Kind = AgentFieldKind.Int, Min = range?.Scalar("min")?.AsInt, Max = range?.Scalar("max")?.AsInt },
                    new RecordField(name, CelType.Int, Taint: Taint.Model));
            case "choice":
                var from = only.Value is YamlScalar written ? values.Expression(written, flow.Environment, new ListType(CelType.String)) : CheckedValue.Broken;
                return (from.Value is Expression list ? new AgentField { Name = name, Kind = AgentFieldKind.Choice, From = list } : null,
                    new RecordField(name, (from.Type as ListType)?.Item ?? CelType.String, Taint: from.Taint));
            default:
                return (new AgentField { Name = name, Kind = AgentFieldKind.String, MaxLength = (int?)(only.Value as YamlScalar)?.AsInt },
                    new RecordField(name, CelType.String, Taint: Taint.Model | (outside ? Taint.Untrusted : Taint.None)));
        }
    }

    private static AgentBudget? BudgetOf(YamlMapping? section) =>
        section?.Scalar("turns")?.AsInt is { } turns && section.Scalar("toolCalls")?.AsInt is { } calls
        && section.Scalar("tokens")?.AsInt is { } tokens && CelTime.Iso(section.Text("time") ?? "") is { } time
            ? new AgentBudget((int)turns, (int)calls, (int)tokens, time)
            : null;

    private OnInvalid Invalid(YamlMapping? section, AgentOutput output)
    {
        var retries = (int)(section?.Scalar("retry")?.AsInt ?? 0);
        if (section?.Text("then") != "use")
        {
            if (section?.Entry("value") is { } unused)
                report.Add("PB040", unused.Key, "'value' is only used with 'then: use'.", "Take it out, or write 'then: use'.");
            return new OnInvalid(retries, null);
        }

        if (section.Mapping("value") is not { } written)
        {
            report.Add("PB040", section, "'then: use' without a 'value'.", "Say which value is used when the model's answer does not fit.");
            return new OnInvalid(retries, null);
        }

        var value = new JsonObject(written.Entries.Where(entry => entry.Value is YamlScalar)
            .Select(entry => KeyValuePair.Create(entry.Key.Text, (JsonNode?)ValueCheck.Literal((YamlScalar)entry.Value).Value)));
        foreach (var problem in output.Problems(value, choices: null))
            report.Add("PB040", written, $"The value used instead does not fit the output: {problem}", "Mend one of the two.");
        return new OnInvalid(retries, value);
    }
}
