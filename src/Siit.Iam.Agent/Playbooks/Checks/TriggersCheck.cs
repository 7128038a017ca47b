using System.Collections.Immutable;
using System.Globalization;
using Cronos;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Triggers;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>What starts a run: each trigger knows its own variables, and leaves no input unsaid.</summary>
/// <param name="broken">Inputs with an error of their own, which is all that is said of them.</param>
internal sealed class TriggersCheck(Report report, ValueCheck values, IReadOnlyList<PlaybookInput> inputs, IReadOnlyCollection<string> broken)
{
    private static readonly string[] Kinds = ["manual", "prompt", "request", "overdue", "hris", "idp", "schedule"];
    private static readonly TimeSpan DayLate = TimeSpan.FromDays(1);
    private static readonly TimeSpan HourLate = TimeSpan.FromHours(1);

    public IReadOnlyList<Trigger> Check(YamlSequence? section)
    {
        if (section is null)
            return [new ManualTrigger()];
        var triggers = new List<Trigger>();
        foreach (var item in section.Items)
        {
            if (Read(item) is not { } trigger)
                continue;
            if (triggers.Exists(known => known.Name == trigger.Name))
                report.Add("PB015", item, "This trigger is there twice.", "Take one of them out; conditions can be joined with '||' in one 'where'.");
            else
                triggers.Add(trigger);
        }

        return triggers;
    }

    private Trigger? Read(YamlNode item)
    {
        if (item is YamlScalar)
            return new ManualTrigger();
        if (item is not YamlMapping mapping)
            return null;
        var kinds = mapping.Entries.Where(entry => Kinds.Contains(entry.Key.Text)).ToList();
        if (kinds is not [{ Value: YamlMapping said } kind])
        {
            if (kinds.Count != 1)
                report.Add("PB015", mapping, kinds.Count == 0 ? "A trigger does not say what starts the run." : "A trigger says two things that start the run.", $"Give it exactly one of {string.Join(", ", Kinds)}.");
            return null;
        }

        var trigger = Made(kind.Key, said);
        return trigger is null ? null : Bound(trigger with { Line = mapping.Line, Column = mapping.Column }, kind.Key, mapping);
    }

    private Trigger? Made(YamlScalar kind, YamlMapping said) => kind.Text switch
    {
        "manual" => new ManualTrigger { Roles = [.. (said.Sequence("roles")?.Items ?? []).OfType<YamlScalar>().Select(role => role.Text)] },
        "prompt" => said.Text("name") is { } name ? new PromptTrigger(name, said.Text("description")) : null,
        "request" => said.Text("form") is { } form ? new RequestTrigger(form) : null,
        "overdue" => Duration(said, "after") is { } after ? new OverdueTrigger(said.Text("form"), after) : null,
        "hris" => Hris(kind, said),
        "idp" => Idp(said),
        _ => Schedule(said),
    };

