using System.Collections.Immutable;

namespace Siit.Iam.Agent.Playbooks.Expressions;

internal sealed partial class CelChecker
{
    private const string DividedByZero = "A division by zero.";
    private const string RemainderByZero = "A remainder by zero.";

    private Typed Unary(UnaryNode node)
    {
        var operand = Of(node.Operand);
        if (operand.Type is null)
            return Typed.Broken;
        if (node.Operator == "!" && operand.Type == CelType.Bool)
        {
            return new Typed(CelType.Bool, frame => !(bool)operand.Run(frame), operand.Taint, operand.Cost + 1)
            {
                WhenTrue = operand.WhenFalse,
                WhenFalse = operand.WhenTrue,
            };
        }

        if (node.Operator == "-" && operand.Type == CelType.Int)
            return new Typed(CelType.Int, frame => Whole(() => checked(-(long)operand.Run(frame))), operand.Taint, operand.Cost + 1);
        if (node.Operator == "-" && operand.Type == CelType.Double)
            return new Typed(CelType.Double, frame => -(double)operand.Run(frame), operand.Taint, operand.Cost + 1);
        return Mismatch(node.At, $"'{node.Operator}' does not work on a {operand.Type}.", node.Operator == "!" ? "It takes a bool." : "It takes a number.");
    }

    private Typed Ternary(TernaryNode node)
    {
        var condition = Of(node.Condition);
        var then = Given(condition.WhenTrue, node.Then);
        var otherwise = Given(condition.WhenFalse, node.Else);
        if (condition.Type is not null && condition.Type != CelType.Bool)
            return Mismatch(node.At, $"The condition is a {condition.Type}.", "A condition is a bool: compare it with something.");
        if (condition.Type is null || then.Type is null || otherwise.Type is null)
            return Typed.Broken;
        if (Types.Join(then.Type, otherwise.Type) is not { } type)
            return Mismatch(node.At, $"One side of ':' is a {then.Type}, the other a {otherwise.Type}.", "Both have one type.");
        return new Typed(
            type,
            frame => (bool)condition.Run(frame) ? then.Run(frame) : otherwise.Run(frame),
            condition.Taint | then.Taint | otherwise.Taint,
            condition.Cost + 1 + Math.Max(then.Cost, otherwise.Cost));
    }

    private Typed Binary(BinaryNode node)
    {
        var left = Of(node.Left);
        var right = node.Operator switch
        {
            "&&" => Given(left.WhenTrue, node.Right),
            "||" => Given(left.WhenFalse, node.Right),
            _ => Of(node.Right),
        };
        if (left.Type is null || right.Type is null)
            return Typed.Broken with { WhenTrue = node.Operator == "&&" ? left.WhenTrue.Union(right.WhenTrue) : [], WhenFalse = node.Operator == "||" ? left.WhenFalse.Union(right.WhenFalse) : [] };
        var made = node.Operator switch
        {
            "&&" or "||" => Logic(node, left, right),
            "==" or "!=" => Equality(node, left, right),
            "<" or "<=" or ">" or ">=" => Order(node, left, right),
            "in" => In(node, left, right),
            _ => Arithmetic(node, left, right),
        };
        return made with { Taint = made.Taint | left.Taint | right.Taint, Cost = left.Cost + right.Cost + made.Cost };
    }

    private Typed Logic(BinaryNode node, Typed left, Typed right)
    {
        if (left.Type != CelType.Bool || right.Type != CelType.Bool)
            return Mismatch(node.At, $"'{node.Operator}' stands between a {left.Type} and a {right.Type}.", "Both sides are bools: nothing counts as true by itself.");
        var and = node.Operator == "&&";
        return new Typed(CelType.Bool, frame => Either(frame, left, right, decides: !and))
        {
            WhenTrue = and ? left.WhenTrue.Union(right.WhenTrue) : left.WhenTrue.Intersect(right.WhenTrue),
            WhenFalse = and ? left.WhenFalse.Intersect(right.WhenFalse) : left.WhenFalse.Union(right.WhenFalse),
        };
    }

