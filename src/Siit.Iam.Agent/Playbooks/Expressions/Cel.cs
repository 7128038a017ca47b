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
        return new CheckedExpression(text, checker.Problems.Count == 0 ? typed : null, checker.Problems, checker.Paths)
        {
            Tree = tree,
            Slots = checker.Slots,
        };
    }
}

/// <param name="Typed">Null when there are problems.</param>
/// <param name="Paths">Every place that it reads, with its type. Empty means that it always has the same value.</param>
internal sealed record CheckedExpression(string Text, Typed? Typed, IReadOnlyList<ExpressionProblem> Problems, IReadOnlyDictionary<string, CelType> Paths)
{
    public CelNode? Tree { get; init; }

    public int Slots { get; init; }

    public ImmutableHashSet<string> WhenTrue => Typed?.WhenTrue ?? [];

    public ImmutableHashSet<string> WhenFalse => Typed?.WhenFalse ?? [];

    /// <summary>Only for one without problems.</summary>
    public Expression ToExpression()
    {
        var (typed, slots) = (Typed!, Slots);
        return new Expression(Text, typed.Type!, scope => (JsonNode)CelValues.ToJson(typed.Run(new Frame(scope, slots))));
    }
}
