using System.Globalization;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

// Steps that take their time: waits, other playbooks, questions, requests.
internal sealed partial class StepsCheck
{
    private (Step?, Flow, long) Wait(string id, YamlMapping node, Flow flow)
    {
        var wait = node.Mapping("wait");
        var (span, moment) = (wait?.Scalar("for"), wait?.Scalar("until"));
        if (wait is not null && span is null == moment is null)
            report.Add("PB055", node.Entry("wait")!.Key, $"Step '{id}' has not exactly one of 'for' and 'until'.", "Say for how long, or until when.");
        var until = (span is not null && Meant(span, CelType.Duration)) || (moment is not null && Meant(moment, CelType.Timestamp)) ? CheckedValue.Broken
            : span is not null ? values.Expression(span, flow.Environment, CelType.Duration)
            : moment is not null ? values.Expression(moment, flow.Environment, CelType.Timestamp)
            : CheckedValue.Broken;
        if (until.Taint.HasFlag(Taint.Model))
            report.Add("PB055", (span ?? moment)!, "A model says how long to wait.", "Compute it, or let a person say it.");
        if (moment is not null && until.Paths.ContainsKey("run.now") && flow.Outputs.FindLast(output => output.Type == StepOutputs.Wait) is { } earlier)
            report.Warn("PB055", moment, $"run.now is the moment at which the run started, and stays that after the wait '{earlier.Name}'.", $"Count from its end: steps.{earlier.Name}.at.");
        if (until.Expression?.Constant is TimeSpan { Ticks: <= 0 })
            report.Add("PB055", span!, $"Step '{id}' waits for no time at all: '{Report.Shown(span!.Text)}' is not above zero.", "Say for how long it waits.");
        var after = flow.Left(id, StepOutputs.Wait);
        var wake = WakeOnOf(wait?.Mapping("wakeOn"), flow);
        return until.Value is Expression value
            ? (new WaitStep(id, node.Line, node.Column) { Until = value, WakeOn = wake }, after, 0)
            : (null, after, 0);
    }

    /// <summary>A time as other keys take it is no expression, or another one.</summary>
    private bool Meant(YamlScalar written, CelType wanted)
    {
        var text = written.Text.TrimStart('=').Trim().Trim('\'', '"');
        var meant = wanted == CelType.Duration
            ? CelTime.Iso(text) switch
            {
                null => null,
                { } span when span.Ticks % TimeSpan.TicksPerDay == 0 => $"days({span.TotalDays:0})",
                { } span when span.Ticks % TimeSpan.TicksPerHour == 0 => $"duration('{span.TotalHours:0}h')",
                { } span when span.Ticks % TimeSpan.TicksPerMinute == 0 => $"duration('{span.TotalMinutes:0}m')",
                { } span => $"duration('{CelTime.Text(span)}')",
            }
            : DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? $"timestamp('{CelTime.Text(at)}')"
                : null;
        if (meant is not null)
            report.Add("PB021", written, $"'{Report.Shown(written.Text)}' is no {wanted} in an expression.", $"Write {meant}.");
        return meant is not null;
    }

    private WakeOn? WakeOnOf(YamlMapping? section, Flow flow)
    {
        if (section?.Text("event") is not { } happened)
            return null;
        foreach (var (key, family) in new[] { ("group", "membership."), ("application", "assignment.") })
        {
            if (section.Entry(key) is { } entry && !happened.StartsWith(family, StringComparison.Ordinal))
                report.Add("PB055", entry.Key, $"'{happened}' is about no {key}.", $"'{key}' goes with {family}added and {family}removed.");
        }

        var named = section.Scalar("group") ?? section.Scalar("application");
        var thing = named is null ? null : values.Value(named, flow.Environment);
        if (thing?.Type is { } type && !Types.IsText(type))
            report.Add("PB021", named!, $"A {type} is no group or application.", "It has to be its id or name.");
        return new WakeOn(happened, thing?.Value);
    }

    private (Step?, Flow, long) Call(string id, YamlMapping node, Flow flow)
    {
        var call = node.Mapping("call");
        var with = new List<NamedValue>();
        foreach (var entry in node.Mapping("with")?.Entries ?? [])
        {
            if (entry.Value is not YamlScalar scalar || values.Value(scalar, flow.Environment) is not { Value: { } value } read)
                continue;
            with.Add(new NamedValue(entry.Key.Text, value));
            if (read.Taint.HasFlag(Taint.Model) && !Agreed(read, flow))
                report.Add("PB041", scalar, $"'{entry.Key.Text}' of the called playbook comes from a model, and nobody agrees to it before it is used.", "Put an 'approve' step between, or let the model pick with 'choice' from a list that it did not make.");
        }

        var after = flow.Left(id, StepOutputs.Call);
        if (call?.Text("playbook") is not { } playbook || call.Text("version") is not { } version)
            return (null, after, 0);
        return (new CallStep(id, node.Line, node.Column) { Playbook = playbook, Version = version, With = with, OnError = OnErrorOf(node) }, after, 0);
    }