    private Trigger? Hris(YamlScalar kind, YamlMapping said)
    {
        if (said.Entry("date") is null == said.Entry("event") is null)
        {
            report.Add("PB015", kind, "An HRIS trigger has not exactly one of 'date' and 'event'.", "Name a date (start, end, probation_end), or an event such as hired.");
            return null;
        }

        if (said.Text("event") is { } happened)
        {
            foreach (var key in said.Entries.Where(entry => entry.Key.Text is "offset" or "at" or "zone" or "catchUp"))
                report.Add("PB015", key.Key, $"'{key.Key.Text}' goes with a date, not with an event.", "Take it out: an event starts the run when it becomes known.");
            return new HrisEventTrigger(happened);
        }

        var zone = said.Text("zone") ?? "UTC";
        if (zone != ZonedTimes.OfPerson)
            KnownZone(said, zone);
        var at = TimeOnly.TryParseExact(said.Text("at") ?? "00:00", "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read) ? read : default;
        return new HrisDateTrigger(said.Text("date")!, Duration(said, "offset") ?? TimeSpan.Zero, at, zone, Duration(said, "catchUp") ?? DayLate);
    }

    private IdpTrigger? Idp(YamlMapping said)
    {
        if (said.Text("event") is not { } happened || !EventKinds.Words.Contains(happened))
            return null;
        var (group, application) = (said.Entry("group"), said.Entry("application"));
        if (group is not null && !happened.StartsWith("membership.", StringComparison.Ordinal))
            report.Add("PB015", group.Key, $"'{happened}' is about no group.", "'group' goes with membership.added and membership.removed.");
        if (application is not null && !happened.StartsWith("assignment.", StringComparison.Ordinal))
            report.Add("PB015", application.Key, $"'{happened}' is about no application.", "'application' goes with assignment.added and assignment.removed.");
        return new IdpTrigger(happened, said.Text("connection"), said.Text("group") ?? said.Text("application"));
    }

    private ScheduleTrigger? Schedule(YamlMapping said)
    {
        if (said.Scalar("cron") is not { } cron)
            return null;
        var zone = said.Text("zone") ?? "UTC";
        if (zone == ZonedTimes.OfPerson)
            report.Add("PB015", said.Find("zone")!, "A schedule is of no person.", "Name a time zone such as Europe/Paris.");
        else
            KnownZone(said, zone);
        if (!CronExpression.TryParse(cron.Text, out var parsed))
            report.Add("PB015", cron, $"'{Report.Shown(cron.Text)}' is no cron expression{WrongField(cron.Text)}.", "Five fields: minute, hour, day, month, day of the week; \"0 7 * * MON\" is Mondays at seven.");
        else if (parsed.GetNextOccurrence(DateTime.UnixEpoch.AddYears(50), TimeZoneInfo.Utc) is null)
            report.Add("PB015", cron, $"'{Report.Shown(cron.Text)}' never comes.", "There is no such day.");
        return new ScheduleTrigger(cron.Text, zone, Duration(said, "catchUp") ?? HourLate);
    }

    /// <summary>Which of the five, to go on from "no cron expression"; empty when each is right by itself.</summary>
    private static string WrongField(string cron)
    {
        (string Name, string Range)[] known = [("minute", "0 to 59"), ("hour", "0 to 23"), ("day", "1 to 31"), ("month", "1 to 12"), ("day of the week", "0 to 7, or SUN to SAT")];
        var fields = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != known.Length)
            return $": it has {fields.Length} field{(fields.Length == 1 ? "" : "s")}";
        for (var at = 0; at < known.Length; at++)
        {
            if (!CronExpression.TryParse(string.Join(' ', known.Select((_, other) => other == at ? fields[at] : "*")), out _))
                return $": its {known[at].Name} is '{Report.Shown(fields[at])}' ({known[at].Range})";
        }

        return "";
    }

    private void KnownZone(YamlMapping said, string zone)
    {
        if (said.Find("zone") is { } at && ZonedTimes.Find(zone) is null)
            report.Add("PB015", at, $"There is no time zone '{Report.Shown(zone)}'.", "Name one of the tz database, such as Europe/Paris or America/New_York.");
    }

    private Trigger Bound(Trigger trigger, YamlScalar kind, YamlMapping mapping)
    {
        var names = Variables(trigger);
        var (where, bind) = (mapping.Scalar("where"), mapping.Mapping("bind"));
        if (trigger is ManualTrigger or PromptTrigger)
        {
            foreach (var key in mapping.Entries.Where(entry => entry.Key.Text is "where" or "bind"))
                report.Add("PB015", key.Key, $"'{key.Key.Text}' does not go with '{kind.Text}'.", "Whoever starts it gives the inputs; what must hold is said with 'require'.");
            return trigger;
        }

        var condition = where is null ? null : values.Expression(where, names, CelType.Bool);
        if (where is not null && condition!.Expression is { Paths.Count: 0 })
            report.Add("PB051", where, "The condition is always the same.", "Compare something of the trigger, or take it out.");
        var given = Inputs(bind, names with { Present = names.Present.Union(condition?.WhenTrue ?? []) }, trigger);
        if (trigger is not RequestTrigger)
        {
            foreach (var missing in inputs.Where(input => input.Required && bind?.Entry(input.Name) is null))
                report.Add("PB014", kind, $"Trigger '{kind.Text}' leaves input '{missing.Name}' unsaid.", $"Add {Binding(missing, names)}, or give the input a default.");
        }

        return trigger with { Where = condition?.Value as Expression, Bind = given };
    }