    /// <summary>One side that decides is enough, even when the other cannot be computed.</summary>
    private static bool Either(Frame frame, Typed left, Typed right, bool decides)
    {
        bool first;
        try
        {
            first = (bool)left.Run(frame);
        }
        catch (ExpressionException) when (Decides(frame, right, decides))
        {
            return decides;
        }

        return first == decides ? decides : (bool)right.Run(frame);
    }

    private static bool Decides(Frame frame, Typed side, bool decides)
    {
        try
        {
            return (bool)side.Run(frame) == decides;
        }
        catch (ExpressionException)
        {
            return false;
        }
    }

    private Typed Equality(BinaryNode node, Typed left, Typed right)
    {
        if (Types.Join(left.Type!, right.Type!) is null)
            return Mismatch(node.At, $"A {left.Type} is never equal to a {right.Type}.", "Nothing is converted by itself: use string(), int(), timestamp() and the like.");
        if (!KnownWord(node.Right.At, left.Type!, right) || !KnownWord(node.Left.At, right.Type!, left))
            return Typed.Broken;
        var wanted = node.Operator == "==";
        return new Typed(CelType.Bool, frame => CelValues.Equals(left.Run(frame), right.Run(frame)) == wanted);
    }

    /// <summary>A literal beside an enum has to be one of its words.</summary>
    private bool KnownWord(int at, CelType type, Typed literal)
    {
        if (type is not EnumType words || literal.Constant is not string word || words.Words.Contains(word))
            return true;
        Problem(ExpressionProblem.Word, at, $"'{word}' is never its value.", Checks.Spelling.Hint(word, words.Words));
        return false;
    }

    private Typed Order(BinaryNode node, Typed left, Typed right)
    {
        if (Types.Join(left.Type!, right.Type!) is not { } type || !(Types.HasOrder(type) || type == CelType.Nothing))
            return Mismatch(node.At, $"A {left.Type} and a {right.Type} have no order.", "Compare two numbers, texts, timestamps or durations of the same type.");
        Func<int, bool> holds = node.Operator switch
        {
            "<" => order => order < 0,
            "<=" => order => order <= 0,
            ">" => order => order > 0,
            _ => order => order >= 0,
        };
        return new Typed(CelType.Bool, frame => CelValues.Compare(left.Run(frame), right.Run(frame)) is { } order && holds(order));
    }

    private Typed In(BinaryNode node, Typed left, Typed right)
    {
        switch (right.Type)
        {
            case ListType list when Types.Join(left.Type!, list.Item) is not null:
                if (left.Type is EnumType && node.Right is ListNode literals)
                {
                    foreach (var item in literals.Items.OfType<LiteralNode>())
                    {
                        if (!KnownWord(item.At, left.Type, new Typed(item.Type, _ => item.Value) { Constant = item.Value }))
                            return Typed.Broken;
                    }
                }

                return new Typed(
                    CelType.Bool,
                    frame =>
                    {
                        var sought = left.Run(frame);
                        return ((IReadOnlyList<object>)right.Run(frame)).Any(item => CelValues.Equals(item, sought));
                    },
                    Cost: list.Max ?? UnknownLength);
            case MapType when Types.IsText(left.Type!):
                return new Typed(CelType.Bool, frame => ((IReadOnlyDictionary<string, object>)right.Run(frame)).ContainsKey((string)left.Run(frame)));
            default:
                return Mismatch(node.At, $"A {left.Type} is never in a {right.Type}.", "'in' asks for an item of a list or a key of a map.");
        }
    }

