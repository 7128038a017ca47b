using System.Net;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.JumpCloud;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

public sealed class JumpCloudErrorsTests : IAsyncLifetime
{
    private JumpCloudWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await JumpCloudWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    /// <summary>The error map, one row each: the status, what a read is told, what a change is told.</summary>
    public static TheoryData<int, string, string> Map { get; } = new()
    {
        { 400, "Rejected", "Rejected" },
        { 401, "BadCredentials", "BadCredentials" },
        { 402, "NotAllowed", "NotAllowed" },
        { 403, "NotAllowed", "NotAllowed" },
        { 404, "NotFound", "NotFound" },
        { 408, "Unavailable", "Unknown" },
        { 409, "Conflict", "Conflict" },
        { 410, "NotFound", "NotFound" },
        { 412, "Conflict", "Conflict" },
        { 422, "Rejected", "Rejected" },
        { 429, "RateLimited", "RateLimited" },
        { 500, "Unavailable", "Unknown" },
        { 501, "Rejected", "Rejected" },
        { 502, "Unavailable", "Unknown" },
        { 503, "Unavailable", "Unknown" },
        { 504, "Unavailable", "Unknown" },
    };

    [Theory]
    [MemberData(nameof(Map))]
    public async Task EveryStatus_OverHttp_GetsItsName(int status, string read, string change)
    {
        var connection = _world.Connect();
        var ana = await _world.AccountAsync("ana");
        _world.JumpCloud.Faults.Add(new Fault { Kind = FaultKind.Status, Path = ana.Id, Status = status, Times = null });

        var reading = await Assert.ThrowsAsync<IdpException>(() => connection.GetPictureAsync(ana.Id, PictureParts.None, CancellationToken.None));
        var changing = await Assert.ThrowsAsync<IdpException>(() => connection.SuspendUserAsync(ana, CancellationToken.None));

        Assert.Equal((read, change), (reading.Trouble.ToString(), changing.Trouble.ToString()));
        Assert.Equal(Enum.Parse<IdpTrouble>(change), JumpCloudErrors.Classify((HttpStatusCode)status, changes: true));
        Assert.All([reading, changing], trouble => Assert.DoesNotContain("Internal Server Error", trouble.Message, StringComparison.Ordinal));
        Assert.All([reading, changing], trouble => Assert.NotNull(trouble.VendorCode));
        Assert.Empty(_world.JumpCloud.Ledger.Effects);
    }

    [Theory]
    [InlineData(FaultKind.Throttle)]
    [InlineData(FaultKind.Status)]
    public async Task Read_RefusedTwice_IsRepeated(FaultKind kind)
    {
        _world.JumpCloud.Faults.Add(new Fault { Kind = kind, Method = "GET", Path = "/systemusers/", Times = 2 });

        Assert.Equal("ana", (await _world.AccountAsync("ana")).Login);
    }

    [Fact]
    public async Task Log_RefusedTwice_IsReadAgainAlthoughItIsAPost()
    {
        _world.JumpCloud.Faults.Add(new Fault { Kind = FaultKind.Status, Method = "POST", Path = "/insights/", Times = 2 });

        await _world.Connect().ListEventsAsync(null, DateTimeOffset.UtcNow.AddDays(-2), 5, null, CancellationToken.None);
    }

    [Fact]
    public async Task Change_503Twice_IsUnknownAndSentOnce()
    {
        var ana = await _world.AccountAsync("ana");
        _world.JumpCloud.Faults.Add(new Fault { Kind = FaultKind.Status, Method = "POST", Path = "suspend", Times = 2 });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => _world.Connect().SuspendUserAsync(ana, CancellationToken.None));

        Assert.Equal(IdpTrouble.Unknown, trouble.Trouble);
        Assert.Single(_world.JumpCloud.Requests.Requests, request => request.Target.EndsWith("/suspend", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FaultKind.AppliedThen500)]
    [InlineData(FaultKind.TimeoutAfterApplying)]
    public async Task Change_AppliedButNotAnswered_IsUnknownAndAppliedOnce(FaultKind kind)
    {
        var ana = await _world.AccountAsync("ana");
        _world.JumpCloud.Faults.Add(new Fault { Kind = kind, Method = "POST", Path = "suspend" });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => _world.Connect().SuspendUserAsync(ana, CancellationToken.None));

        Assert.Equal(IdpTrouble.Unknown, trouble.Trouble);
        Assert.Equal(1, _world.JumpCloud.Ledger.Count("user.suspend", ana.Id));
        Assert.Equal(AccountStatus.Suspended, (await _world.AccountAsync("ana")).Status);
    }

    [Fact]
    public async Task Change_NoAnswerInTime_IsUnknown()
    {
        var ana = await _world.AccountAsync("ana");
        _world.JumpCloud.Faults.Add(new Fault { Kind = FaultKind.TimeoutAfterApplying, Method = "POST", Path = "suspend", Milliseconds = 60_000 });
        var impatient = _world.Connect(resilience: JumpCloudWorld.Quick with { TryTimeout = TimeSpan.FromSeconds(1) });
        await impatient.FindAccountsAsync("ana", CancellationToken.None);

        var trouble = await Assert.ThrowsAsync<IdpException>(() => impatient.SuspendUserAsync(ana, CancellationToken.None));

        Assert.Equal(IdpTrouble.Unknown, trouble.Trouble);
    }

    [Theory]
    [InlineData(FaultKind.BadJson)]
    [InlineData(FaultKind.TornPage)]
    public async Task Read_AnswerCannotBeRead_IsUnavailable(FaultKind kind)
    {
        _world.JumpCloud.Faults.Add(new Fault { Kind = kind, Method = "GET", Path = "/usergroups", Times = null });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => _world.Connect().FindGroupsAsync(null, 10, null, CancellationToken.None));

        Assert.Equal(IdpTrouble.Unavailable, trouble.Trouble);
    }

    [Fact]
    public async Task Read_LinkToAForeignAddress_IsNotFollowed()
    {
        _world.JumpCloud.Faults.Add(new Fault { Kind = FaultKind.HostileLink, Path = "/usergroups", Times = null });

        var picture = await _world.Connect(pageSize: 2).GetPictureAsync(_world.JumpCloud.User("ana").Id, PictureParts.Groups, CancellationToken.None);

        Assert.Equal(5, picture.Groups!.Count);
    }

    [Theory]
    [InlineData("""{"code":400,"message":"text of the vendor","status":"restrictedField"}""", "restrictedField")]
    [InlineData("""{"message":"text of the vendor","status":400}""", null)]
    [InlineData("""{"status":"a sentence with spaces"}""", null)]
    [InlineData("Unauthorized", null)]
    [InlineData("", null)]
    public void Code_OfABody_IsAWordOrNothing(string body, string? code) => Assert.Equal(code, JumpCloudErrors.Code(body));
}
