using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Tests.People.Sync;

namespace Siit.Iam.Agent.Tests.People.Copy;

/// <summary>Ties of many at once, by the copy's numbers.</summary>
public sealed class CopyingTests
{
    [Theory]
    [InlineData(true, "u3 u4", "MembershipAdded u4, MembershipRemoved u1, MembershipRemoved u2")]
    [InlineData(false, "u1 u2 u3 u4", "MembershipAdded u4")]
    public async Task Ties_OfOneParent_AreThese_AndNoOthersWhereAllWereRead(bool all, string tied, string told)
    {
        await using var world = await FilledAsync();
        var step = Step(world);

        step.TiesOf(TieKind.Member, "g1", Numbers(world, "u3", "u4"), all);
        await world.Copy.CommitAsync(step.Finish(), step.Documents);

        Assert.Equal(told, string.Join(", ", step.Differences.Select(one => $"{one.Kind} {one.Account}").Order(StringComparer.Ordinal)));
        Assert.Equal(tied, string.Join(' ', world.Part.ChildrenOf(TieKind.Member, "g1").Order(StringComparer.Ordinal)));
        await world.RestartAsync();
        Assert.Equal(tied, string.Join(' ', world.Part.ChildrenOf(TieKind.Member, "g1").Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Ties_ToWhatIsGone_AreNotMade()
    {
        await using var world = await FilledAsync();
        var gone = Step(world);
        gone.AccountGone("u4");
        gone.GroupGone("g2");
        await world.Copy.CommitAsync(gone.Finish(), gone.Documents);
        var step = Step(world);

        step.TiesOf(TieKind.Member, "g1", Numbers(world, "u1", "u4"), all: true);
        step.TiesOf(TieKind.Member, "g2", Numbers(world, "u1"), all: true);
        await world.Copy.CommitAsync(step.Finish(), step.Documents);

        Assert.Equal(["u1"], world.Part.ChildrenOf(TieKind.Member, "g1"));
        Assert.Empty(world.Part.ChildrenOf(TieKind.Member, "g2"));
        Assert.DoesNotContain(step.Differences, one => one.Account == "u4" || one.Object == "g2");
    }

    /// <summary>Since when somebody is an owner says who may decide; of the first picture nobody knows.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Owners_NamedLater_AreKnownSinceThen(bool imported)
    {
        await using var world = await FilledAsync(imported);
        var now = world.Time.GetUtcNow();
        var step = Step(world, now);

        step.TiesOf(TieKind.GroupOwner, "g1", Numbers(world, "u1"), all: true);
        await world.Copy.CommitAsync(step.Finish(), step.Documents);

        Assert.Equal(imported ? now : null, world.Copy.TiedSince(SyncWorld.Connection, TieKind.GroupOwner, "g1", "u1"));
    }

    private static Copying Step(SyncWorld<ScriptedSource> world, DateTimeOffset? at = null) => new(world.Copy, world.Part, at ?? world.Time.GetUtcNow());

    private static List<int> Numbers(SyncWorld<ScriptedSource> world, params string[] accounts) =>
        [.. accounts.Select(id => world.Part.HasNumber(TieKind.Member, id, out var number) ? number : throw new ArgumentException(id)).Order()];

    /// <summary>Four accounts, of which the first three are in the first of two groups.</summary>
    private static async Task<SyncWorld<ScriptedSource>> FilledAsync(bool imported = true)
    {
        var world = SyncWorld.Scripted(tellsEvents: true);
        string[] ids = ["u1", "u2", "u3", "u4"];
        foreach (var id in ids)
            world.Source.Add(id);
        world.Source.AddGroup("g1");
        world.Source.AddGroup("g2");
        foreach (var id in ids[..3])
            world.Source.Tie(TieKind.Member, "g1", id, true);
        if (imported)
        {
            await world.ImportAsync();
            return world;
        }

        var step = Step(world);
        foreach (var id in ids)
            step.Account(world.Source.Accounts[id]);
        await world.Copy.CommitAsync(step.Finish(), step.Documents);
        return world;
    }
}
