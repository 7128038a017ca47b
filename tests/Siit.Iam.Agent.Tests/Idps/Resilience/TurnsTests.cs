using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Tests.Idps.Resilience;

/// <summary>Each story: who comes in (b = bulk, i = interactive) for the one place there is, and in which order they get it.</summary>
public sealed class TurnsTests
{
    [Theory]
    [InlineData("bbbi", "bibb")]
    [InlineData("iiiib", "iiiib")]
    // After four that passed it, a bulk one goes.
    [InlineData("bbiiiiii", "biiiibii")]
    [InlineData("bbbiiiiii", "biiiibiib")]
    public async Task Turns_GoToWhoWaitsFirst_WithoutForgettingTheOthers(string coming, string going)
    {
        var turns = new Turns(1, TimeProvider.System);
        var waiting = coming.Select(who => (Who: who, Turn: turns.TakeAsync(who == 'b' ? Urgency.Bulk : Urgency.Interactive, CancellationToken.None).AsTask())).ToList();
        var order = new List<char>();

        while (waiting.Count > 0)
        {
            await Task.WhenAny(waiting.Select(one => one.Turn));
            var here = Assert.Single(waiting, one => one.Turn.IsCompleted);
            order.Add(here.Who);
            waiting.Remove(here);
            (await here.Turn).Dispose();
        }

        Assert.Equal(going, string.Concat(order));
    }

    [Fact]
    public async Task Bulk_NeverTakesTheLastPlace()
    {
        var turns = new Turns(3, TimeProvider.System);
        var first = await turns.TakeAsync(Urgency.Bulk, CancellationToken.None);
        using var second = await turns.TakeAsync(Urgency.Bulk, CancellationToken.None);
        var third = turns.TakeAsync(Urgency.Bulk, CancellationToken.None).AsTask();

        Assert.False(third.IsCompleted);
        using var interactive = await turns.TakeAsync(Urgency.Interactive, CancellationToken.None);
        Assert.False(third.IsCompleted);
        first.Dispose();

        (await third).Dispose();
    }

    [Fact]
    public async Task Turn_GivenUp_IsTheNextOnes()
    {
        var turns = new Turns(1, TimeProvider.System);
        var first = await turns.TakeAsync(Urgency.Interactive, CancellationToken.None);
        using var gone = new CancellationTokenSource();
        var given = turns.TakeAsync(Urgency.Interactive, gone.Token).AsTask();
        var next = turns.TakeAsync(Urgency.Bulk, CancellationToken.None).AsTask();

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.False(next.IsCompleted);
        first.Dispose();
        first.Dispose();

        (await next).Dispose();
        (await turns.TakeAsync(Urgency.Bulk, CancellationToken.None)).Dispose();
    }
}
