namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>One evaluation of one expression: the names outside, the variables of its own, and how much it may still do.</summary>
internal sealed class Frame(IScope scope, int slots)
{
    private const int MaxWork = 2_000_000;
    public const int MaxItems = 20_000;
    public const int MaxText = 200_000;

    private readonly object[] _slots = new object[slots];
    private int _work;

    public IScope Scope { get; } = scope;

    public object this[int slot]
    {
        get => _slots[slot];
        set => _slots[slot] = value;
    }

    /// <summary>Counts one turn of a loop. The check bounds the cost by what lists may hold; this bounds what they do hold.</summary>
    public void Work()
    {
        if (++_work > MaxWork)
            throw new ExpressionException("The expression takes too long: its lists are longer than expected.");
    }
}
