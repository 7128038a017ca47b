namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>An expression as it is written, before anything is known about it.</summary>
/// <param name="At">Where a message about it should point.</param>
internal abstract record CelNode(int At)
{
    /// <summary>What it is made of, in the order in which it is written.</summary>
    public virtual IEnumerable<CelNode> Parts => [];
}

internal sealed record LiteralNode(int At, object Value, CelType Type) : CelNode(At);

internal sealed record NameNode(int At, string Name) : CelNode(At);

internal sealed record SelectNode(int At, CelNode Of, string Field) : CelNode(At)
{
    public override IEnumerable<CelNode> Parts => [Of];
}

internal sealed record IndexNode(int At, CelNode Of, CelNode Index) : CelNode(At)
{
    public override IEnumerable<CelNode> Parts => [Of, Index];
}

/// <param name="Receiver">What stands before the dot; null for <c>f(x)</c>.</param>
internal sealed record CallNode(int At, CelNode? Receiver, string Function, IReadOnlyList<CelNode> Arguments) : CelNode(At)
{
    public override IEnumerable<CelNode> Parts => Receiver is null ? Arguments : Arguments.Prepend(Receiver);
}

internal sealed record ListNode(int At, IReadOnlyList<CelNode> Items) : CelNode(At)
{
    public override IEnumerable<CelNode> Parts => Items;
}

internal sealed record MapNode(int At, IReadOnlyList<(CelNode Key, CelNode Value)> Entries) : CelNode(At)
{
    public override IEnumerable<CelNode> Parts => Entries.SelectMany(entry => new[] { entry.Key, entry.Value });
}

internal sealed record UnaryNode(int At, string Operator, CelNode Operand) : CelNode(At)
{
    public override IEnumerable<CelNode> Parts => [Operand];
}

internal sealed record BinaryNode(int At, string Operator, CelNode Left, CelNode Right) : CelNode(At)
{
    public override IEnumerable<CelNode> Parts => [Left, Right];
}

internal sealed record TernaryNode(int At, CelNode Condition, CelNode Then, CelNode Else) : CelNode(At)
{
    public override IEnumerable<CelNode> Parts => [Condition, Then, Else];
}
