using System.Text.Json.Nodes;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Store;

/// <summary>What every store has to pass. A new store is one more subclass.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private protected abstract IStore Store { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>Closes the store and opens it again on the same data.</summary>
    protected abstract ValueTask ReopenAsync();

    [Fact]
    public async Task Get_NothingThere_IsNull() => Assert.Null(await Store.GetAsync<Thing>("thing_1"));

    [Fact]
    public async Task Create_ThenGet_GivesTheSameRecordWithVersionOne()
    {
        var thing = new Thing
        {
            Id = "thing_1",
            State = ThingState.AwaitingApproval,
            Owner = "Ana",
            Missing = null,
            Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
            Input = new JsonObject { ["b"] = 1, ["a"] = "ü" },
        };

        Assert.True((await Store.CommitAsync([Change.Create(thing)])).Done);
        await ReopenAsync();
        var read = (await Store.GetAsync<Thing>("thing_1"))!;

        Assert.Equal(thing with { Version = 1, Input = null }, read with { Input = null });
        Assert.True(JsonNode.DeepEquals(thing.Input, read.Input));
        Assert.Null(await Store.GetAsync<Other>("thing_1"));
    }

    [Fact]
    public async Task Create_RequiredMembersThatAreNull_ReadBackAsNull()
    {
        var demanding = new Demanding { Id = "d_1", Version = 0, Text = null, Number = null };

        await Store.CommitAsync([Change.Create(demanding)]);

        Assert.Equal(demanding with { Version = 1 }, await Store.GetAsync<Demanding>("d_1"));
    }

    [Fact]
    public async Task Create_IdExists_ConflictsAndNamesIt()
    {
        await Store.CommitAsync([Change.Create(new Thing { Id = "thing_1" })]);

        Assert.Equal(CommitResult.Conflict("things", "thing_1"), await Store.CommitAsync([Change.Create(new Thing { Id = "thing_1" })]));
    }

    [Fact]
    public async Task Ensure_IdExists_ChangesNothingAndTheRestIsDone()
    {
        Assert.True((await Store.CommitAsync([Change.Ensure(new Thing { Id = "thing_1", Owner = "Ana" })])).Done);
        Assert.True((await Store.CommitAsync([Change.Ensure(new Thing { Id = "thing_1", Owner = "Ben" }), Change.Create(new Thing { Id = "thing_2" })])).Done);
        await ReopenAsync();

        Assert.Equal(("Ana", 1), ((await Store.GetAsync<Thing>("thing_1"))!.Owner, (await Store.GetAsync<Thing>("thing_1"))!.Version));
        Assert.Empty(await Store.FindAsync<Thing>("owner", "Ben"));
        Assert.NotNull(await Store.GetAsync<Thing>("thing_2"));
    }

    [Fact]
    public async Task Save_CountsTheVersion_AndOldVersionsConflict()
    {
        var first = new Thing { Id = "thing_1" };
        await Store.CommitAsync([Change.Create(first)]);
        var second = first with { Version = 1, Owner = "Ana" };

        Assert.True((await Store.CommitAsync([Change.Save(second)])).Done);

        Assert.Equal((2, "Ana"), ((await Store.GetAsync<Thing>("thing_1"))!.Version, (await Store.GetAsync<Thing>("thing_1"))!.Owner));
        Assert.Equal(CommitResult.Conflict("things", "thing_1"), await Store.CommitAsync([Change.Save(second)]));
        Assert.Equal(CommitResult.Conflict("things", "thing_2"), await Store.CommitAsync([Change.Save(new Thing { Id = "thing_2" })]));
        Assert.Equal(CommitResult.Conflict("things", "thing_1"), await Store.CommitAsync([Change.Delete<Thing>("thing_1", 1)]));
    }

    [Fact]
    public async Task Delete_RightVersion_RemovesRecordAndKeys()
    {
        await Store.CommitAsync([Change.Create(new Thing { Id = "thing_1", Owner = "Ana" })]);

        Assert.True((await Store.CommitAsync([Change.Delete<Thing>("thing_1", 1)])).Done);

        Assert.Null(await Store.GetAsync<Thing>("thing_1"));
        Assert.Empty(await Store.FindAsync<Thing>("owner", "Ana"));
        Assert.True((await Store.CommitAsync([Change.Create(new Thing { Id = "thing_1" })])).Done);
    }

    [Fact]
    public async Task Commit_OneChangeDoesNotFit_NothingIsChanged()
    {
        await Store.CommitAsync([Change.Create(new Thing { Id = "thing_1", Owner = "Ana" }), Change.Create(new Other { Id = "other_1" })]);

        var result = await Store.CommitAsync(
        [
            Change.Save(new Thing { Id = "thing_1", Version = 1, Owner = "Bob" }),
            Change.Create(new Thing { Id = "thing_2" }),
            Change.Delete<Other>("other_1", 7),
        ]);

        Assert.Equal(CommitResult.Conflict("others", "other_1"), result);
        Assert.Equal("Ana", (await Store.GetAsync<Thing>("thing_1"))!.Owner);
        Assert.Null(await Store.GetAsync<Thing>("thing_2"));
        Assert.NotNull(await Store.GetAsync<Other>("other_1"));
    }

    [Fact]
    public async Task Save_64WritersOnOneVersion_ExactlyOneWins()
    {
        for (var round = 1; round <= 5; round++)
        {
            var id = $"thing_{round}";
            await Store.CommitAsync([Change.Create(new Thing { Id = id })]);

            var results = await Task.WhenAll(Enumerable.Range(0, 64).Select(w => Task.Run(async () => await Store.CommitAsync(
            [
                Change.Save(new Thing { Id = id, Version = 1, Owner = $"writer {w}" }),
                Change.Create(new Other { Id = $"other_{id}_{w}" }),
            ]))));

            var winner = Assert.Single(Enumerable.Range(0, 64), w => results[w].Done);
            Assert.Equal($"writer {winner}", (await Store.GetAsync<Thing>(id))!.Owner);
            Assert.Equal(round, (await Store.ListAsync<Other>(1000)).Count);
        }
    }

    [Fact]
    public async Task Revise_ManyAtOnce_EachIsCountedAndNoneConflicts()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(writer => Task.Run(async () => await Store.CommitAsync(
        [
            Change.Create(new Other { Id = $"other_{writer}" }),
            Change.Revise<Thing>("counted", now => (now ?? new Thing { Id = "counted" }) with { Owner = $"{int.Parse(now?.Owner ?? "0") + 1}" }),
        ]))));
        await ReopenAsync();

        Assert.All(results, result => Assert.True(result.Done));
        var counted = (await Store.GetAsync<Thing>("counted"))!;
        Assert.Equal(("200", 200), (counted.Owner, counted.Version));
        Assert.Equal("counted", Assert.Single(await Store.FindAsync<Thing>("owner", "200")).Id);
        Assert.Empty(await Store.FindAsync<Thing>("owner", "199"));
        Assert.Equal(200, (await Store.ListAsync<Other>(1000)).Count);
    }

    [Fact]
    public async Task Revise_MakesNothingOfIt_ConflictsAndNothingIsChanged()
    {
        await Store.CommitAsync([Change.Create(new Thing { Id = "thing_1", Owner = "Ana" })]);

        var result = await Store.CommitAsync([Change.Create(new Other { Id = "other_1" }), Change.Revise<Thing>("thing_1", now => now!.Owner == "Ana" ? null : now)]);

        Assert.Equal(CommitResult.Conflict("things", "thing_1"), result);
        Assert.Null(await Store.GetAsync<Other>("other_1"));
        Assert.Equal(1, (await Store.GetAsync<Thing>("thing_1"))!.Version);
    }

    [Fact]
    public async Task Find_ByKey_FollowsTheRecord()
    {
        await Store.CommitAsync([.. Enumerable.Range(0, 6).Select(i => Change.Create(
            new Thing { Id = $"thing_{i}", Owner = i % 2 == 0 ? "Ana" : "ana", State = ThingState.AwaitingApproval }))]);
        await Store.CommitAsync([Change.Save(new Thing { Id = "thing_2", Version = 1, Owner = "Bob" })]);

        Assert.Equal(["thing_0", "thing_4"], await Ids("owner", "Ana"));
        Assert.Equal(["thing_1", "thing_3", "thing_5"], await Ids("owner", "ana"));
        Assert.Equal(["thing_2"], await Ids("owner", "Bob"));
        Assert.Equal(5, (await Ids("state", "awaiting_approval")).Count);
        Assert.Empty(await Ids("owner", "An"));
        Assert.Empty(await Store.FindAsync<Other>("owner", "Ana"));
    }

    [Fact]
    public async Task Find_Pages_GiveEveryRecordOnceInOrder()
    {
        var ids = Enumerable.Range(0, 25).Select(i => $"thing_{i:d2}").ToList();
        // Created out of order, and beside values and types that begin alike.
        foreach (var id in ids.OrderBy(i => i[^1]))
        {
            await Store.CommitAsync(
            [
                Change.Create(new Thing { Id = id, Owner = "Ana" }), Change.Create(new Thing { Id = id + "x", Owner = "Ana B" }),
                Change.Create(new Other { Id = id, Owner = "Ana" }),
            ]);
        }

        foreach (var newestFirst in new[] { false, true })
        {
            var expected = newestFirst ? ids.AsEnumerable().Reverse() : ids;
            Assert.Equal(expected, await Paged(after => Store.FindAsync<Thing>("owner", "Ana", 7, after, newestFirst)));
            Assert.Equal(expected, await Paged(after => Store.ListAsync<Other>(7, after, newestFirst)));
        }

        Assert.Equal(50, (await Store.ListAsync<Thing>(1000)).Count);
    }

    [Fact]
    public async Task List_AfterAnIdThatIsGone_GoesOnFromItsPlace()
    {
        foreach (var i in new[] { 1, 3, 5 })
            await Store.CommitAsync([Change.Create(new Thing { Id = $"thing_{i}" })]);

        Assert.Equal(["thing_5"], (await Store.ListAsync<Thing>(10, "thing_4")).Select(t => t.Id));
        Assert.Equal(["thing_3", "thing_1"], (await Store.ListAsync<Thing>(10, "thing_4", newestFirst: true)).Select(t => t.Id));
    }

    [Fact]
    public async Task Find_WhileOthersCommit_NeverGivesARecordThatDoesNotFit()
    {
        await Store.CommitAsync([.. Enumerable.Range(0, 20).Select(i => Change.Create(new Thing { Id = $"thing_{i}", Owner = "Ana" }))]);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                var thing = (await Store.GetAsync<Thing>($"thing_{i % 20}"))!;
                await Store.CommitAsync([Change.Save(thing with { Owner = thing.Owner == "Ana" ? "Bob" : "Ana" })]);
            }

            await stop.CancelAsync();
        });

        while (!stop.IsCancellationRequested)
            Assert.All(await Store.FindAsync<Thing>("owner", "Ana"), t => Assert.Equal("Ana", t.Owner));
        await writer;
    }

    [Fact]
    public async Task Commit_Nothing_IsDone() => Assert.True((await Store.CommitAsync([])).Done);

    [Fact]
    public async Task Commit_Mistakes_AreNamed()
    {
        var thing = new Thing { Id = "thing_1" };
        await Throws<ArgumentException>("only once", Change.Create(thing), Change.Save(thing));
        await Throws<ArgumentException>("cannot be an id", Change.Create(new Thing { Id = "" }));
        await Throws<ArgumentException>("cannot be an id", Change.Create(new Thing { Id = "a\u0001b" }));
        await Throws<ArgumentException>("control characters", Change.Create(new Thing { Id = "thing_2", Owner = "a\u0001b" }));
        await Throws<ArgumentException>("larger than", Change.Create(new Thing { Id = "thing_2", Missing = new string('x', 2_000_000) }));
        await Throws<ArgumentException>("not a declared key", Change.Create(new Undeclared { Id = "x" }));
        await Throws<InvalidOperationException>("needs [Stored", Change.Create(new Unmarked { Id = "x" }));
        await Throws<InvalidOperationException>("both stored as", Change.Create(thing), Change.Create(new SameName { Id = "x" }));
        await Throws<InvalidOperationException>("init accessor", Change.Create(new NoVersion { Id = "x" }));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.FindAsync<Thing>("colour", "red"));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.ListAsync<Thing>(0));
        Assert.Empty(await Store.ListAsync<Thing>());
    }

    private static async Task<List<string>> Paged<T>(Func<string?, ValueTask<IReadOnlyList<T>>> page) where T : class, IRecord
    {
        var ids = new List<string>();
        while (await page(ids.LastOrDefault()) is { Count: > 0 } found)
            ids.AddRange(found.Select(r => r.Id));
        return ids;
    }

    private async Task<List<string>> Ids(string key, string value) => [.. (await Store.FindAsync<Thing>(key, value)).Select(t => t.Id)];

    private async Task Throws<T>(string message, params Change[] changes) where T : Exception =>
        Assert.Contains(message, (await Assert.ThrowsAsync<T>(async () => await Store.CommitAsync(changes))).Message, StringComparison.Ordinal);
}

