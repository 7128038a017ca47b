using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.Tests.People.Copy;

public sealed class ParentChainsTests
{
    /// <summary>Against the simplest there is: a list for each child.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Parents_AddedAndRemovedAtRandom_AreToldInTheirOrder(int seed)
    {
        var random = new Random(seed);
        var (chains, lists) = (new ParentChains(), Enumerable.Range(0, 20).Select(_ => new List<int>()).ToList());
        for (var step = 0; step < 5000; step++)
        {
            var (child, parent) = (random.Next(20), random.Next(6));
            if (lists[child].Remove(parent))
                chains.Remove(child, parent);
            else
            {
                chains.Add(child, parent);
                lists[child].Add(parent);
            }

            Assert.Equal(lists[child], chains.Of(child));
            var other = random.Next(20);
            Assert.Equal(lists[other], chains.Of(other));
        }
    }

    [Fact]
    public void Child_ThatNobodyKnows_HasNone() => Assert.Empty(new ParentChains().Of(7));

    [Fact]
    public void Parent_ThatIsNone_CannotBeRemoved()
    {
        var chains = new ParentChains();
        chains.Add(2, 1);

        Assert.Throws<ArgumentException>(() => chains.Remove(2, 0));
        Assert.Throws<ArgumentException>(() => chains.Remove(1, 1));
        Assert.Equal([1], chains.Of(2));
    }
}
