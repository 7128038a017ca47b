using System.Runtime.InteropServices;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>The parents of each child, all of them in one list of links.</summary>
internal sealed class ParentChains
{
    /// <summary>By child.</summary>
    private readonly List<(int First, int Last)> _ends = [];

    /// <summary>The first one is nobody's: 0 means none.</summary>
    private readonly List<(int Parent, int Next)> _links = [default];

    /// <summary>Links that are used no more, chained.</summary>
    private int _free;

    /// <summary>In the order in which they were added.</summary>
    public IEnumerable<int> Of(int child)
    {
        for (var link = child < _ends.Count ? _ends[child].First : 0; link != 0; link = _links[link].Next)
            yield return _links[link].Parent;
    }

    /// <param name="child">Numbers are given out one after the other: room is made for all below.</param>
    /// <param name="parent">None of the child's.</param>
    public void Add(int child, int parent)
    {
        if (child >= _ends.Count)
            CollectionsMarshal.SetCount(_ends, child + 1);
        var link = _free;
        if (link == 0)
        {
            link = _links.Count;
            _links.Add((parent, 0));
        }
        else
        {
            _free = _links[link].Next;
            _links[link] = (parent, 0);
        }

        var (first, last) = _ends[child];
        if (last != 0)
            _links[last] = _links[last] with { Next = link };
        _ends[child] = (first == 0 ? link : first, link);
    }

    /// <param name="parent">One of the child's.</param>
    public void Remove(int child, int parent)
    {
        var (first, last) = _ends[child];
        var (before, link) = (0, first);
        while (link != 0 && _links[link].Parent != parent)
            (before, link) = (link, _links[link].Next);
        if (link == 0)
            throw new ArgumentException($"{parent} is no parent of {child}.", nameof(parent));
        var next = _links[link].Next;
        if (before != 0)
            _links[before] = _links[before] with { Next = next };
        _ends[child] = (before == 0 ? next : first, next == 0 ? before : last);
        _links[link] = (0, _free);
        _free = link;
    }
}
