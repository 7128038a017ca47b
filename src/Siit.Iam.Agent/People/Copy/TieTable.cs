using System.Runtime.InteropServices;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>
/// The ties of one kind at one connection, from both ends. Both ends are numbers in a few large pieces: there are millions, and each
/// object would be gone through at a collection that finds it new.
/// </summary>
internal sealed class TieTable
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<Children> _children = [];
    private readonly ParentChains _parents = new();

    public IEnumerable<string> Parents => _children.Where(children => children.Numbers.Count > 0).Select(children => children.Parent);

    public int Count { get; private set; }

    /// <summary>Ascending.</summary>
    public IReadOnlyList<int> ChildrenOf(string parent) => _numbers.TryGetValue(parent, out var number) ? _children[number].Numbers : [];

    /// <summary>In the order in which they were tied.</summary>
    public IReadOnlyList<string> ParentsOf(int child) => [.. _parents.Of(child).Select(parent => _children[parent].Parent)];

    public bool Has(string parent, int child) => _numbers.TryGetValue(parent, out var number) && _children[number].Numbers.BinarySearch(child) >= 0;

    public void Set(string parent, int child, bool tied)
    {
        if (Has(parent, child) == tied)
            return;
        if (tied)
            Add(parent, [child]);
        else
            Remove(parent, [child]);
    }

    /// <param name="children">Ascending; none of them tied to it.</param>
    public void Add(string parent, ReadOnlySpan<int> children)
    {
        if (!_numbers.TryGetValue(parent, out var number))
        {
            _numbers[parent] = number = _children.Count;
            _children.Add(new Children(parent, []));
        }

        Merge(_children[number].Numbers, children);
        Count += children.Length;
        foreach (var child in children)
            _parents.Add(child, number);
    }

    /// <param name="children">Ascending; all of them tied to it.</param>
    public void Remove(string parent, ReadOnlySpan<int> children)
    {
        var number = _numbers[parent];
        var numbers = _children[number].Numbers;
        Count -= children.Length;
        foreach (var child in children)
        {
            numbers.RemoveAt(numbers.BinarySearch(child));
            _parents.Remove(child, number);
        }
    }

    /// <summary>From the end, so that nothing is moved twice.</summary>
    private static void Merge(List<int> numbers, ReadOnlySpan<int> added)
    {
        var (from, next) = (numbers.Count - 1, added.Length - 1);
        CollectionsMarshal.SetCount(numbers, numbers.Count + added.Length);
        for (var to = numbers.Count - 1; next >= 0; to--)
            numbers[to] = from >= 0 && numbers[from] > added[next] ? numbers[from--] : added[next--];
    }

    private sealed record Children(string Parent, List<int> Numbers);
}
