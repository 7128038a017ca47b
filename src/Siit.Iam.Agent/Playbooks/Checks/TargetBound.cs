using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>How many different people a condition on targets lets through, seen from its form alone.</summary>
internal static class TargetBound
{
    /// <summary><see cref="long.MaxValue"/> when the form does not tell.</summary>
    public static long People(CelNode condition) => condition switch
    {
        BinaryNode { Operator: "&&" } both => Math.Min(People(both.Left), People(both.Right)),
        BinaryNode { Operator: "||" } either => Sum(People(either.Left), People(either.Right)),
        BinaryNode { Operator: "==" } equal when IsPerson(equal.Left) != IsPerson(equal.Right) && OneValue(equal.Left) && OneValue(equal.Right) => 1,
        BinaryNode { Operator: "in", Right: ListNode list } one when IsPerson(one.Left) && list.Items.All(item => OneValue(item) && !IsPerson(item)) => list.Items.Count,
        _ => long.MaxValue,
    };

    private static bool IsPerson(CelNode node) => node is NameNode { Name: "person" };

    // A name or a field of a name is the same for the whole run.
    private static bool OneValue(CelNode node) => node switch
    {
        NameNode or LiteralNode => true,
        SelectNode select => OneValue(select.Of),
        _ => false,
    };

    private static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;
}
