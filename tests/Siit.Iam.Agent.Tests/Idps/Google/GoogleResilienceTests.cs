using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>Trouble on the way: what is tried again, what is not, and what is said of it.</summary>
public sealed class GoogleResilienceTests
{
    [Fact]
    public async Task Throttled_TwiceWithA403_ReadAndChangeGoThroughOnce()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Fault(FaultKind.Throttle, "GET", "/users/", times: 2);
        world.Fault(FaultKind.Throttle, "PUT", "/users/", times: 2);
        var waits = 0;
        using var heard = WaitReports.Listen(_ => waits++);

        await world.Connection.SuspendUserAsync(await world.AccountAsync("ana"), CancellationToken.None);

        Assert.Equal(1, world.Google.Ledger.Count("user.suspend"));
        Assert.Equal([403, 403, 200], world.Requests("PUT", world.Id("ana")).Select(request => request.Status));
        Assert.Equal(4, waits);
    }

    [Fact]
    public async Task Throttled_With429_IsTriedAgain()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Fault(FaultKind.Status, "PUT", status: 429, times: 2);

        await world.Connection.SuspendUserAsync(await world.AccountAsync("ana"), CancellationToken.None);

        Assert.Equal(1, world.Google.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task QuotaUsedUp_IsNotWaitedForButSaidWithATime()
    {
        await using var world = await GoogleWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        world.Fault(FaultKind.Throttle, "PUT", resetSeconds: 60, times: null);

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.SuspendUserAsync(account, CancellationToken.None));

        Assert.Equal((IdpTrouble.RateLimited, "quotaExceeded"), (trouble.Trouble, trouble.VendorCode));
        Assert.NotNull(trouble.RetryAt);
        Assert.Single(world.Requests("PUT", world.Id("ana")));
        // What one call was told, the others heed without asking.
        Assert.Equal(IdpTrouble.RateLimited, (await Assert.ThrowsAsync<IdpException>(() => world.AccountAsync("ben"))).Trouble);
        Assert.Empty(world.Requests("GET", world.Id("ben")));
    }

    [Fact]
    public async Task NotAllowed_IsNoThrottlingAndNotTriedAgain()
    {
        await using var world = await GoogleWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        world.Fault(FaultKind.Status, "PUT", status: 403, times: null);

        Assert.Equal(IdpTrouble.NotAllowed, (await Assert.ThrowsAsync<IdpException>(() => world.Connection.SuspendUserAsync(account, CancellationToken.None))).Trouble);
        Assert.Single(world.Requests("PUT", world.Id("ana")));
    }

    [Fact]
    public async Task Unavailable_Twice_ReadIsTriedAgain()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Fault(FaultKind.Status, "GET", "/users/", status: 503, times: 2);

        Assert.Equal("ana@acme.example", (await world.AccountAsync("ana")).Email);
    }

    [Theory]
    [InlineData(FaultKind.Status, 0)]
    [InlineData(FaultKind.AppliedThen500, 1)]
    [InlineData(FaultKind.TimeoutAfterApplying, 1)]
    [InlineData(FaultKind.TimeoutBefore, 0)]
    public async Task Change_WithoutAClearAnswer_IsSentOnceAndNotKnown(FaultKind kind, int applied)
    {
        await using var world = await GoogleWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        world.Fault(kind, "PUT", "/users/", times: null);

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.SuspendUserAsync(account, CancellationToken.None));

        Assert.Equal(IdpTrouble.Unknown, trouble.Trouble);
        // A request is noted when the emulator is done with it, which can be after the connection was cut.
        await Eventually.Is(() => Task.FromResult(world.Requests("PUT", world.Id("ana")).Count), count => count == 1);
        Assert.Equal(applied, world.Google.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task Page_TornInTheMiddle_IsAskedForAgain()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Fault(FaultKind.TornPage, "GET", "/groups$");

        Assert.NotEmpty((await world.PictureAsync("ana", PictureParts.Groups)).Groups!);
    }
}
