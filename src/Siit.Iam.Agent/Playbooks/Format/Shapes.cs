namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>The whole form of <c>playbook/v1</c>.</summary>
internal static class Shapes
{
    public const string Schema = "playbook/v1";

    /// <summary>What a name may look like so that expressions can use it.</summary>
    public const string NamePattern = "^[a-z][A-Za-z0-9_]{0,39}$";

    private static readonly TextShape Line = new("a text", 200);
    private static readonly TextShape Tool = new("the name of an action", 60, "^[a-z][a-z_]*$", "suspend_user");
    private static readonly TextShape Connection = new("the name of a connection", 64, "^[A-Za-z0-9][A-Za-z0-9_-]*$", "okta");
    private static readonly WordShape OnError = new("stop", "continue");

    private static readonly ObjectShape Input = new(
        new("type", new WordShape("string", "int", "bool", "enum", "timestamp", "duration", "Person", "Request"), Required: true),
        new("description", Line),
        new("optional", new BoolShape()),
        new("default", new LiteralShape()),
        new("values", new ListShape(new TextShape("a word", 100))),
        new("min", new IntShape(int.MinValue, int.MaxValue)),
        new("max", new IntShape(1, int.MaxValue)),
        new("trust", new WordShape("untrusted")));

    private static readonly ObjectShape Policy = new(
        new("tools", new ListShape(Tool), Required: true),
        new("connections", new ListShape(Connection)),
        new("targets", new ObjectShape(new Key("person", new ExpressionShape(), Required: true))),
        new("limits", new ObjectShape(
            new("people", new IntShape(0, int.MaxValue), Required: true),
            new("writes", new IntShape(0, int.MaxValue), Required: true)), Required: true));

    private static readonly ObjectShape Agent = new(
        new("goal", new TemplateShape(), Required: true),
        new("context", new MapShape(new ValueShape())),
        new("tools", new ListShape(Tool, MayBeEmpty: true)),
        new("budget", new ObjectShape(
            new("turns", new IntShape(1, 50), Required: true, "PB040"),
            new("toolCalls", new IntShape(0, 200), Required: true, "PB040"),
            new("tokens", new IntShape(1, 1_000_000), Required: true, "PB040"),
            new("time", new DurationShape(), Required: true, "PB040")), Required: true, "PB040"),
        new("output", new MapShape(new WordOrObjectShape(new WordShape("int", "bool"), new ObjectShape(
            new("enum", new ListShape(new TextShape("a word", 100))),
            new("string", new IntShape(1, 4000)),
            new("int", new ObjectShape(new("min", new IntShape(int.MinValue, int.MaxValue)), new("max", new IntShape(int.MinValue, int.MaxValue)))),
            new("choice", new ExpressionShape())))), Required: true, "PB040"),
        new("onInvalid", new ObjectShape(
            new("retry", new IntShape(0, 3)),
            new("then", new WordShape("fail", "use"), Required: true, "PB040"),
            new("value", new MapShape(new LiteralShape()))), Required: true, "PB040"),
        new("untrusted", new ListShape(new TextShape("a name from 'context'", 60), MayBeEmpty: true)));

    public static IReadOnlyList<Verb> Verbs { get; } =
    [
        new("do", Tool,
            new("with", new MapShape(new ValueShape())),
            new("undo", new WordOrObjectShape(new WordShape("inverse", "none"), new ObjectShape(new Key("do", Tool, Required: true)))),
            new("because", Line),
            new("unsupported", new WordShape("fail", "skip")),
            new("onError", OnError)),
        new("foreach", new ObjectShape(
            new("in", new ExpressionShape(), Required: true),
            new("as", new TextShape("a name", 40, NamePattern, "account"), Required: true),
            new("max", new IntShape(1, 1000), Required: true, "PB071"),
            new("onError", OnError)),
            new Key("steps", new StepsShape(), Required: true)),
        new("approve", new ObjectShape(
            new("approvers", new WordShape("one", "two"), Required: true),
            new("timeout", new DurationShape(), Required: true),
            new("summary", new TemplateShape(), Required: true))),
        new("agent", Agent),
        new("notify", new ObjectShape(new("to", new WordShape("timeline")), new("template", new TemplateShape(), Required: true))),
        new("choose", new ListShape(new ObjectShape(
            new("when", new ExpressionShape()),
            new("else", new BoolShape()),
            new("steps", new StepsShape(), Required: true)))),
        new("require", new ExpressionShape(), new Key("message", new TemplateShape())),
        new("let", new ValueShape()),
        new("finish", new ObjectShape(new("status", new WordShape("done", "refused"), Required: true), new("message", new TemplateShape()))),
    ];

    public static TextShape StepId { get; } = new("a name", 40, NamePattern, "suspend");

    public static ObjectShape Playbook { get; } = new(
        new("schema", new WordShape(Schema), Required: true),
        new("id", new TextShape("an id", 64, "^[a-z][a-z0-9-]*$", "reset-mfa"), Required: true),
        new("version", new TextShape("a version", 30, @"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$", "1.0.0"), Required: true),
        new("title", Line, Required: true),
        new("description", new TextShape("a text", 2000)),
        new("owner", new TextShape("a group", 100, "^group:[A-Za-z0-9][A-Za-z0-9 ._-]*$", "group:it-identity"), Required: true),
        new("triggers", new ListShape(new WordOrObjectShape(new WordShape("manual"), new ObjectShape(new Key("manual", new ObjectShape()))))),
        new("inputs", new MapShape(Input)),
        new("policy", Policy, Required: true),
        new("vars", new MapShape(new ValueShape())),
        new("steps", new StepsShape(), Required: true),
        new("onFailure", new WordShape("stop", "continue")),
        new("outputs", new MapShape(new ValueShape())));
}
