using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>
/// A typed profile of the Common Expression Language: every accepted expression is CEL and means the same. Left out: unsigned
/// numbers, bytes, messages, null, dyn, type(), mixed lists, keys of maps that are no text.
/// </summary>
internal static class Cel
{
    public static CheckedExpression Check(string text, CelEnvironment environment)
    {
        CelNode tree;
        try
        {
            tree = CelParser.Parse(text);
        }
        catch (ExpressionSyntaxException broken)
        {
            return new CheckedExpression(text, null, [broken.Problem], ImmutableDictionary<string, CelType>.Empty);
        }

        var checker = new CelChecker(environment);
        var typed = checker.Check(tree);
        var hopeless = checker.Hopeless;
        object? constant = null;
        if (checker.Problems.Count == 0 && hopeless.Count == 0)
        {
            constant = CelConstants.Value(tree, typed, environment, checker.Slots);
            if (CelConstants.Unwritable(constant) is { } trouble)
                hopeless = [new ExpressionProblem(ExpressionProblem.NeverComputed, tree.At, trouble, CelConstants.Hint)];
        }

        return new CheckedExpression(text, checker.Problems.Count == 0 && typed.Type is not null ? typed : null, checker.Problems, checker.Paths)
        {
            Tree = tree,
            Slots = checker.Slots,
            Hopeless = hopeless,
            Constant = hopeless.Count > 0 ? null : constant,
            WhenTrue = typed.WhenTrue,
            WhenFalse = typed.WhenFalse,
        };
    }
}

/// <param name="Typed">Null when there are problems, here or in what it reads.</param>
/// <param name="Paths">Every place that it reads, with its type. Empty means that it always has the same value.</param>
internal sealed record CheckedExpression(string Text, Typed? Typed, IReadOnlyList<ExpressionProblem> Problems, IReadOnlyDictionary<string, CelType> Paths)
{
    public CelNode? Tree { get; init; }

    public int Slots { get; init; }

    /// <summary>Parts that can never be computed, see <see cref="CelChecker.Hopeless"/>.</summary>
    public IReadOnlyList<ExpressionProblem> Hopeless { get; init; } = [];

    /// <summary>The value, where it is the same at every run.</summary>
    public object? Constant { get; init; }

    /// <summary>Paths that are certainly there when it is true; of the parts without problems when others have some.</summary>
    public ImmutableHashSet<string> WhenTrue { get; init; } = [];

    /// <summary>Paths that are certainly there when it is false; of the parts without problems when others have some.</summary>
    public ImmutableHashSet<string> WhenFalse { get; init; } = [];

    /// <summary>Only for one without problems.</summary>
    public Expression ToExpression()
    {
        var (typed, slots) = (Typed!, Slots);
        return new Expression(Text, typed.Type!, scope => (JsonNode)CelValues.ToJson(typed.Run(new Frame(scope, slots))));
    }
}
