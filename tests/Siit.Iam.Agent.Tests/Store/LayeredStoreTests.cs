using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Store;

/// <summary>Over nothing it is a store like any other; it forgets everything with the process.</summary>
public sealed class LayeredStoreTests : StoreContract
{
    private readonly LayeredStore store = new();

    private protected override IStore Store => store;

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync()
    {
        store.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask ReopenAsync() => ValueTask.CompletedTask;
}

/// <summary>Over another store: that one is only read.</summary>
public sealed class LayeredStoreOverAnotherTests : StoreContract
{
    private readonly LayeredStore below = new();
    private readonly LayeredStore store;

    public LayeredStoreOverAnotherTests() => store = new LayeredStore(below);

    private protected override IStore Store => store;

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync()
    {
        store.Dispose();
        below.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask ReopenAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Changes_OfWhatLiesBelow_AreSeenAboveOnly()
    {
        await below.CommitAsync([.. "abcd".Select(letter => Change.Create(new Thing { Id = $"{letter}", State = ThingState.AwaitingApproval, Owner = "Ana" }))]);
        var b = (await store.GetAsync<Thing>("b"))!;
        Assert.False((await store.CommitAsync([Change.Create(b)])).Done);
        Assert.False((await store.CommitAsync([Change.Save(b with { Version = 7 })])).Done);

        Assert.True((await store.CommitAsync([Change.Save(b with { Owner = "Ben" }), Change.Delete<Thing>("c", 1), Change.Create(new Thing { Id = "bb", Owner = "Ana" })])).Done);

        Assert.Equal(["a", "b", "bb", "d"], (await store.ListAsync<Thing>()).Select(thing => thing.Id));
        Assert.Equal(["bb", "d"], (await store.ListAsync<Thing>(2, after: "b")).Select(thing => thing.Id));
        Assert.Equal(["d", "bb"], (await store.ListAsync<Thing>(2, newestFirst: true)).Select(thing => thing.Id));
        Assert.Equal(["a", "bb", "d"], (await store.FindAsync<Thing>("owner", "Ana")).Select(thing => thing.Id));
        Assert.Equal(2, (await store.GetAsync<Thing>("b"))!.Version);
        Assert.Null(await store.GetAsync<Thing>("c"));
        Assert.Equal(["a", "b", "c", "d"], (await below.ListAsync<Thing>()).Select(thing => thing.Id));
        Assert.All(await below.ListAsync<Thing>(), thing => Assert.Equal(("Ana", 1L), (thing.Owner, thing.Version)));
    }
}