    private (Step?, Flow, long) Request(string id, YamlMapping node, Flow flow)
    {
        var opened = node.Mapping("request");
        var of = opened?.Scalar("for") is { } written ? values.Value(written, flow.Environment) : CheckedValue.Broken;
        if (of.Value is not null && !Types.Fits(of.Type!, CelType.Person) && !(of.Literal is { } literal && literal.ToString().Contains('@', StringComparison.Ordinal)))
            report.Add("PB021", opened!.Scalar("for")!, $"A {of.Type} is no person.", $"It has to be a work email: an input of type Person, or a field that is one.{ValueCheck.Inside(of.Expression)}");
        var text = Text(opened?.Scalar("text"), flow);
        var after = flow.Left(id, StepOutputs.Opened);
        return (of.Value is { } person && text is not null ? new RequestStep(id, node.Line, node.Column, person, text) : null, after, 0);
    }

    private (Step?, Flow, long) Ask(string id, YamlMapping node, Flow flow)
    {
        var ask = node.Mapping("ask");
        var of = ask?.Scalar("of") is { } written ? values.Expression(written, flow.Environment) : CheckedValue.Broken;
        if (ask is not null && ask.Entry("of") is null == ask.Entry("group") is null)
            report.Add("PB002", node.Entry("ask")!.Key, $"Step '{id}' has not exactly one of 'of' and 'group'.", "Say who is asked: people, or a group of approvers.");
        if (of.Type is { } type && !Types.Fits(type, CelType.Person) && !Types.Fits(type, new ListType(CelType.Person)))
            report.Add("PB021", ask!.Scalar("of")!, $"A {type} cannot be asked.", "It has to be a Person, or a list of them.");
        if (of.Taint.HasFlag(Taint.Model))
            report.Add("PB041", ask!.Scalar("of")!, "A model says who is asked.", "Compute it, or let the model pick with 'choice' from a list that it did not make.");
        var fields = AnswerFields(ask?.Mapping("answers"), out var answers);
        var silence = DefaultOf(ask?.Mapping("default"), new AgentOutput(fields));
        if (ask is not null && silence is null)
            report.Warn("PB032", node.Entry("ask")!.Key, $"Step '{id}' does not say what silence means: then it fails.", "Add 'default' with the answer that is safe when nobody says anything.");
        if (of.Value is Expression who)
            _asked[id] = who.Text.Trim();
        var text = Text(ask?.Scalar("text"), flow);
        var after = flow.Left(id, answers);
        var (whom, group) = (of.Value as Expression, ask?.Text("group"));
        if (text is null || (whom is null && group is null) || CelTime.Iso(ask?.Text("timeout") ?? "") is not { } timeout)
            return (null, after, 0);
        return (new AskStep(id, node.Line, node.Column) { Of = whom, Group = whom is null ? group : null, Text = text, Answers = new AgentOutput(fields), Timeout = timeout, Default = silence }, after, 0);
    }

    /// <summary>What a person may answer; a text is what somebody outside wrote.</summary>
    private List<AgentField> AnswerFields(YamlMapping? section, out RecordType type)
    {
        var fields = new List<AgentField>();
        var types = new List<RecordField>();
        if (section is { Entries.Count: 0 })
            report.Add("PB033", section, "The question has no answer.", "Say what can be answered: answers: { renew: { enum: ['yes', 'no'] } }.");
        foreach (var entry in section?.Entries ?? [])
        {
            if (entry.Value is YamlMapping declared && declared.Entry("choice") is { } choice)
            {
                report.Add("PB033", choice.Key, "A person is asked with 'enum', 'string', 'int' or 'bool'.", "Write the words out with 'enum'.");
                continue;
            }

            var (field, made) = Field(entry, new Flow { Names = names }, outside: true);
            if (field is not null)
                fields.Add(field);
            types.Add(made with { Taint = made.Type == CelType.String ? Taint.Untrusted : Taint.None });
        }

        type = new RecordType("answer", types);
        return fields;
    }

    private JsonObject? DefaultOf(YamlMapping? section, AgentOutput answers)
    {
        if (section is null)
            return null;
        var value = new JsonObject(section.Entries.Where(entry => entry.Value is YamlScalar)
            .Select(entry => KeyValuePair.Create(entry.Key.Text, (JsonNode?)ValueCheck.Literal((YamlScalar)entry.Value).Value)));
        foreach (var problem in answers.Problems(value, choices: null))
            report.Add("PB033", section, $"The default does not fit the answers: {problem}", "Mend one of the two.");
        return value;
    }
}
