using System.Net;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

public sealed class OktaThrottlingTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    public static TheoryData<int, string?, string?, bool, double?> Answers => new()
    {
        // status, limit, seconds until the reset, throttled, seconds to wait (null: back off on our own)
        { 429, "600", "30", true, 30 },
        { 429, "600", "999999999", true, 86_400 },
        { 429, "600", null, true, null },
        // Too many at once: the reset is no promise.
        { 429, "0", "30", true, null },
        // A reset in the past would mean four more tries in one millisecond.
        { 429, "600", "0", true, null },
        { 429, "600", "-500", true, null },
        { 200, "600", "30", false, null },
        { 503, "600", "30", false, null },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Read_Answer_SaysHowLongToWait(int status, string? limit, string? reset, bool throttled, double? seconds)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        if (limit is not null) response.Headers.Add("X-Rate-Limit-Limit", limit);
        if (reset is not null) response.Headers.Add("X-Rate-Limit-Reset", $"{Now.ToUnixTimeSeconds() + long.Parse(reset)}");

        var read = OktaThrottling.Read(response, Now);

        Assert.Equal((throttled, seconds), (read is not null, read?.Wait?.TotalSeconds));
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("99999999999999999999999")]
    [InlineData("-1")]
    public void Read_ResetThatIsNoTime_IsBackedOffFrom(string reset)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        response.Headers.TryAddWithoutValidation("X-Rate-Limit-Reset", reset);

        Assert.Equal(new Throttled(null), OktaThrottling.Read(response, Now));
    }

    [Fact]
    public async Task Call_ThrottledTwiceForASecond_WaitsSaysSoAndHappensOnce()
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        world.Fault(FaultKind.Throttle, "POST", "suspend", times: 2, resetSeconds: 1);
        var waits = new List<Wait>();

        using (WaitReports.Listen(waits.Add)) await world.Connection.SuspendUserAsync(account, CancellationToken.None);

        Assert.Equal(1, world.Okta.Ledger.Count("user.suspend"));
        Assert.NotEmpty(waits);
    }

    [Fact]
    public async Task Call_ThrottledForLong_SaysAtOnceUntilWhenAndTheNextIsNotEvenSent()
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        world.Fault(FaultKind.Throttle, "POST", "suspend", resetSeconds: 400);

        var first = await Assert.ThrowsAsync<IdpException>(() => world.Connection.SuspendUserAsync(account, CancellationToken.None));
        var second = await Assert.ThrowsAsync<IdpException>(() => world.Connection.SuspendUserAsync(account, CancellationToken.None));

        foreach (var trouble in new[] { first, second })
        {
            Assert.Equal(IdpTrouble.RateLimited, trouble.Trouble);
            Assert.InRange((trouble.RetryAt!.Value - DateTimeOffset.UtcNow).TotalSeconds, 380, 401);
        }
        Assert.Single(world.Requests("POST", "/lifecycle/suspend"));
        // Another quota is open.
        Assert.Equal("ACTIVE", (await world.AccountAsync("ana")).VendorStatus);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Call_QuotaOfTheEmulatorUsedUp_IsRateLimited()
    {
        await using var world = await OktaWorld.StartAsync(new EmulatorOptions { BucketLimits = new Dictionary<string, int> { ["GET /api/v1/groups/*"] = 1 } });
        await world.Connection.ListMembersAsync(world.Okta.Group("Sales").Id, 1, null, CancellationToken.None);

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.ListMembersAsync(world.Okta.Group("Sales").Id, 1, null, CancellationToken.None));

        Assert.Equal((IdpTrouble.RateLimited, "E0000047"), (trouble.Trouble, trouble.VendorCode));
    }
}
