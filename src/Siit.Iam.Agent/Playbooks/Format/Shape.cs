namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>What may stand at one place of a playbook: both the check of the file's form and the editors' JSON Schema come from it.</summary>
internal abstract record Shape(string What);

/// <summary>A text.</summary>
/// <param name="Pattern">A regular expression for the whole text, in the part of the language that JSON Schema shares.</param>
/// <param name="Example">Shown when the pattern does not fit.</param>
internal sealed record TextShape(string What, int MaxLength = 500, string? Pattern = null, string? Example = null) : Shape(What);

internal sealed record WordShape(params IReadOnlyList<string> Words) : Shape("one of " + string.Join(", ", Words));

internal sealed record IntShape(long Min, long Max) : Shape($"a whole number from {Min} to {Max}");

internal sealed record BoolShape() : Shape("true or false");

internal sealed record DurationShape() : Shape("a duration such as PT4H or P2D");

/// <summary>Whole days, negative for before, none at all included.</summary>
internal sealed record OffsetShape() : Shape("a number of days such as -P3D or P0D");

/// <summary>A bare expression; a leading '=' is allowed, as where values may be expressions.</summary>
internal sealed record ExpressionShape() : Shape("an expression");

/// <summary>A text that may hold <c>${expression}</c>.</summary>
internal sealed record TemplateShape() : Shape("a text");

/// <summary>A literal, an expression after '=', or a text with <c>${expression}</c>.</summary>
internal sealed record ValueShape() : Shape("a value");

/// <summary>A literal of any type.</summary>
internal sealed record LiteralShape() : Shape("a value");

internal sealed record ListShape(Shape Item, bool MayBeEmpty = false) : Shape("a list");

/// <summary>Names of the author's choice.</summary>
internal sealed record MapShape(Shape Item) : Shape("a mapping");

internal sealed record ObjectShape(params IReadOnlyList<Key> Keys) : Shape("a mapping");

/// <summary>A list of steps.</summary>
internal sealed record StepsShape() : Shape("a list of steps");

/// <summary>A word alone, or a mapping.</summary>
internal sealed record WordOrObjectShape(WordShape Word, ObjectShape Object) : Shape($"{Word.What}, or a mapping");

/// <summary>Keys of the author's choice that name what lies elsewhere: steps, addresses, connections.</summary>
internal sealed record EntriesShape(Shape Item) : Shape("a mapping");

/// <summary>One of two: a single value, or what is none.</summary>
internal sealed record EitherShape(Shape Plain, Shape Other) : Shape($"{Plain.What}, or {Other.What}");

/// <summary>Anything: its form is looked at where it is used.</summary>
internal sealed record AnyShape() : Shape("a value");

/// <param name="Code">Of the finding when a required key is missing.</param>
/// <param name="Offered">False: editors do not know it, and the checker says why it does not go here.</param>
internal sealed record Key(string Name, Shape Shape, bool Required = false, string Code = "PB002", bool Offered = true);

/// <summary>What a step does.</summary>
/// <param name="Beside">Keys that may stand beside the verb.</param>
internal sealed record Verb(string Name, Shape Shape, params IReadOnlyList<Key> Beside);
