using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>What starts a run.</summary>
/// <param name="Name">Tells it from the playbook's other triggers, and is part of what makes a start unique: never the place in the file.</param>
internal abstract record Trigger(string Name)
{
    /// <summary>Must hold for a run to start; null: always.</summary>
    public Expression? Where { get; init; }

    /// <summary>Inputs by name.</summary>
    public IReadOnlyList<NamedValue> Bind { get; init; } = [];

    /// <summary>Its kind as settings and audit log name it: one of <see cref="Gate.Rules.ApprovalRuleProblems.Triggers"/>.</summary>
    public string Kind => Name.Split(':')[0];

    public int Line { get; init; } = 1;

    public int Column { get; init; } = 1;
}

/// <summary>By somebody who may call: an agent, a person's tool, the command line.</summary>
internal sealed record ManualTrigger() : Trigger("manual")
{
    /// <summary>Approver groups whose members may start it on the page, beside a request; none: nobody there.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];
}

/// <summary>Published as an MCP prompt whose arguments are the inputs; the client then starts the run.</summary>
internal sealed record PromptTrigger(string Prompt, string? Description) : Trigger($"prompt:{Prompt}");

/// <summary>Somebody submits a request with this form. Inputs that are not bound are the form's fields.</summary>
internal sealed record RequestTrigger(string Form) : Trigger($"request:{Form}");

/// <summary>A request is still open, and nothing was begun for it, so long after it was submitted.</summary>
/// <param name="Form">Null for requests of any form, or none.</param>
internal sealed record OverdueTrigger(string? Form, TimeSpan After) : Trigger($"overdue:{Form}:{CelTime.IsoText(After)}");

/// <summary>A date of somebody's employment, and a time on that day.</summary>
/// <param name="Date"><c>start</c>, <c>end</c> or <c>probation_end</c>.</param>
/// <param name="Offset">Whole days, before (negative) or after.</param>
internal sealed record HrisDateTrigger(string Date, TimeSpan Offset, TimeOnly At, string Zone, TimeSpan CatchUp) : Trigger($"hris:{Date}:{CelTime.IsoText(Offset)}");

/// <summary>An HRIS has told news.</summary>
/// <param name="Event">Such as <c>department_changed</c>.</param>
internal sealed record HrisEventTrigger(string Event) : Trigger($"hris:{Event}");

/// <summary>Something happened to an account at an IdP, by whomever.</summary>
/// <param name="Event">Such as <c>membership.added</c>.</param>
/// <param name="Connection">Null for every connection.</param>
/// <param name="Object">Id or name of the group, application, role or factor; null for any.</param>
internal sealed record IdpTrigger(string Event, string? Connection, string? Object) : Trigger($"idp:{Event}:{Connection}:{Object}");

/// <summary>At times.</summary>
/// <param name="Cron">Five fields, or six with seconds.</param>
internal sealed record ScheduleTrigger(string Cron, string Zone, TimeSpan CatchUp) : Trigger($"schedule:{Cron}:{Zone}");