    private Typed Arithmetic(BinaryNode node, Typed left, Typed right)
    {
        var (l, r) = (left.Type!, right.Type!);
        if (l == CelType.Nothing || r == CelType.Nothing)
            return new Typed(Types.Join(l, r)!, frame => (left.Run(frame), right.Run(frame)).Item1); // an item of an empty list: never gets that far
        if (l == CelType.Int && r == CelType.Int && right.Constant is 0L && node.Operator is "/" or "%")
            Hopelessly(node.At, node.Operator == "/" ? DividedByZero : RemainderByZero);
        if (l == CelType.Int && r == CelType.Int)
            return new Typed(CelType.Int, frame => Ints(node.Operator, (long)left.Run(frame), (long)right.Run(frame)));
        if (l == CelType.Double && r == CelType.Double && node.Operator != "%")
            return new Typed(CelType.Double, frame => Doubles(node.Operator, (double)left.Run(frame), (double)right.Run(frame)));
        if (node.Operator == "+" && Types.IsText(l) && Types.IsText(r))
            return new Typed(CelType.String, frame => Joined((string)left.Run(frame), (string)right.Run(frame)));
        if (node.Operator == "+" && l is ListType a && r is ListType b && Types.Join(a.Item, b.Item) is { } item)
            return new Typed(new ListType(item, a.Max + b.Max), frame => Joined((IReadOnlyList<object>)left.Run(frame), (IReadOnlyList<object>)right.Run(frame)), Cost: (a.Max ?? UnknownLength) + (b.Max ?? UnknownLength));
        return Times(node.Operator, left, right)
            ?? Mismatch(node.At, $"'{node.Operator}' does not work on a {l} and a {r}.", "Nothing is converted by itself: use string(), int(), double() and the like.");
    }

    private static Typed? Times(string sign, Typed left, Typed right)
    {
        var (l, r) = (left.Type!, right.Type!);
        decimal factor = sign == "-" ? -1 : 1;
        if (sign is not ("+" or "-"))
            return null;
        if (l == CelType.Timestamp && r == CelType.Duration)
            return new Typed(CelType.Timestamp, frame => Moved((DateTimeOffset)left.Run(frame), factor * ((TimeSpan)right.Run(frame)).Ticks));
        if (l == CelType.Duration && r == CelType.Timestamp && sign == "+")
            return new Typed(CelType.Timestamp, frame => Moved((DateTimeOffset)right.Run(frame), ((TimeSpan)left.Run(frame)).Ticks));
        if (l == CelType.Duration && r == CelType.Duration)
            return new Typed(CelType.Duration, frame => CelTime.InRange(((TimeSpan)left.Run(frame)).Ticks + (factor * ((TimeSpan)right.Run(frame)).Ticks)));
        if (l == CelType.Timestamp && r == CelType.Timestamp && sign == "-")
            return new Typed(CelType.Duration, frame => CelTime.InRange((decimal)((DateTimeOffset)left.Run(frame)).UtcTicks - ((DateTimeOffset)right.Run(frame)).UtcTicks));
        return null;
    }

    private static DateTimeOffset Moved(DateTimeOffset time, decimal ticks)
    {
        var moved = time.UtcTicks + ticks;
        return moved >= 0 && moved <= DateTimeOffset.MaxValue.UtcTicks
            ? new DateTimeOffset((long)moved, TimeSpan.Zero)
            : throw new ExpressionException("A timestamp lies outside of the years 1 to 9999.");
    }

    private static long Ints(string sign, long left, long right) => Whole(() => checked(sign switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => right == 0 ? throw new ExpressionException(DividedByZero) : left / right,
        // The machine's own remainder of the least number by -1 is an overflow; mathematically it is 0.
        _ => right == 0 ? throw new ExpressionException(RemainderByZero) : right == -1 ? 0 : left % right,
    }));

    private static long Whole(Func<long> compute)
    {
        try
        {
            return compute();
        }
        catch (OverflowException)
        {
            throw new ExpressionException("A whole number is outside of 64 bits.");
        }
    }

    private static double Doubles(string sign, double left, double right) => sign switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        _ => left / right,
    };

    private static string Joined(string left, string right) =>
        left.Length + right.Length <= Frame.MaxText ? left + right : throw new ExpressionException("A text becomes too long.");

    private static List<object> Joined(IReadOnlyList<object> left, IReadOnlyList<object> right) =>
        left.Count + right.Count <= Frame.MaxItems ? [.. left, .. right] : throw new ExpressionException("A list becomes too long.");
}