    /// <summary>What the trigger knows that fits the input, as an author writes it.</summary>
    private static string Binding(PlaybookInput input, CelEnvironment names)
    {
        var type = StepOutputs.Of(input);
        foreach (var (name, variable) in names.Variables.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (variable.Type is RecordType record && input.Kind is InputKind.Employee or InputKind.Request && Types.Fits(record, type))
                return $"bind: {{ {input.Name}: ={name} }}";
            // A text fits much, and it is not known which is meant.
            if (input.Kind != InputKind.String && (variable.Type as RecordType)?.Fields.FirstOrDefault(field => Types.Fits(field.Type, type)) is { } field)
                return $"bind: {{ {input.Name}: ={name}.{field.Name} }}{(field.Optional ? $" and where: has({name}.{field.Name})" : "")}";
        }

        return $"bind: {{ {input.Name}: ... }} with a {type}{(names.Variables.IsEmpty ? "" : $" (known here: {string.Join(", ", names.Variables.Keys.Order(StringComparer.Ordinal))})")}";
    }

    private List<NamedValue> Inputs(YamlMapping? bind, CelEnvironment names, Trigger trigger)
    {
        var given = new List<NamedValue>();
        foreach (var entry in bind?.Entries ?? [])
        {
            if (inputs.FirstOrDefault(input => input.Name == entry.Key.Text) is not { } input)
            {
                if (!broken.Contains(entry.Key.Text))
                    report.Add("PB014", entry.Key, $"The playbook has no input '{Report.Shown(entry.Key.Text)}'.", Spelling.Hint(entry.Key.Text, inputs.Select(each => each.Name)));
                continue;
            }

            if (entry.Value is not YamlScalar scalar || values.Value(scalar, names) is not { Value: { } value } read)
                continue;
            if (read.Literal is { } literal && input.Kind is not (InputKind.Employee or InputKind.Request))
            {
                if (input.Problem(literal) is { } problem)
                    report.Add("PB014", scalar, problem, "Bind another value.");
            }
            else if (!Types.Fits(read.Type!, StepOutputs.Of(input)))
            {
                report.Add("PB014", scalar, $"Input '{input.Name}' is a {StepOutputs.Of(input)}, and this is a {read.Type}.", "Bind a value of its type.");
            }
            else if (read.Taint.HasFlag(Taint.Untrusted) && input.Kind == InputKind.String && !input.Untrusted)
            {
                report.Add("PB014", scalar, $"Input '{input.Name}' would hold text from outside, and does not say so.", $"Add 'trust: untrusted' to the input '{input.Name}'.");
            }

            given.Add(new NamedValue(input.Name, value));
        }

        return given;
    }

    private static CelEnvironment Variables(Trigger trigger) => trigger switch
    {
        HrisDateTrigger => CelEnvironment.Empty.With("employee", StepOutputs.Employee).With("event", StepOutputs.ScheduleEvent),
        HrisEventTrigger => CelEnvironment.Empty.With("employee", StepOutputs.Employee).With("event", StepOutputs.HrisEvent),
        IdpTrigger idp => CelEnvironment.Empty.With("event", EventKinds.WithObject.Contains(idp.Event) ? WithObject : StepOutputs.IdpEvent),
        RequestTrigger or OverdueTrigger => CelEnvironment.Empty.With("request", Submitted),
        ScheduleTrigger => CelEnvironment.Empty.With("event", StepOutputs.ScheduleEvent),
        _ => CelEnvironment.Empty,
    };

    /// <summary>Events about something always say what.</summary>
    private static RecordType WithObject { get; } = StepOutputs.IdpEvent with
    {
        Fields = [.. StepOutputs.IdpEvent.Fields.Select(field => field.Name == "object" ? field with { Optional = false } : field)],
    };

    /// <summary>Somebody has submitted it.</summary>
    private static RecordType Submitted { get; } = StepOutputs.Request with
    {
        Fields = [.. StepOutputs.Request.Fields.Select(field => field.Name == "requester" ? field with { Optional = false } : field)],
    };

    private static TimeSpan? Duration(YamlMapping said, string key) => said.Text(key) is { } text ? CelTime.Iso(text) : null;
}
