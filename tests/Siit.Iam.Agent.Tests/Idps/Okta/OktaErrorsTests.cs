using System.Net;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

public sealed class OktaErrorsTests
{
    /// <summary>Okta's error code decides, then the status. After a 5xx nothing proves that a change did not happen.</summary>
    public static TheoryData<string?, int, string, string> Map => new()
    {
        // code, status, trouble of a read, trouble of a change
        { "E0000001", 400, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000003", 400, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000014", 403, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000016", 403, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000017", 403, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000022", 405, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000031", 400, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000034", 403, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000038", 403, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000053", 400, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000060", 403, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000060", 501, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000075", 403, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000079", 403, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000080", 403, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E0000006", 403, nameof(IdpTrouble.NotAllowed), nameof(IdpTrouble.NotAllowed) },
        { "E0000015", 403, nameof(IdpTrouble.NotAllowed), nameof(IdpTrouble.NotAllowed) },
        { "E0000007", 404, nameof(IdpTrouble.NotFound), nameof(IdpTrouble.NotFound) },
        { "E0000008", 404, nameof(IdpTrouble.NotFound), nameof(IdpTrouble.NotFound) },
        { "E0000004", 401, nameof(IdpTrouble.BadCredentials), nameof(IdpTrouble.BadCredentials) },
        { "E0000005", 401, nameof(IdpTrouble.BadCredentials), nameof(IdpTrouble.BadCredentials) },
        { "E0000011", 401, nameof(IdpTrouble.BadCredentials), nameof(IdpTrouble.BadCredentials) },
        { "E0000047", 429, nameof(IdpTrouble.RateLimited), nameof(IdpTrouble.RateLimited) },
        { "E0000112", 409, nameof(IdpTrouble.Conflict), nameof(IdpTrouble.Conflict) },
        { "E0000009", 500, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown) },
        { "E0000010", 503, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown) },
        // A code that speaks of "no" does not excuse a failing server.
        { "E0000001", 500, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown) },
        { "E0000007", 502, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown) },
        { null, 400, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { null, 401, nameof(IdpTrouble.BadCredentials), nameof(IdpTrouble.BadCredentials) },
        { null, 403, nameof(IdpTrouble.NotAllowed), nameof(IdpTrouble.NotAllowed) },
        { null, 404, nameof(IdpTrouble.NotFound), nameof(IdpTrouble.NotFound) },
        { null, 408, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown) },
        { null, 409, nameof(IdpTrouble.Conflict), nameof(IdpTrouble.Conflict) },
        { null, 410, nameof(IdpTrouble.NotFound), nameof(IdpTrouble.NotFound) },
        { null, 411, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { null, 412, nameof(IdpTrouble.Conflict), nameof(IdpTrouble.Conflict) },
        { null, 429, nameof(IdpTrouble.RateLimited), nameof(IdpTrouble.RateLimited) },
        { null, 504, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown) },
        { "E9999999", 400, nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { "E9999999", 403, nameof(IdpTrouble.NotAllowed), nameof(IdpTrouble.NotAllowed) },
    };

    [Theory]
    [MemberData(nameof(Map))]
    public void Classify_CodeAndStatus_HaveOneMeaning(string? code, int status, string read, string change)
    {
        Assert.Equal(read, OktaErrors.Classify((HttpStatusCode)status, code, changes: false).ToString());
        Assert.Equal(change, OktaErrors.Classify((HttpStatusCode)status, code, changes: true).ToString());
    }

    [Theory]
    [InlineData("{\"errorCode\":\"E0000001\"}", "E0000001")]
    [InlineData("{\"errorCode\":\"<script>\"}", null)]
    [InlineData("{\"errorCode\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", null)]
    [InlineData("{\"errorCode\":7}", null)]
    [InlineData("<html>", null)]
    [InlineData("[]", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Code_OfABody_IsTakenOnlyWhenItLooksLikeOne(string? body, string? code) => Assert.Equal(code, OktaErrors.Code(body));

    public static TheoryData<FaultKind, int, string, string, bool> Failures => new()
    {
        // fault, status, trouble of a read, trouble of a change, whether the change happened
        { FaultKind.Status, 500, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown), false },
        { FaultKind.Status, 503, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown), false },
        { FaultKind.AppliedThen500, 0, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown), true },
        { FaultKind.TimeoutBefore, 0, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown), false },
        { FaultKind.TimeoutAfterApplying, 0, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown), true },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Failure_OnTheWay_IsNamedByWhatCanBeKnown(FaultKind fault, int status, string read, string change, bool happened)
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        world.Fault(fault, path: "/api/v1/users", times: null, status: status);

        var reading = await Assert.ThrowsAsync<IdpException>(() => world.AccountAsync("ana"));
        var changing = await Assert.ThrowsAsync<IdpException>(() => world.Connection.SuspendUserAsync(account, CancellationToken.None));

        Assert.Equal((read, change), (reading.Trouble.ToString(), changing.Trouble.ToString()));
        Assert.Equal(happened ? 1 : 0, world.Okta.Ledger.Effects.Count);
        // Logged when the emulator is done with it, which may be after the connection was cut.
        Assert.Single(await Support.Eventually.Is(() => Task.FromResult(world.Requests("POST", "/lifecycle/suspend")), requests => requests.Count > 0));
    }

    [Fact]
    public async Task Answer_OfASuccessThatCannotBeRead_IsUnknownForACreation()
    {
        await using var world = await OktaWorld.StartAsync();
        world.Fault(FaultKind.BadJson, "POST", "/api/v1/users$");

        var trouble = await Assert.ThrowsAsync<IdpException>(() =>
            world.Connection.CreateUserAsync(new NewUser("zoe@acme.example", "Z", "O", null, null, null), CancellationToken.None));

        Assert.Equal(IdpTrouble.Unknown, trouble.Trouble);
        Assert.Equal(1, world.Okta.Ledger.Count("user.create"));
    }

    [Theory]
    [InlineData(FaultKind.BadJson)]
    [InlineData(FaultKind.TornPage)]
    public async Task Answer_OfAReadThatCannotBeRead_IsUnavailable(FaultKind fault)
    {
        await using var world = await OktaWorld.StartAsync();
        world.Fault(fault, "GET", "/groups$", times: null);

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.PictureAsync("ana", PictureParts.Groups));

        Assert.Equal(IdpTrouble.Unavailable, trouble.Trouble);
    }

    [Fact]
    public async Task Messages_HoldNoTextOfTheVendor()
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("staged");

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.SuspendUserAsync(account, CancellationToken.None));

        Assert.DoesNotContain("Cannot suspend", trouble.ToString(), StringComparison.Ordinal);
        Assert.NotNull(trouble.RequestId);
    }

    [Fact]
    public async Task Cancelled_BeforeAnythingWasSent_IsCancelled()
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("ana");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world.Connection.SuspendUserAsync(account, new CancellationToken(canceled: true)));

        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Cancelled_AfterTheChangeWasSent_IsUnknownAndNotCancelled()
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        world.Fault(FaultKind.TimeoutAfterApplying, "POST", milliseconds: 20_000);
        using var cancel = new CancellationTokenSource();
        var change = world.Connection.SuspendUserAsync(account, cancel.Token);
        await Support.Eventually.Is(() => Task.FromResult(world.Okta.Ledger.Effects.Count), count => count == 1);

        await cancel.CancelAsync();

        Assert.Equal(IdpTrouble.Unknown, (await Assert.ThrowsAsync<IdpException>(() => change)).Trouble);
    }
}
