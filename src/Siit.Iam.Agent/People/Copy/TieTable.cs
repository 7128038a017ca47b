namespace Siit.Iam.Agent.People.Copy;

/// <summary>The ties of one kind at one connection, from both ends. Children are numbers, because there are millions.</summary>
internal sealed class TieTable
{
    private static readonly HashSet<int> None = [];
    private readonly Dictionary<string, Children> _children = new(StringComparer.Ordinal);
    private readonly Dictionary<int, List<string>> _parents = [];

    public IEnumerable<string> Parents => _children.Keys;

    public int Count { get; private set; }

    public IReadOnlySet<int> ChildrenOf(string parent) => _children.TryGetValue(parent, out var children) ? children.Numbers : None;

    public IReadOnlyList<string> ParentsOf(int child) => _parents.TryGetValue(child, out var parents) ? parents : [];

    public bool Has(string parent, int child) => ChildrenOf(parent).Contains(child);

    public void Set(string parent, int child, bool tied)
    {
        if (tied)
            Add(parent, child);
        else
            Remove(parent, child);
    }

    private void Add(string parent, int child)
    {
        if (!_children.TryGetValue(parent, out var children))
            _children[parent] = children = new Children(parent, []);
        if (!children.Numbers.Add(child))
            return;
        Count++;
        if (!_parents.TryGetValue(child, out var parents))
            _parents[child] = parents = [];
        // The one text that all lists share.
        parents.Add(children.Parent);
    }

    private void Remove(string parent, int child)
    {
        if (!_children.TryGetValue(parent, out var children) || !children.Numbers.Remove(child))
            return;
        Count--;
        if (children.Numbers.Count == 0)
            _children.Remove(parent);
        var parents = _parents[child];
        parents.Remove(parent);
        if (parents.Count == 0)
            _parents.Remove(child);
    }

    private sealed record Children(string Parent, HashSet<int> Numbers);
}
