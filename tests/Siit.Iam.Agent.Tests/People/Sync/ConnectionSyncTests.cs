using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Sync;

public sealed class ConnectionSyncTests
{
    [Fact]
    public async Task Sync_Started_ImportsOnce_ThenReadsChangesWhenWoken()
    {
        await using var running = await RunAsync();

        await Eventually.Is(() => Task.FromResult(running.World.Copy.State(SyncWorld.Connection).ImportedAt), at => at is not null);
        running.World.Source.Set("u1", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        var end = await running.World.Sync.WakeAsync(new SyncWish(SyncWishKind.Changes), CancellationToken.None);

        Assert.True(end.Succeeded, end.Message);
        Assert.Equal(AccountStatus.Suspended, running.World.Part.Account("u1")!.Status);
        Assert.Single(running.World.Source.Reads, read => read.StartsWith("position", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sync_OfAnIdpThatIsDown_SaysSo_KeepsThePicture_AndGoesOn()
    {
        await using var running = await RunAsync();
        await Eventually.Is(() => Task.FromResult(running.World.Copy.State(SyncWorld.Connection).ImportedAt), at => at is not null);
        running.World.Source.Before = _ => throw new IdpException(IdpTrouble.Unavailable, "Okta does not answer.");

        var end = await running.World.Sync.WakeAsync(new SyncWish(SyncWishKind.Now), CancellationToken.None);

        Assert.Equal((false, "Okta does not answer."), (end.Succeeded, end.Message));
        Assert.Equal("Okta does not answer.", running.World.Copy.State(SyncWorld.Connection).Trouble);
        Assert.NotEmpty(running.World.Part.Accounts);
        running.World.Source.Before = null;
        Assert.True((await running.World.Sync.WakeAsync(new SyncWish(SyncWishKind.Now), CancellationToken.None)).Succeeded);
        Assert.Null(running.World.Copy.State(SyncWorld.Connection).Trouble);
    }

    /// <summary>Also where the log is closed from the beginning, so that it does not even say where it ends.</summary>
    [Theory]
    [InlineData("changes", "changes")]
    [InlineData("changes", "position")]
    public async Task Sync_WhoseChangesAreNotPermitted_OnlySweeps_UntilTheyAre(string refused, string alsoRefused)
    {
        await using var running = await RunAsync(source => source.Before = what =>
        {
            if (what.StartsWith(refused, StringComparison.Ordinal) || what.StartsWith(alsoRefused, StringComparison.Ordinal))
                throw new IdpException(IdpTrouble.NotAllowed, "The log is not licensed.");
        });

        await Eventually.Is(() => Task.FromResult(running.World.Copy.State(SyncWorld.Connection)), state => state is { OnlySweeps: true, ImportedAt: not null });
        Assert.Equal("The log is not licensed.", running.World.Copy.State(SyncWorld.Connection).Trouble);
        running.World.Source.Before = null;
        await running.World.Sync.WakeAsync(new SyncWish(SyncWishKind.Everything), CancellationToken.None);

        Assert.False(running.World.Copy.State(SyncWorld.Connection).OnlySweeps);
    }

    [Fact]
    public async Task Sync_OfAHeldImport_WaitsForAPerson_AndReadsChangesMeanwhile()
    {
        await using var running = await RunAsync();
        await Eventually.Is(() => Task.FromResult(running.World.Copy.State(SyncWorld.Connection).ImportedAt), at => at is not null);
        for (var i = 1; i <= 6; i++)
            running.World.Source.Delete($"u{i}", silent: true);

        var end = await running.World.Sync.WakeAsync(new SyncWish(SyncWishKind.Everything), CancellationToken.None);
        Assert.Contains("6 of 8 accounts", end.Message, StringComparison.Ordinal);
        running.World.Source.Set("u7", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        await running.World.Sync.WakeAsync(new SyncWish(SyncWishKind.Changes), CancellationToken.None);
        Assert.Equal(AccountStatus.Suspended, running.World.Part.Account("u7")!.Status);
        Assert.False(running.World.Part.Account("u1")!.Gone);

        Assert.True(await running.World.Importer.AgreeAsync(SyncWorld.Connection, CancellationToken.None));
        Assert.True((await running.World.Sync.WakeAsync(new SyncWish(SyncWishKind.Everything), CancellationToken.None)).Succeeded);
        running.World.AssertSame();
    }

    private static Task<Running> RunAsync(Action<ScriptedSource>? arrange = null)
    {
        var world = SyncWorld.Scripted(tellsEvents: true);
        for (var i = 1; i <= 8; i++)
            world.Source.Add($"u{i}");
        arrange?.Invoke(world.Source);
        return Task.FromResult(new Running(world));
    }

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public Running(SyncWorld<ScriptedSource> world) => (World, _running) = (world, Task.Run(() => world.Sync.RunAsync(_stop.Token)));

        public SyncWorld<ScriptedSource> World { get; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await World.DisposeAsync();
            _stop.Dispose();
        }
    }
}