internal enum ThingState
{
    Received,
    AwaitingApproval,
}

[Stored("things", "owner", "state")]
internal sealed record Thing : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public ThingState State { get; init; }

    public string? Owner { get; init; }

    public string? Missing { get; init; }

    public DateTimeOffset Time { get; init; }

    public JsonObject? Input { get; init; }

    public IReadOnlyDictionary<string, string> Keys => Owner is null
        ? new Dictionary<string, string> { ["state"] = State == ThingState.Received ? "received" : "awaiting_approval" }
        : new Dictionary<string, string> { ["state"] = State == ThingState.Received ? "received" : "awaiting_approval", ["owner"] = Owner };
}

[Stored("others", "owner")]
internal sealed record Other : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public string? Owner { get; init; }

    public IReadOnlyDictionary<string, string> Keys =>
        Owner is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["owner"] = Owner };
}

[Stored("demanding")]
internal sealed record Demanding : IRecord
{
    public required string Id { get; init; }

    public required long Version { get; init; }

    public required string? Text { get; init; }

    public required int? Number { get; init; }

    IReadOnlyDictionary<string, string> IRecord.Keys => new Dictionary<string, string>();
}

[Stored("undeclared")]
internal sealed record Undeclared(string Id = "", long Version = 0) : IRecord
{
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["x"] = "y" };
}

[Stored("things")]
internal sealed record SameName(string Id = "", long Version = 0) : IRecord
{
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}

internal sealed record Unmarked(string Id = "", long Version = 0) : IRecord
{
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}

[Stored("no_version")]
internal sealed record NoVersion(string Id = "") : IRecord
{
    public long Version => 0;

    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}
