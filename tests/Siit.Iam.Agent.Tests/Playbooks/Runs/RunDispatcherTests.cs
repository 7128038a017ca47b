using Siit.Iam.Agent.Playbooks.Runs;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

public sealed class RunDispatcherTests
{
    /// <summary>A look every two seconds at all that runs would else fill the queue faster than it is worked off.</summary>
    [Fact]
    public async Task Wake_OfOneThatWaitsToBeLookedAt_IsOneLook()
    {
        var dispatcher = new RunDispatcher();
        foreach (var run in new[] { "run_1", "run_1", "run_2", "run_1" })
            dispatcher.Wake(run);
        using var enough = new CancellationTokenSource();
        await using var taken = dispatcher.TakeAsync(enough.Token).GetAsyncEnumerator();

        Assert.True(await taken.MoveNextAsync());
        Assert.Equal("run_1", taken.Current);
        // It is being looked at: what happens from now on wants another look.
        dispatcher.Wake("run_1");
        Assert.True(await taken.MoveNextAsync());
        Assert.Equal("run_2", taken.Current);
        Assert.True(await taken.MoveNextAsync());
        Assert.Equal("run_1", taken.Current);
        var more = taken.MoveNextAsync().AsTask();
        Assert.False(more.IsCompleted);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => more);
    }
}
