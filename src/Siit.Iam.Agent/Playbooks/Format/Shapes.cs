using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.People.Events;

namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>The whole form of <c>playbook/v1</c>.</summary>
internal static class Shapes
{
    public const string Schema = "playbook/v1";

    /// <summary>What a name may look like so that expressions can use it.</summary>
    public const string NamePattern = "^[a-z][A-Za-z0-9_]{0,39}$";

    private static readonly TextShape Line = new("a text", 200);
    private static readonly TextShape Tool = new("the name of an action", 60);
    private static readonly TextShape Connection = new("the name of a connection", 64, "^[A-Za-z0-9][A-Za-z0-9_-]*$", "okta");
    private static readonly WordShape OnError = new("stop", "continue");

    private static readonly ObjectShape Input = new(
        new("type", new WordShape("string", "int", "bool", "enum", "timestamp", "duration", "Person", "Request", "Employee"), Required: true),
        new("description", Line),
        new("optional", new BoolShape()),
        new("default", new LiteralShape()),
        new("values", new ListShape(new TextShape("a word", 100))),
        new("min", new IntShape(int.MinValue, int.MaxValue)),
        new("max", new IntShape(1, int.MaxValue)),
        new("trust", new WordShape("untrusted")));

    private static readonly TextShape Form = new("the name of a form", 64, "^[a-z][a-z0-9-]*$", "app-access");
    private static readonly TextShape Zone = new("a time zone such as Europe/Paris, or 'person'", 64);

    private static readonly ObjectShape Trigger = new(
        new("manual", new ObjectShape(new Key("roles", new ListShape(new TextShape("an approver group", 100))))),
        new("prompt", new ObjectShape(
            new("name", new TextShape("a name", 64, "^[a-z][a-z0-9_]*$", "reset_mfa"), Required: true),
            new("description", Line))),
        new("request", new ObjectShape(new Key("form", Form, Required: true))),
        new("overdue", new ObjectShape(new("form", Form), new("after", new DurationShape(), Required: true))),
        new("hris", new ObjectShape(
            new("date", new WordShape("start", "end", "probation_end")),
            new("event", new WordShape(HrisWords.Events)),
            new("offset", new OffsetShape()),
            new("at", new TextShape("a time of day", 5, "^([01][0-9]|2[0-3]):[0-5][0-9]$", "17:00")),
            new("zone", Zone),
            new("catchUp", new DurationShape()))),
        new("idp", new ObjectShape(
            new("event", new WordShape(EventKinds.Words), Required: true),
            new("connection", Connection),
            new("group", new TextShape("the id or name of a group", 200)),
            new("application", new TextShape("the id or name of an application", 200)))),
        new("schedule", new ObjectShape(
            new("cron", new TextShape("a cron expression", 100), Required: true),
            new("zone", Zone),
            new("catchUp", new DurationShape()))),
        new("where", new ExpressionShape()),
        new("bind", new MapShape(new ValueShape())));

    private static readonly ObjectShape Policy = new(
        new("tools", new ListShape(Tool, MayBeEmpty: true), Required: true),
        new("connections", new ListShape(Connection)),
        new("targets", new ObjectShape(new Key("person", new ExpressionShape(), Required: true))),
        new("limits", new ObjectShape(
            new("people", new IntShape(0, int.MaxValue), Required: true),
            new("writes", new IntShape(0, int.MaxValue), Required: true)), Required: true),
        new("daily", new ObjectShape(new("people", new IntShape(0, 100_000), Required: true), new("percent", new IntShape(0, 50)))),
        new("concurrency", new ObjectShape(new("key", new ValueShape(), Required: true), new("mode", new WordShape("queue", "reject", "replace"), Required: true))),
        new("preempts", new BoolShape()),
        new("standing", new TextShape("the id of a standing approval", 60, "^[A-Za-z0-9][A-Za-z0-9_-]*$", "SA-1")));

    private static readonly WordOrObjectShape ModelField = Field(choice: true);

    /// <summary>A list that is computed is for a model to choose from.</summary>
    private static readonly WordOrObjectShape PersonField = Field(choice: false);

    private static readonly ObjectShape Agent = new(
        new("goal", new TemplateShape(), Required: true),
        new("context", new MapShape(new ValueShape())),
        new("tools", new ListShape(Tool, MayBeEmpty: true)),
        new("budget", new ObjectShape(
            new("turns", new IntShape(1, 50), Required: true, "PB040"),
            new("toolCalls", new IntShape(0, 200), Required: true, "PB040"),
            new("tokens", new IntShape(1, 1_000_000), Required: true, "PB040"),
            new("time", new DurationShape(), Required: true, "PB040")), Required: true, "PB040"),
        new("output", new MapShape(ModelField), Required: true, "PB040"),
        new("onInvalid", new ObjectShape(
            new("retry", new IntShape(0, 3)),
            new("then", new WordShape("fail", "use"), Required: true, "PB040"),
            new("value", new MapShape(new LiteralShape()))), Required: true, "PB040"),
        new("untrusted", new ListShape(new TextShape("a name from 'context'", 60), MayBeEmpty: true)));

