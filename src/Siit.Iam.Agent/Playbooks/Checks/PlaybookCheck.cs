using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>What a file means, checked before anything runs. Works on files with problems too, to tell all of them at once.</summary>
/// <param name="locked">The tools of other servers that there are.</param>
internal sealed class PlaybookCheck(PlaybookFile file, Report report, ToolLock locked)
{
    /// <summary>What no playbook may exceed.</summary>
    private static readonly PlaybookLimits Ceiling = new(People: 500, Writes: 5000);

    private readonly ValueCheck _values = new(report);

    /// <summary>Null when there was an error.</summary>
    public Playbook? Check(YamlMapping top)
    {
        new ShapeCheck(report).Check(top, Shapes.Playbook, "");
        var inputs = new InputsCheck(report).Check(top.Mapping("inputs"), out var broken);
        var names = CelEnvironment.Empty
            .With("input", new RecordType("input", [.. inputs.Select(input =>
                new RecordField(input.Name, StepOutputs.Of(input), input.Optional && input.Default is null, input.Untrusted ? Taint.Untrusted : Taint.None))]))
            .With("run", StepOutputs.Run);
        names = names with { OutOfReach = broken.ToImmutableDictionary(name => $"input.{name}", _ => "") };
        var triggers = new TriggersCheck(report, _values, inputs, broken).Check(top.Sequence("triggers"));
        names = Vars(top.Mapping("vars"), names, out var vars);

        var policy = Policy(top.Mapping("policy"), names, out var peopleBound);
        var steps = new StepsCheck(report, _values, policy, names, top.Text("onFailure") == "compensate", locked).Check(top.Sequence("steps"), out var last, out var writes, out var toolsUsed);
        // A step with an error of its own is in no plan.
        if (!report.HasErrors)
            SeatsCheck.Check(steps, report);
        var outputs = Outputs(top.Mapping("outputs"), last);
        // What another server is told is about no account.
        var accounts = steps.SelectMany(step => step.All).All(step => step is not DoStep { Action.IsRead: false }) ? 0 : writes;
        var bound = Reach.Of(steps, (int)Math.Min(peopleBound, Math.Min(accounts, int.MaxValue)), (int)Math.Min(writes, int.MaxValue));
        Bounds(top.Mapping("policy"), policy, bound, accounts > 0);
        if (report.HasErrors)
            return null; // what is not used may be so because of an error

        Unused(top, inputs, vars, policy, toolsUsed, calls: steps.SelectMany(step => step.All).OfType<CallStep>().Any());
        return new Playbook
        {
            File = file,
            Id = top.Text("id")!,
            Version = top.Text("version")!,
            Title = top.Text("title")!,
            Description = top.Text("description"),
            Owner = top.Text("owner")!,
            Triggers = triggers,
            Inputs = inputs,
            Policy = policy,
            Vars = vars,
            Steps = steps,
            OnFailure = top.Text("onFailure") switch
            {
                "continue" => OnFailure.Continue,
                "compensate" => OnFailure.Compensate,
                _ => OnFailure.Stop,
            },
            Outputs = outputs,
            Bound = bound,
        };
    }

    private CelEnvironment Vars(YamlMapping? section, CelEnvironment names, out List<NamedValue> vars)
    {
        vars = [];
        var known = new JsonObject();
        var fields = ImmutableList<RecordField>.Empty;
        foreach (var entry in section?.Entries ?? [])
        {
            if (entry.Value is not YamlScalar scalar)
                continue;
            var value = _values.Value(scalar, names.With("vars", new RecordType("vars", fields)) with { Known = known });
            if (value.Value is null)
                continue;
            vars.Add(new NamedValue(entry.Key.Text, value.Value));
            fields = fields.Add(new RecordField(entry.Key.Text, value.Type!, Taint: value.OwnTaint));
            if (value.Literal is not null || value.Expression is { Constant: not null })
                known[entry.Key.Text] = value.Value.Evaluate(Scope.Empty.With("vars", known));
        }

        // A broken one is not told again wherever it is used.
        var broken = (section?.Entries ?? []).Select(entry => entry.Key.Text).Except(fields.Select(field => field.Name));
        return names.With("vars", new RecordType("vars", fields)) with
        {
            OutOfReach = names.OutOfReach.SetItems(broken.Select(name => KeyValuePair.Create($"vars.{name}", ""))),
            Known = known,
        };
    }

