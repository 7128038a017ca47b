using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>What steps leave under <c>steps.id</c>, as types.</summary>
internal static class StepOutputs
{
    /// <summary>The state of a write that its step passed over.</summary>
    public const string Skipped = "skipped";

    public static RecordType Write { get; } = new("outcome",
    [
        new("state", new EnumType([.. Enum.GetValues<CallState>().Select(state => state.Word()), Skipped])),
        new("call", CelType.String, Optional: true),
        new("message", CelType.String),
    ]);

    public static RecordType Foreach { get; } = new("loop", [new("total", CelType.Int), new("ok", CelType.Int), new("failed", CelType.Int), new("skipped", CelType.Int)]);

    public static RecordType Yielding(CelType item, int max, Taint taint) =>
        Foreach with { Fields = [.. Foreach.Fields, new RecordField("values", new ListType(item, max), Taint: taint)] };

    public static RecordType Approve { get; } = new("approval", [new("approvers", new ListType(CelType.String, 2)), new("at", CelType.Timestamp)]);

    public static RecordType Wait { get; } = new("wait", [new("woken", CelType.Bool), new("at", CelType.Timestamp)]);

    public static RecordType Call { get; } = new("called",
        [new("run", CelType.String), new("state", new EnumType(["succeeded", "failed", "refused", "cancelled"])), new("message", CelType.String, Taint: Taint.Untrusted)]);

    /// <summary>Level <c>none</c>: the settings ask for no proof.</summary>
    public static RecordType Verify { get; } = new("verification",
        [new("level", new EnumType(["usual", "raised", "none"])), new("methods", new ListType(CelType.String, 5)), new("at", CelType.Timestamp)]);

    public static RecordType Opened { get; } = new("opened", [new("id", CelType.String)]);

    public static RecordType Run { get; } = new("run",
        [new("id", CelType.String), new("now", CelType.Timestamp), new("requester", CelType.Person, Optional: true)]);

    public static RecordType Request { get; } = new("request",
    [
        new("id", CelType.String),
        new("text", CelType.String, Taint: Taint.Untrusted),
        new("requester", CelType.Person, Optional: true),
    ]);

    /// <summary>Somebody as an HRIS knows them. Dates are midnight UTC of their day; the manager stands there when it leads to a work email.</summary>
    public static RecordType Employee { get; } = new("employee",
    [
        new("id", CelType.String),
        new("work_email", CelType.Person),
        new("first_name", CelType.String, Optional: true, Taint.Untrusted),
        new("last_name", CelType.String, Optional: true, Taint.Untrusted),
        new("preferred_name", CelType.String, Optional: true, Taint.Untrusted),
        new("manager", CelType.Person, Optional: true),
        new("department", CelType.String, Optional: true, Taint.Untrusted),
        new("title", CelType.String, Optional: true, Taint.Untrusted),
        new("location", CelType.String, Optional: true, Taint.Untrusted),
        new("cost_center", CelType.String, Optional: true, Taint.Untrusted),
        new("employment_type", CelType.String, Optional: true, Taint.Untrusted),
        new("status", new EnumType(["active", "on_leave", "left"])),
        new("start_date", CelType.Timestamp, Optional: true),
        new("end_date", CelType.Timestamp, Optional: true),
        new("probation_end_date", CelType.Timestamp, Optional: true),
    ]);

    /// <summary>News of an HRIS.</summary>
    public static RecordType HrisEvent { get; } = new("hris_event",
        [new("before", CelType.String, Optional: true, Taint.Untrusted), new("after", CelType.String, Optional: true, Taint.Untrusted), new("time", CelType.Timestamp)]);

    /// <summary>A lifecycle event of an account.</summary>
    public static RecordType IdpEvent { get; } = new("idp_event",
    [
        new("connection", CelType.String),
        new("account", CelType.String),
        new("email", CelType.Person, Optional: true),
        new("login", CelType.String, Optional: true, Taint.Untrusted),
        new("object", CelType.String, Optional: true),
        new("object_name", CelType.String, Optional: true, Taint.Untrusted),
        new("actor", CelType.String, Optional: true, Taint.Untrusted),
        new("time", CelType.Timestamp),
    ]);

    /// <summary>An occurrence of a schedule.</summary>
    public static RecordType ScheduleEvent { get; } = new("schedule_event", [new("time", CelType.Timestamp)]);

    public static RecordType Let(CelType type, Taint taint) => new("value", [new("value", type, Taint: taint)]);

    /// <summary>What a read answers.</summary>
    public static RecordType Of(ActionDefinition action) => Record(action.Name, action.Result!.Fields);

    /// <summary>What a tool of another server answers: all of it text from outside, whatever its type.</summary>
    public static RecordType Of(LockedTool tool)
    {
        var said = new List<RecordField> { new("text", CelType.String, Optional: !tool.IsRead, Taint.Untrusted) };
        if (tool.Result is { } result)
        {
            said.Add(new RecordField("data", new RecordType($"{tool.Name}.data",
                [.. result.Fields.Where(field => field.Kind != ToolKind.Other).Select(field => new RecordField(field.Name, TypeOf(field), !field.Required, Taint.Untrusted))]), Optional: !tool.IsRead, Taint.Untrusted));
        }

        return new RecordType(tool.Name, tool.IsRead ? said : [.. Write.Fields, .. said]);
    }

    private static CelType TypeOf(ToolField field) => field.Kind switch
    {
        ToolKind.Whole => CelType.Int,
        ToolKind.Number => CelType.Double,
        ToolKind.Flag => CelType.Bool,
        ToolKind.Texts => new ListType(CelType.String, 1000),
        _ => field.Words.Count > 0 ? new EnumType(field.Words) : CelType.String,
    };

    public static CelType Of(PlaybookInput input) => input.Kind switch
    {
        InputKind.Int => CelType.Int,
        InputKind.Bool => CelType.Bool,
        InputKind.Enum when input.Values.Count > 0 => new EnumType(input.Values),
        InputKind.Timestamp => CelType.Timestamp,
        InputKind.Duration => CelType.Duration,
        InputKind.Person => CelType.Person,
        InputKind.Request => Request,
        InputKind.Employee => Employee,
        _ => CelType.String,
    };

    private static RecordType Record(string name, IReadOnlyList<ResultField> fields) => new(name, [.. fields.Select(field => new RecordField(
        field.Name,
        field.Kind switch
        {
            ResultKind.Number => CelType.Int,
            ResultKind.Bool => CelType.Bool,
            ResultKind.Time => CelType.Timestamp,
            ResultKind.Words => new EnumType(field.AllowedWords),
            ResultKind.Texts => new ListType(CelType.String, field.MaxItems),
            ResultKind.List => new ListType(Record($"{name}.{field.Name}", field.Item), field.MaxItems),
            _ => CelType.String,
        },
        field.Optional,
        field.Kind == ResultKind.FreeText ? Taint.Untrusted : Taint.None))]);
}
