namespace Siit.Iam.Agent.People.Persons;

/// <summary>Which of a number of things hang together.</summary>
internal sealed class Components
{
    private readonly int[] _parents;

    public Components(int count) => _parents = [.. Enumerable.Range(0, count)];

    public int Of(int thing)
    {
        while (_parents[thing] != thing)
            thing = _parents[thing] = _parents[_parents[thing]];
        return thing;
    }

    public bool Together(int one, int other) => Of(one) == Of(other);

    public void Join(int one, int other)
    {
        var (a, b) = (Of(one), Of(other));
        // The lower number leads, whatever the order in which they were joined.
        _parents[Math.Max(a, b)] = Math.Min(a, b);
    }

    public void Join(IReadOnlyList<int> things)
    {
        for (var i = 1; i < things.Count; i++)
            Join(things[0], things[i]);
    }
}
