using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.Tests.People.Copy;

public sealed class TieTableTests
{
    /// <summary>Against the simplest table there is: a set of pairs.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Ties_MadeAndDissolvedAtRandom_AreSeenFromBothEnds(int seed)
    {
        var random = new Random(seed);
        var (table, pairs) = (new TieTable(), new HashSet<(string Parent, int Child)>());
        for (var step = 0; step < 3000; step++)
        {
            var parent = $"g{random.Next(8)}";
            switch (random.Next(4))
            {
                case 0:
                    int[] added = [.. Numbers(random).Where(child => !pairs.Contains((parent, child)))];
                    table.Add(parent, added);
                    pairs.UnionWith(added.Select(child => (parent, child)));
                    break;
                case 1:
                    int[] removed = [.. Numbers(random).Where(child => pairs.Contains((parent, child)))];
                    if (removed.Length > 0)
                        table.Remove(parent, removed);
                    pairs.ExceptWith(removed.Select(child => (parent, child)));
                    break;
                default:
                    var (one, tied) = (random.Next(60), random.Next(2) == 0);
                    table.Set(parent, one, tied);
                    _ = tied ? pairs.Add((parent, one)) : pairs.Remove((parent, one));
                    break;
            }

            Assert.Equal(pairs.Where(pair => pair.Parent == parent).Select(pair => pair.Child).Order(), table.ChildrenOf(parent));
            var child = random.Next(60);
            Assert.Equal(pairs.Contains((parent, child)), table.Has(parent, child));
            Assert.Equal(pairs.Where(pair => pair.Child == child).Select(pair => pair.Parent).Order(), table.ParentsOf(child).Order());
            Assert.Equal(pairs.Count, table.Count);
        }

        Assert.Equal(pairs.Select(pair => pair.Parent).Distinct().Order(), table.Parents.Order());
        Assert.Empty(table.ChildrenOf("nobody"));
        Assert.Empty(table.ParentsOf(1000));
    }

    private static IEnumerable<int> Numbers(Random random) => Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(60)).Distinct().Order();
}