    public static IReadOnlyList<Verb> Verbs { get; } =
    [
        new("do", Tool,
            new("with", new MapShape(new ValueShape())),
            new("undo", new WordOrObjectShape(new WordShape("inverse", "none"), new ObjectShape(new("do", Tool, Required: true), new("with", new MapShape(new ValueShape()))))),
            new("because", Line),
            new("unsupported", new WordShape("fail", "skip")),
            new("onError", OnError)),
        new("foreach", new ObjectShape(
            new("in", new ExpressionShape(), Required: true),
            new("as", new TextShape("a name", 40, NamePattern, "account"), Required: true),
            new("max", new IntShape(1, 1000), Required: true, "PB071"),
            new("parallel", new IntShape(1, 20)),
            new("onError", OnError),
            new("maxFailures", new IntShape(0, 1000))),
            new("steps", new StepsShape(), Required: true),
            new("yield", new ValueShape())),
        new("approve", new ObjectShape(
            new("approvers", new WordShape("one", "two")),
            new("seats", new ListShape(new TextShape("any, manager, owner or group:NAME", 70, "^(any|manager|owner|group:[A-Za-z0-9_-]{1,60})$", "owner"))),
            new("needed", new IntShape(1, 10)),
            new("fallback", new TextShape("an approver group", 60, "^[A-Za-z0-9_-]{1,60}$", "it-leads")),
            new("timeout", new DurationShape(), Required: true),
            new("summary", new TemplateShape(), Required: true)),
            new Key("else", new WordShape("skip"))),
        new("agent", Agent),
        new("notify", new ObjectShape(new("to", new ValueShape()), new("template", new TemplateShape(), Required: true))),
        new("choose", new ListShape(new ObjectShape(
            new("when", new ExpressionShape()),
            new("else", new BoolShape()),
            new("steps", new StepsShape(), Required: true),
            new("yield", new ValueShape())))),
        new("parallel", new MapShape(new StepsShape())),
        new("wait", new ObjectShape(
            new("for", new ExpressionShape()),
            new("until", new ExpressionShape()),
            new("wakeOn", new ObjectShape(
                new("event", new WordShape(EventKinds.Words), Required: true),
                new("group", new ValueShape()),
                new("application", new ValueShape()))))),
        new("call", new ObjectShape(
            new("playbook", new TextShape("the id of a playbook", 64, "^[a-z][a-z0-9-]*$", "offboard"), Required: true, "PB080"),
            new("version", new TextShape("a version such as ^1 or 1.2.0", 31, @"^(\^[0-9]{1,6}(\.[0-9]{1,6}){0,2}|[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6})$", "^1"), Required: true, "PB080")),
            new("with", new MapShape(new ValueShape())),
            new("onError", OnError)),
        new("ask", new ObjectShape(
            new("of", new ExpressionShape()),
            new("group", new TextShape("a group of approvers", 100)),
            new("text", new TemplateShape(), Required: true),
            new("answers", new MapShape(PersonField), Required: true),
            new("timeout", new DurationShape(), Required: true, "PB032"),
            new("default", new MapShape(new LiteralShape())))),
        new("request", new ObjectShape(new("for", new ValueShape(), Required: true), new("text", new TemplateShape(), Required: true))),
        new("require", new ExpressionShape(), new("message", new TemplateShape()), new("else", new WordShape("skip"))),
        new("let", new ValueShape()),
        new("finish", new ObjectShape(new("status", new WordShape("done", "refused"), Required: true), new("message", new TemplateShape()))),
        new("verify", new ObjectShape(
            new("subject", new ValueShape(), Required: true),
            new("connection", new ValueShape(), Required: true),
            new("for", new WordShape([.. ActionCatalog.All.Where(action => action.Write?.HandsOutAWayIn is not null).Select(action => action.Name)]), Required: true),
            new("factor", new ValueShape()),
            new("timeout", new DurationShape(), Required: true))),
    ];

    public static TextShape StepId { get; } = new("a name", 40, NamePattern, "suspend");

    public static ObjectShape Playbook { get; } = new(
        new("schema", new WordShape(Schema), Required: true),
        new("id", new TextShape("an id", 64, "^[a-z][a-z0-9-]*$", "reset-mfa"), Required: true),
        new("version", new TextShape("a version", 30, @"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$", "1.0.0"), Required: true),
        new("title", Line, Required: true),
        new("description", new TextShape("a text", 2000)),
        new("owner", new TextShape("a group", 100, "^group:[A-Za-z0-9][A-Za-z0-9 ._-]*$", "group:it-identity"), Required: true),
        new("triggers", new ListShape(new WordOrObjectShape(new WordShape("manual"), Trigger))),
        new("inputs", new MapShape(Input)),
        new("policy", Policy, Required: true),
        new("vars", new MapShape(new ValueShape())),
        new("steps", new StepsShape(), Required: true),
        new("onFailure", new WordShape("stop", "continue", "compensate")),
        new("outputs", new MapShape(new ValueShape())));

    /// <summary>One field of an answer.</summary>
    private static WordOrObjectShape Field(bool choice) => new(new WordShape("int", "bool"), new ObjectShape(
        new("enum", new ListShape(new TextShape("a word", 100))),
        new("string", new IntShape(1, 4000)),
        new("int", new ObjectShape(new("min", new IntShape(int.MinValue, int.MaxValue)), new("max", new IntShape(int.MinValue, int.MaxValue)))),
        new("choice", new ExpressionShape(), Offered: choice)));
}