    private PlaybookPolicy Policy(YamlMapping? section, CelEnvironment names, out long peopleBound)
    {
        var tools = new List<ActionDefinition>();
        var others = new List<LockedTool>();
        foreach (var item in (section?.Sequence("tools")?.Items ?? []).OfType<YamlScalar>())
        {
            if (ToolName.IsOne(item.Text))
                OtherTool(item, others);
            else if (ActionCatalog.Find(item.Text) is not { } action)
                report.Add("PB010", item, $"There is no action '{Report.Shown(item.Text)}'.", Spelling.Hint(item.Text, ActionCatalog.All.Select(each => each.Name)));
            else if (tools.Contains(action))
                report.Add("PB010", item, $"'{item.Text}' is listed twice.", "Take one of them out.");
            else
                tools.Add(action);
        }

        Expression? targets = null;
        peopleBound = long.MaxValue;
        if (section?.Mapping("targets")?.Scalar("person") is { } person)
        {
            var predicate = _values.Expression(person, names.With("person", CelType.Person), CelType.Bool);
            targets = predicate.Value as Expression;
            // What is wrong with it has been told.
            if (predicate.Value is null)
                peopleBound = 0;
            if (predicate.Expression?.Tree is { } tree)
            {
                peopleBound = TargetBound.People(tree);
                if (predicate.Paths.IsEmpty)
                    report.Add("PB051", person, "The condition on targets is always the same.", "Say which person: person == input.person.");
            }
        }

        var limits = section?.Mapping("limits");
        if (section?.Mapping("daily") is { } perDay && Limit(perDay, "people") < Math.Min(1, Limit(limits, "people")))
            report.Add("PB073", perDay, "Nobody may be changed in a day: the first run halts the playbook.", "Allow as many people as usual in a day, and some more.");
        return new PlaybookPolicy
        {
            Tools = tools,
            OtherTools = others,
            Connections = section?.Sequence("connections") is { } connections ? [.. connections.Items.OfType<YamlScalar>().Select(item => item.Text)] : null,
            TargetsPerson = targets,
            Limits = new PlaybookLimits(Limit(limits, "people"), Limit(limits, "writes")),
            Daily = section?.Mapping("daily") is { } daily ? new DailyLimit(Limit(daily, "people"), daily.Scalar("percent") is null ? 0 : Limit(daily, "percent")) : null,
            Concurrency = Concurrently(section?.Mapping("concurrency"), names),
            Preempts = section?.Scalar("preempts")?.AsBool ?? false,
            Standing = section?.Text("standing"),
        };
    }

    private void OtherTool(YamlScalar item, List<LockedTool> others)
    {
        if (locked.Find(item.Text) is not { } tool)
            report.Add("PB010", item, $"The tool '{Report.Shown(item.Text)}' is not in {ToolLock.FileName}.", "Configure it (toolServers), look at it and lock it: siit-iam playbooks lock");
        else if (others.Contains(tool))
            report.Add("PB010", item, $"'{item.Text}' is listed twice.", "Take one of them out.");
        else
            others.Add(tool);
    }

    private Concurrency? Concurrently(YamlMapping? section, CelEnvironment names)
    {
        if (section?.Scalar("key") is not { } key)
            return null;
        // It is looked at before the run is there.
        var read = _values.Value(key, names with { Variables = names.Variables.Remove("run").Remove("vars") });
        if (read.Value is null)
            return null;
        if (!Types.IsText(read.Type!))
            report.Add("PB073", key, $"The key is a {read.Type}.", "It has to be a text: write string(...) around it.");
        var mode = section.Text("mode") switch
        {
            "reject" => ConcurrencyMode.Reject,
            "replace" => ConcurrencyMode.Replace,
            _ => ConcurrencyMode.Queue,
        };
        return new Concurrency(read.Value, mode);
    }

    private static int Limit(YamlMapping? limits, string name) => (int)Math.Clamp(limits?.Scalar(name)?.AsInt ?? int.MaxValue, 0, int.MaxValue);

    private List<NamedValue> Outputs(YamlMapping? section, Flow last)
    {
        var outputs = new List<NamedValue>();
        foreach (var entry in section?.Entries ?? [])
        {
            if (entry.Value is YamlScalar scalar && _values.Value(scalar, last.Environment).Value is { } value)
                outputs.Add(new NamedValue(entry.Key.Text, value));
        }

        return outputs;
    }

    private void Bounds(YamlMapping? section, PlaybookPolicy policy, PlaybookBound bound, bool changesAccounts)
    {
        if (section?.Mapping("limits") is not { } limits)
            return;
        Over("writes", bound.Writes, policy.Limits.Writes, Ceiling.Writes);
        if (!changesAccounts || section.Mapping("targets") is not null)
            Over("people", bound.People, policy.Limits.People, Ceiling.People);
        else
            report.Add("PB002", section, "'policy' has no 'targets', and steps change accounts.", "Say whose: targets: { person: person == input.person }.");

        void Over(string what, int reached, int limit, int ceiling)
        {
            if (limits.Scalar(what) is not { AsInt: not null } at)
                return;
            if (reached > limit)
                report.Add("PB070", at, $"A run can reach {reached} {what}; limits.{what} is {limit}.", "Raise the limit if that is meant, else lower 'max' of loops or narrow 'targets'.");
            if (limit > ceiling)
                report.Add("PB072", at, $"limits.{what} is {limit}; no playbook may go beyond {ceiling}.", "Do it in several runs.");
        }
    }

    private void Unused(YamlMapping top, IReadOnlyList<PlaybookInput> inputs, List<NamedValue> vars, PlaybookPolicy policy, IReadOnlySet<string> toolsUsed, bool calls)
    {
        // What a called playbook uses is known to the folder only.
        foreach (var item in (calls ? [] : top.Mapping("policy")?.Sequence("tools")?.Items ?? []).OfType<YamlScalar>())
        {
            if (policy.ToolNames.Contains(item.Text) && !toolsUsed.Contains(item.Text))
                report.Warn("PB090", item, $"'{item.Text}' is allowed, and no step uses it.", "Take it out: a run should be able to do no more than it does.");
        }

        Unread("inputs", "input", inputs.Select(input => input.Name));
        Unread("vars", "vars", vars.Select(value => value.Name));

        void Unread(string section, string root, IEnumerable<string> names)
        {
            foreach (var name in names.Where(name => !_values.Used.Contains($"{root}.{name}")))
                report.Warn("PB090", top.Mapping(section)!.Entry(name)!.Key, $"'{name}' is never used.", "Take it out, or use it.");
        }
    }
}
