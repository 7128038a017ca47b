using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>Which values the branches of one choose have taken: for conditions on an enum or a bool, from the form alone.</summary>
internal sealed class Cases(Report report)
{
    private readonly Dictionary<string, HashSet<string>> _left = [];
    private readonly HashSet<string> _seen = [];

    /// <summary>Every value of something is taken: no other branch can ever be.</summary>
    public bool Exhausted => _left.Values.Any(left => left.Count == 0);

    public void Take(YamlScalar at, CheckedExpression condition)
    {
        if (condition.Paths.Count == 0)
        {
            report.Add("PB051", at, "The condition is always the same.", "Compare something of the run; the last branch is written 'else: true'.");
            return;
        }

        if (Exhausted || !_seen.Add(condition.Text.Replace(" ", "", StringComparison.Ordinal)))
        {
            report.Add("PB051", at, "Every value of this condition was taken by an earlier branch.", "Take the branch out, or change its condition.");
            return;
        }

        if (Taken(condition.Tree!, condition.Paths) is not var (path, words))
            return;
        var left = _left.TryGetValue(path, out var known) ? known : _left[path] = All(condition.Paths[path]);
        if (!words.Overlaps(left))
            report.Add("PB051", at, "Every value of this condition was taken by an earlier branch.", "Take the branch out, or change its condition.");
        left.ExceptWith(words);
    }

    public void Otherwise(YamlNode at)
    {
        if (Exhausted)
            report.Add("PB051", at, "'else' is never taken: the branches before it take every value.", "Take it out.");
    }

    private static HashSet<string> All(CelType type) => type is EnumType words ? [.. words.Words] : ["true", "false"];

    /// <summary>The place that a condition looks at and the values for which it is true; null when its form does not tell.</summary>
    private static (string Path, HashSet<string> Words)? Taken(CelNode condition, IReadOnlyDictionary<string, CelType> types)
    {
        switch (condition)
        {
            case UnaryNode { Operator: "!", Operand: var operand } when Path(operand) is { } path && types.GetValueOrDefault(path) == CelType.Bool:
                return (path, ["false"]);
            case NameNode or SelectNode when Path(condition) is { } path && types.GetValueOrDefault(path) == CelType.Bool:
                return (path, ["true"]);
            case BinaryNode { Operator: "==", Left: var left, Right: LiteralNode { Value: string word } } when Path(left) is { } path && types.GetValueOrDefault(path) is EnumType:
                return (path, [word]);
            case BinaryNode { Operator: "==", Right: var right, Left: LiteralNode { Value: string word } } when Path(right) is { } path && types.GetValueOrDefault(path) is EnumType:
                return (path, [word]);
            case BinaryNode { Operator: "in", Left: var left, Right: ListNode list } when Path(left) is { } path && types.GetValueOrDefault(path) is EnumType
                && list.Items.All(item => item is LiteralNode { Value: string }):
                return (path, [.. list.Items.Cast<LiteralNode>().Select(item => (string)item.Value)]);
            case BinaryNode { Operator: "||" } either when Taken(either.Left, types) is var (path, some) && Taken(either.Right, types) is var (other, more) && path == other:
                return (path, [.. some, .. more]);
            default:
                return null;
        }
    }

    private static string? Path(CelNode node) => node switch
    {
        NameNode name => name.Name,
        SelectNode select => Path(select.Of) is { } of ? $"{of}.{select.Field}" : null,
        _ => null,
    };
}
