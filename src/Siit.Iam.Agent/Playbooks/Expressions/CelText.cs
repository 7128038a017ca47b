using System.Globalization;
using System.Text.Json;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>Expressions as one text for all ways of writing the same: blanks, quotes and brackets that say nothing are gone.</summary>
internal static class CelText
{
    public static string Of(string expression) => Of(CelParser.Parse(expression));

    public static string Of(CelNode node) => node switch
    {
        LiteralNode { Value: string text } => JsonSerializer.Serialize(text),
        LiteralNode { Value: byte[] bytes } => $"b{Convert.ToHexString(bytes)}",
        LiteralNode literal => $"{Convert.ToString(literal.Value, CultureInfo.InvariantCulture)}{(literal.Type == CelType.Double ? "d" : "")}",
        NameNode name => name.Name,
        SelectNode select => $"{Of(select.Of)}.{select.Field}",
        IndexNode index => $"{Of(index.Of)}[{Of(index.Index)}]",
        CallNode call => $"{(call.Receiver is { } of ? Of(of) + "." : "")}{call.Function}({string.Join(", ", call.Arguments.Select(Of))})",
        ListNode list => $"[{string.Join(", ", list.Items.Select(Of))}]",
        MapNode map => $"{{{string.Join(", ", map.Entries.Select(entry => $"{Of(entry.Key)}: {Of(entry.Value)}"))}}}",
        UnaryNode unary => $"{unary.Operator}({Of(unary.Operand)})",
        BinaryNode binary => $"({Of(binary.Left)} {binary.Operator} {Of(binary.Right)})",
        TernaryNode ternary => $"({Of(ternary.Condition)} ? {Of(ternary.Then)} : {Of(ternary.Else)})",
        _ => throw new InvalidOperationException($"{node.GetType().Name} has no text."),
    };

    /// <summary>What all have to hold for a condition to hold.</summary>
    public static IEnumerable<CelNode> Demands(CelNode node) => node is BinaryNode { Operator: "&&" } both ? Demands(both.Left).Concat(Demands(both.Right)) : [node];

    /// <summary>Every place that is read, such as <c>steps.found.accounts</c>; those of a macro's own variable among them.</summary>
    public static IEnumerable<string> Paths(CelNode node) => Path(node) is { } path ? [path] : node.Parts.SelectMany(Paths);

    /// <summary>The name that an expression begins with; null when it begins with something else.</summary>
    public static string? Root(CelNode node) => node switch
    {
        NameNode name => name.Name,
        ListNode or MapNode => null,
        _ => node.Parts.FirstOrDefault() is { } first ? Root(first) : null,
    };

    private static string? Path(CelNode node) => node switch
    {
        NameNode name => name.Name,
        SelectNode select => Path(select.Of) is { } of ? $"{of}.{select.Field}" : null,
        _ => null,
    };
}
