using System.Collections.Immutable;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>A part of an expression after the check: what is known about it, and how to compute it.</summary>
/// <param name="Type">Null after a problem: nothing more is said about what depends on it.</param>
/// <param name="Cost">Steps at most.</param>
internal sealed record Typed(CelType? Type, Func<Frame, object> Run, Taint Taint = Taint.None, double Cost = 1)
{
    /// <summary>Names the place of a value, such as <c>steps.found.email</c>; null for what is computed.</summary>
    public string? Path { get; init; }

    /// <summary>The value, for literals.</summary>
    public object? Constant { get; init; }

    /// <summary>Paths that are certainly there when this is true.</summary>
    public ImmutableHashSet<string> WhenTrue { get; init; } = [];

    /// <summary>Paths that are certainly there when this is false.</summary>
    public ImmutableHashSet<string> WhenFalse { get; init; } = [];

    /// <summary>Of the value and of everything in it.</summary>
    public Taint WholeTaint => Taint | (Type is null ? Taint.None : Within(Type));

    public static Typed Broken { get; } = new(null, _ => throw new ExpressionException("The expression was not accepted."));

    private static Taint Within(CelType type) => type switch
    {
        RecordType record => record.Fields.Aggregate(Taint.None, (taint, field) => taint | field.Taint | Within(field.Type)),
        ListType list => Within(list.Item),
        MapType map => Within(map.Value),
        _ => Taint.None,
    };
}
