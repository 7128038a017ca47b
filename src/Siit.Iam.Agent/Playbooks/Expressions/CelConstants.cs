using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>Parts of an expression whose value is known before any run: they read nothing, or only what is itself known.</summary>
internal static class CelConstants
{
    public const string Hint = "It is the same at every run: mend it.";

    /// <summary>What is computed at the check takes no longer than this.</summary>
    private const double MaxCost = 10_000;

    /// <summary>Why the part fails whenever it is computed; null when it does not, or when that is not known.</summary>
    public static string? Trouble(CelNode node, Typed typed, CelEnvironment environment, int slots) => ExpressionException.Of(() => Value(node, typed, environment, slots));

    /// <summary>The value; null when it is not known.</summary>
    /// <exception cref="ExpressionException">It cannot be computed.</exception>
    public static object? Value(CelNode node, Typed typed, CelEnvironment environment, int slots) =>
        typed.Type is not null && typed.Cost <= MaxCost && IsKnown(node, environment.Known, [])
            ? typed.Run(new Frame(Scope.Empty.With("vars", environment.Known), slots))
            : null;

    /// <summary>Why a value can be computed and still not be handed on, as infinity cannot; null when it can.</summary>
    public static string? Unwritable(object? value) => value is null ? null : ExpressionException.Of(() => CelValues.ToJson(value));

    private static bool IsKnown(CelNode node, JsonObject vars, IReadOnlyList<string> own) => node switch
    {
        LiteralNode => true,
        NameNode name => own.Contains(name.Name),
        SelectNode { Of: NameNode { Name: "vars" } } value when !own.Contains("vars") => vars.ContainsKey(value.Field),
        CallNode { Receiver: { } of, Arguments: [NameNode name, ..] } loop when CelChecker.IsLoop(loop) =>
            IsKnown(of, vars, own) && loop.Arguments.Skip(1).All(argument => IsKnown(argument, vars, [.. own, name.Name])),
        _ => node.Parts.All(part => IsKnown(part, vars, own)),
    };
}
