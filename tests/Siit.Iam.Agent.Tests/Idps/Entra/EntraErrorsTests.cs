using System.Net;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Entra;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

public sealed class EntraErrorsTests
{
    /// <summary>Status, code, what it is for a read, what it is for a change.</summary>
    public static TheoryData<int, string?, string, string> Map => new()
    {
        { 400, "Request_BadRequest", "Rejected", "Rejected" },
        { 400, "Request_UnsupportedQuery", "Rejected", "Rejected" },
        { 400, "Directory_ExpiredPageToken", "Rejected", "Rejected" },
        { 400, "a code of tomorrow", "Rejected", "Rejected" },
        { 401, "InvalidAuthenticationToken", "BadCredentials", "BadCredentials" },
        { 401, null, "BadCredentials", "BadCredentials" },
        { 403, "Authorization_RequestDenied", "NotAllowed", "NotAllowed" },
        { 403, "Authorization_IdentityDisabled", "BadCredentials", "BadCredentials" },
        { 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Rejected", "Rejected" },
        { 403, "Directory_QuotaExceeded", "Rejected", "Rejected" },
        { 403, null, "NotAllowed", "NotAllowed" },
        { 404, "Request_ResourceNotFound", "NotFound", "NotFound" },
        { 404, null, "NotFound", "NotFound" },
        { 408, null, "Unavailable", "Unknown" },
        { 409, "Directory_ConcurrencyViolation", "Conflict", "Conflict" },
        { 410, null, "NotFound", "NotFound" },
        { 412, null, "Conflict", "Conflict" },
        { 423, null, "Conflict", "Conflict" },
        { 429, "TooManyRequests", "RateLimited", "RateLimited" },
        { 429, null, "RateLimited", "RateLimited" },
        { 500, "generalException", "Unavailable", "Unknown" },
        { 500, "Request_BadRequest", "Unavailable", "Unknown" },
        { 501, null, "Rejected", "Rejected" },
        { 503, "serviceNotAvailable", "Unavailable", "Unknown" },
        { 504, null, "Unavailable", "Unknown" },
    };

    [Theory]
    [MemberData(nameof(Map))]
    public void Classify_EachRow_IsTheSameTroubleEveryTime(int status, string? code, string read, string change)
    {
        Assert.Equal(read, EntraErrors.Classify((HttpStatusCode)status, code, changes: false).ToString());
        Assert.Equal(change, EntraErrors.Classify((HttpStatusCode)status, code, changes: true).ToString());
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "already a member", "Rejected" },
        { "not a member", "NotFound" },
        { "dynamic group", "Rejected" },
        { "administrator", "NotAllowed" },
        { "unknown account", "NotFound" },
        { "default factor", "Rejected" },
        { "synced account", "Rejected" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Change_ThatEntraRefuses_IsToldInOurWords(string why, string trouble)
    {
        await using var world = await EntraWorld.StartAsync();
        var (connection, token) = (world.Connection, EntraWorld.Token);
        var (ben, group) = (await world.AccountAsync("ben"), await world.GroupAsync("Engineering"));

        var thrown = await Assert.ThrowsAsync<IdpException>(async () => await (why switch
        {
            "already a member" => connection.AddToGroupAsync(ben, group, token),
            "not a member" => connection.RemoveFromGroupAsync(await world.AccountAsync("ana"), group, token),
            "dynamic group" => connection.AddToGroupAsync(ben, await world.GroupAsync("All Sales"), token),
            "administrator" => connection.SuspendUserAsync(await world.AccountAsync("dora"), token),
            "unknown account" => connection.SuspendUserAsync(ben with { Id = "00000000-0000-4000-8000-000000000000" }, token),
            "default factor" => connection.ResetMfaAsync(ben, world.Entra.User(ben.Id).DefaultMethod, token),
            "synced account" => connection.SuspendUserAsync(await world.AccountAsync("greta"), token),
            _ => throw new InvalidOperationException(why),
        }));

        Assert.Equal(trouble, thrown.Trouble.ToString());
        Assert.NotNull(thrown.RequestId);
        Assert.DoesNotContain(world.Entra.Ledger.Effects, _ => true);
        Assert.DoesNotContain("Request_", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("object references", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FaultKind.BadJson)]
    [InlineData(FaultKind.TornPage)]
    public async Task Read_OfAnAnswerThatIsNone_IsUnavailable(FaultKind fault)
    {
        await using var world = await EntraWorld.StartAsync();
        world.Entra.Faults.Add(new Fault { Kind = fault, Path = "/v1.0/groups", Times = null });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.FindGroupsAsync(null, 10, null, EntraWorld.Token));

        Assert.Equal(IdpTrouble.Unavailable, trouble.Trouble);
    }

    [Fact]
    public async Task NextLink_ToAnotherAddress_IsNotFollowed()
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 1);
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.HostileLink, Path = "/v1.0/groups", Times = null });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.FindGroupsAsync(null, 10, null, EntraWorld.Token));

        Assert.Equal(IdpTrouble.Rejected, trouble.Trouble);
        Assert.Contains("another address", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ThatNeverEnds_IsCutOffAndNotTakenForTheWhole()
    {
        await using var world = await EntraWorld.StartAsync();
        var connection = EntraWorld.Connect(world.Options with { PageSize = 1, MaxPages = 2 });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.GetPictureAsync(world.Id("ana"), PictureParts.Groups, EntraWorld.Token));

        Assert.Equal(IdpTrouble.Rejected, trouble.Trouble);
    }
}
