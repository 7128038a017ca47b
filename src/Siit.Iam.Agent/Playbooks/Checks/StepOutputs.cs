using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

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

    public static RecordType Foreach { get; } = new("loop", [new("total", CelType.Int), new("ok", CelType.Int), new("failed", CelType.Int)]);

    public static RecordType Approve { get; } = new("approval", [new("approvers", new ListType(CelType.String, 2)), new("at", CelType.Timestamp)]);

    public static RecordType Run { get; } = new("run",
        [new("id", CelType.String), new("now", CelType.Timestamp), new("requester", CelType.Person, Optional: true)]);

    public static RecordType Request { get; } = new("request",
    [
        new("id", CelType.String),
        new("text", CelType.String, Taint: Taint.Untrusted),
        new("requester", CelType.Person, Optional: true),
    ]);

    public static RecordType Let(CelType type, Taint taint) => new("value", [new("value", type, Taint: taint)]);

    /// <summary>What a read answers.</summary>
    public static RecordType Of(ActionDefinition action) => Record(action.Name, action.Result!.Fields);

    public static CelType Of(PlaybookInput input) => input.Kind switch
    {
        InputKind.Int => CelType.Int,
        InputKind.Bool => CelType.Bool,
        InputKind.Enum => new EnumType(input.Values),
        InputKind.Timestamp => CelType.Timestamp,
        InputKind.Duration => CelType.Duration,
        InputKind.Person => CelType.Person,
        InputKind.Request => Request,
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
