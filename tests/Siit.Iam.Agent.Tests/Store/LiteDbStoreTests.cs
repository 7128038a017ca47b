using System.Diagnostics;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Audit;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Store;

public sealed class LiteDbStoreTests : StoreContract
{
    private readonly DataFolder folder = new(Path.Combine(Path.GetTempPath(), "siit-store-" + Path.GetRandomFileName()));
    private LiteDbStore? store;

    private protected override IStore Store => store!;

    public override ValueTask InitializeAsync()
    {
        store = LiteDbStore.Open(folder, []);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        if (store is not null)
            await store.DisposeAsync();
        Directory.Delete(folder.Path, recursive: true);
    }

    protected override async ValueTask ReopenAsync()
    {
        await store!.DisposeAsync();
        store = LiteDbStore.Open(folder, []);
    }

    [Fact]
    public async Task Dispose_Twice_Ends()
    {
        await store!.DisposeAsync();

        await store.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>With the collection made by the first commit instead of at opening, two of three runs of these rounds failed.</summary>
    [Fact]
    public async Task FirstCommit_WhileOthersRead_DisturbsNobody()
    {
        for (var round = 0; round < 40; round++)
        {
            var fresh = new DataFolder(Path.Combine(folder.Path, $"fresh-{round}"));
            await using var opened = LiteDbStore.Open(fresh, []);
            using var ready = new Barrier(3);
            var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                ready.SignalAndWait();
                for (var i = 0; i < 20; i++)
                    await opened.FindAsync<Thing>("owner", "Ana");
            }));
            var writer = Task.Run(async () =>
            {
                ready.SignalAndWait();
                Assert.True((await opened.CommitAsync([Change.Create(new Thing { Id = "thing_1", Owner = "Ana" })])).Done);
            });
            await Task.WhenAll(readers.Append(writer));
        }
    }

    [Fact]
    public async Task Commits_ThatWaitTogether_AreMadeDurableTogether()
    {
        await store!.DisposeAsync();
        var points = new FaultPoints(Fault.Kill, at: int.MaxValue);
        store = LiteDbStore.Open(folder, [], path => FaultyStream.Open(points, path, []));
        var before = points.Steps;
        for (var i = 0; i < 20; i++)
            Assert.True((await store.CommitAsync([Change.Create(new Thing { Id = $"alone_{i}" })])).Done);
        var alone = points.Steps - before;

        var (busy, go, commits) = (new TaskCompletionSource(), new ManualResetEventSlim(), new List<Task<CommitResult>>());
        var first = Task.Run(async () => await store.CommitAsync([Change.Revise<Thing>("first", _ =>
        {
            busy.SetResult();
            go.Wait();
            return new Thing { Id = "first" };
        })]));
        await busy.Task;
        before = points.Steps;
        commits.AddRange(Enumerable.Range(0, 20).Select(i => store.CommitAsync([Change.Create(new Thing { Id = $"together_{i}" })]).AsTask()));
        // The same once more: of two that wait together one still conflicts.
        commits.Add(store.CommitAsync([Change.Create(new Thing { Id = "together_0" })]).AsTask());
        go.Set();
        await first;
        var results = await Task.WhenAll(commits);

        Assert.Equal(20, results.Count(result => result.Done));
        Assert.Equal(CommitResult.Conflict("things", "together_0"), results[^1]);
        Assert.True((points.Steps - before) * 2 < alone, $"{points.Steps - before} steps on the disk for 20 together, {alone} for 20 alone");
        Assert.Equal(41, (await store.ListAsync<Thing>(1000)).Count);
    }

    [Fact]
    public async Task Commits_ThatWaitTogether_OneIsBroken_OnlyThatFails()
    {
        var commits = Enumerable.Range(0, 100).Select(i => Task.Run(async () => await store!.CommitAsync(
        [
            Change.Create(new Thing { Id = $"thing_{i}" }),
            Change.Revise<Other>($"other_{i}", _ => i % 10 == 0 ? throw new InvalidOperationException($"broken {i}") : new Other { Id = $"other_{i}" }),
        ]))).ToList();

        for (var i = 0; i < commits.Count; i++)
        {
            if (i % 10 == 0)
                Assert.Equal($"broken {i}", (await Assert.ThrowsAsync<InvalidOperationException>(() => commits[i])).Message);
            else
                Assert.True((await commits[i]).Done);
        }

        Assert.Equal(90, (await store!.ListAsync<Thing>(1000)).Count);
    }

    [Fact]
    public async Task Commit_GivenUpWhileItWaits_IsNotMade()
    {
        var (busy, go) = (new TaskCompletionSource(), new ManualResetEventSlim());
        var first = Task.Run(async () => await store!.CommitAsync([Change.Revise<Thing>("first", _ =>
        {
            busy.SetResult();
            go.Wait();
            return new Thing { Id = "first" };
        })]));
        await busy.Task;
        using var givenUp = new CancellationTokenSource();
        var second = store!.CommitAsync([Change.Create(new Thing { Id = "second" })], givenUp.Token).AsTask();
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        go.Set();

        Assert.True((await first).Done);
        Assert.True((await store.CommitAsync([Change.Create(new Thing { Id = "third" })])).Done);
        Assert.Null(await store.GetAsync<Thing>("second"));
    }

    [Fact]
    public void Open_WhileOpen_SaysByWhom()
    {
        var busy = Assert.Throws<StoreBusyException>(() => LiteDbStore.Open(folder, []));

        Assert.Contains($"is opened by another siit-iam serve (pid {Environment.ProcessId})", busy.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lock_AnotherProcessHoldsIt_IsRefusedUntilItDies()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "needs flock(1)");
        await store!.DisposeAsync();
        using var other = Process.Start(new ProcessStartInfo("/usr/bin/flock", [folder.Lock, "sh", "-c", "echo locked; exec sleep 60"]) { RedirectStandardOutput = true })!;
        try
        {
            Assert.Equal("locked", await other.StandardOutput.ReadLineAsync());
            Assert.Throws<StoreBusyException>(() => LiteDbStore.Open(folder, []));
        }
        finally
        {
            other.Kill(entireProcessTree: true);
            await other.WaitForExitAsync();
        }

        // Its child holds the lock as well, and is not waited for.
        store = await Eventually.Is(() => Task.FromResult(OpenIfFree()), opened => opened is not null);
        Assert.Empty(await store!.ListAsync<Thing>());

        LiteDbStore? OpenIfFree()
        {
            try
            {
                return LiteDbStore.Open(folder, []);
            }
            catch (StoreBusyException)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task Closed_RefusesWithASentence()
    {
        await store!.DisposeAsync();

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.GetAsync<Thing>("thing_1"));
        store = null;
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefused()
    {
        await store!.DisposeAsync();
        await using (LiteDbStore.Open(folder, [new RenameOwner()]))
        {
        }

        // A file that is there already has a schema; only the newer program raises it.
        var refused = Assert.Throws<StoreUnavailableException>(() => LiteDbStore.Open(folder, []));
        Assert.Contains("newer siit-iam (schema 2; this one knows up to 1)", refused.Message, StringComparison.Ordinal);
        store = null;
    }

    [Fact]
    public async Task Open_Migration_ChangesRecordsAndKeysOnceAndKeepsVersions()
    {
        await store!.CommitAsync([.. Enumerable.Range(0, 300).Select(i => Change.Create(new Thing { Id = $"thing_{i}", Owner = "Ana" }))]);
        await store.DisposeAsync();
        var migration = new RenameOwner();

        store = LiteDbStore.Open(folder, [migration]);
        await store.DisposeAsync();
        store = LiteDbStore.Open(folder, [migration]);

        Assert.Equal(300, migration.Calls);
        Assert.Equal(2, store.SchemaVersion);
        Assert.Empty(await store.FindAsync<Thing>("owner", "Ana"));
        var found = await store.FindAsync<Thing>("owner", "Bob", 1000);
        Assert.Equal(300, found.Count);
        Assert.All(found, t => Assert.Equal((1, "Bob"), (t.Version, t.Owner)));
    }

    [Fact]
    public async Task Open_NotAStore_SaysWhatToDo()
    {
        await store!.DisposeAsync();
        store = null;
        File.WriteAllText(folder.Store, new string('x', 20_000));

        Assert.Contains("siit-iam restore", Assert.Throws<StoreUnavailableException>(() => LiteDbStore.Open(folder, [])).Message, StringComparison.Ordinal);
    }

    private sealed class RenameOwner : IMigration
    {
        public int Calls { get; private set; }

        public int To => 2;

        public bool Apply(string collection, JsonObject record, IDictionary<string, string> keys)
        {
            Calls++;
            (record["owner"], keys["owner"]) = ("Bob", "Bob");
            return collection == "things";
        }
    }
}
