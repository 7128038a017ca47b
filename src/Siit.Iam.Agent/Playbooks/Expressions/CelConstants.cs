using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>Parts of an expression whose value is known before any run: they read nothing, or only what is itself known.</summary>
internal static class CelConstants
{
    public const string Hint = "It is the same at every run: mend it.";

    /// <summary>What is computed at the check takes no longer than this.</summary>
    private const double MaxCost = 10_000;

    /// <summary>Why the part fails whenever it is computed; null when it does not, or when that is not known.</summary>
    public static string? Trouble(CelNode node, Typed typed, CelEnvironment environment, int slots)
    {
        try
        {
            Value(node, typed, environment, slots);
            return null;
        }
        catch (ExpressionException e)
        {
            return e.Message;
        }
    }

    /// <summary>The value; null when it is not known.</summary>
    /// <exception cref="ExpressionException">It cannot be computed.</exception>
    public static object? Value(CelNode node, Typed typed, CelEnvironment environment, int slots) =>
        typed.Type is not null && typed.Cost <= MaxCost && IsKnown(node, environment.Known, [])
            ? typed.Run(new Frame(Scope.Empty.With("vars", environment.Known), slots))
            : null;

    /// <summary>Why a value can be computed and still not be handed on, as infinity cannot; null when it can.</summary>
    public static string? Unwritable(object? value)
    {
        try
        {
            if (value is not null)
                CelValues.ToJson(value);
            return null;
        }
        catch (ExpressionException e)
        {
            return e.Message;
        }
    }

    private static bool IsKnown(CelNode node, JsonObject vars, IReadOnlyList<string> own) => node switch
    {
        LiteralNode => true,
        NameNode name => own.Contains(name.Name),
        SelectNode { Of: NameNode { Name: "vars" } } value when !own.Contains("vars") => vars.ContainsKey(value.Field),
        SelectNode select => IsKnown(select.Of, vars, own),
        IndexNode index => IsKnown(index.Of, vars, own) && IsKnown(index.Index, vars, own),
        CallNode { Receiver: { } of, Arguments: [NameNode name, ..] } loop when CelChecker.IsLoop(loop) =>
            IsKnown(of, vars, own) && loop.Arguments.Skip(1).All(argument => IsKnown(argument, vars, [.. own, name.Name])),
        CallNode call => (call.Receiver is null || IsKnown(call.Receiver, vars, own)) && call.Arguments.All(argument => IsKnown(argument, vars, own)),
        ListNode list => list.Items.All(item => IsKnown(item, vars, own)),
        MapNode map => map.Entries.All(entry => IsKnown(entry.Key, vars, own) && IsKnown(entry.Value, vars, own)),
        UnaryNode unary => IsKnown(unary.Operand, vars, own),
        BinaryNode binary => IsKnown(binary.Left, vars, own) && IsKnown(binary.Right, vars, own),
        TernaryNode ternary => IsKnown(ternary.Condition, vars, own) && IsKnown(ternary.Then, vars, own) && IsKnown(ternary.Else, vars, own),
        _ => false,
    };
}
