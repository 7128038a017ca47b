using System.Net;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Google;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>Each row of the error map, and that an answer of Google's never speaks through us.</summary>
public sealed class GoogleErrorsTests
{
    public static TheoryData<int, string?, string, string> Map => new()
    {
        // status, reason, a read's trouble, a change's trouble
        { 400, "invalid", nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { 400, "badRequest", nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { 400, "required", nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { 400, "INVALID_ARGUMENT", nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { 401, "authError", nameof(IdpTrouble.BadCredentials), nameof(IdpTrouble.BadCredentials) },
        { 401, "required", nameof(IdpTrouble.BadCredentials), nameof(IdpTrouble.BadCredentials) },
        { 401, "UNAUTHENTICATED", nameof(IdpTrouble.BadCredentials), nameof(IdpTrouble.BadCredentials) },
        { 403, "forbidden", nameof(IdpTrouble.NotAllowed), nameof(IdpTrouble.NotAllowed) },
        { 403, "insufficientPermissions", nameof(IdpTrouble.NotAllowed), nameof(IdpTrouble.NotAllowed) },
        { 403, "accessNotConfigured", nameof(IdpTrouble.NotAllowed), nameof(IdpTrouble.NotAllowed) },
        { 403, "domainCannotUseApis", nameof(IdpTrouble.NotAllowed), nameof(IdpTrouble.NotAllowed) },
        { 403, "PERMISSION_DENIED", nameof(IdpTrouble.NotAllowed), nameof(IdpTrouble.NotAllowed) },
        { 403, null, nameof(IdpTrouble.NotAllowed), nameof(IdpTrouble.NotAllowed) },
        { 403, "rateLimitExceeded", nameof(IdpTrouble.RateLimited), nameof(IdpTrouble.RateLimited) },
        { 403, "userRateLimitExceeded", nameof(IdpTrouble.RateLimited), nameof(IdpTrouble.RateLimited) },
        { 403, "quotaExceeded", nameof(IdpTrouble.RateLimited), nameof(IdpTrouble.RateLimited) },
        { 403, "dailyLimitExceeded", nameof(IdpTrouble.RateLimited), nameof(IdpTrouble.RateLimited) },
        { 403, "limitExceeded", nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { 403, "adminCannotUnsuspend", nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { 404, "notFound", nameof(IdpTrouble.NotFound), nameof(IdpTrouble.NotFound) },
        { 404, "NOT_FOUND", nameof(IdpTrouble.NotFound), nameof(IdpTrouble.NotFound) },
        { 404, null, nameof(IdpTrouble.NotFound), nameof(IdpTrouble.NotFound) },
        { 410, null, nameof(IdpTrouble.NotFound), nameof(IdpTrouble.NotFound) },
        { 409, "duplicate", nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
        { 409, "conflict", nameof(IdpTrouble.Conflict), nameof(IdpTrouble.Conflict) },
        { 409, null, nameof(IdpTrouble.Conflict), nameof(IdpTrouble.Conflict) },
        { 409, "ABORTED", nameof(IdpTrouble.Conflict), nameof(IdpTrouble.Conflict) },
        { 412, "conditionNotMet", nameof(IdpTrouble.Conflict), nameof(IdpTrouble.Conflict) },
        { 412, null, nameof(IdpTrouble.Conflict), nameof(IdpTrouble.Conflict) },
        { 429, "rateLimitExceeded", nameof(IdpTrouble.RateLimited), nameof(IdpTrouble.RateLimited) },
        { 429, "RESOURCE_EXHAUSTED", nameof(IdpTrouble.RateLimited), nameof(IdpTrouble.RateLimited) },
        { 429, null, nameof(IdpTrouble.RateLimited), nameof(IdpTrouble.RateLimited) },
        { 408, null, nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown) },
        { 500, "backendError", nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown) },
        // After a failing server no reason proves that nothing happened.
        { 500, "notFound", nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown) },
        { 503, "backendError", nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown) },
        { 503, "quotaExceeded", nameof(IdpTrouble.Unavailable), nameof(IdpTrouble.Unknown) },
        { 418, "newWord", nameof(IdpTrouble.Rejected), nameof(IdpTrouble.Rejected) },
    };

    [Theory]
    [MemberData(nameof(Map))]
    public void Classify_OfEachAnswer_HasItsTrouble(int status, string? reason, string read, string change)
    {
        Assert.Equal(read, GoogleErrors.Classify((HttpStatusCode)status, reason, changes: false).ToString());
        Assert.Equal(change, GoogleErrors.Classify((HttpStatusCode)status, reason, changes: true).ToString());
    }

    [Theory]
    [InlineData("""{"error":{"code":403,"errors":[{"domain":"usageLimits","reason":"quotaExceeded"}],"message":"x"}}""", "quotaExceeded")]
    [InlineData("""{"error":{"code":403,"errors":[{"domain":"global"},{"reason":"forbidden"}],"status":"PERMISSION_DENIED"}}""", "forbidden")]
    [InlineData("""{"error":{"code":404,"status":"NOT_FOUND","message":"x"}}""", "NOT_FOUND")]
    [InlineData("""{"error":{"errors":[{"reason":"<script>alert(1)</script>"}]}}""", null)]
    [InlineData("""{"error":"invalid_grant"}""", null)]
    [InlineData("""{"error":{"errors":[]}}""", null)]
    [InlineData("<html>403</html>", null)]
    [InlineData("", null)]
    public void Reason_IsAWordOrNothing(string body, string? reason) => Assert.Equal(reason, GoogleErrors.Reason(body));

    [Theory]
    [InlineData(400, nameof(IdpTrouble.Rejected))]
    [InlineData(403, nameof(IdpTrouble.NotAllowed))]
    [InlineData(404, nameof(IdpTrouble.NotFound))]
    [InlineData(409, nameof(IdpTrouble.Conflict))]
    [InlineData(412, nameof(IdpTrouble.Conflict))]
    [InlineData(500, nameof(IdpTrouble.Unknown))]
    public async Task Change_AnsweredWithAnError_SaysItInOurWords(int status, string trouble)
    {
        await using var world = await GoogleWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        world.Fault(FaultKind.Status, "PUT", status: status, times: null);

        var thrown = await Assert.ThrowsAsync<IdpException>(() => world.Connection.SuspendUserAsync(account, CancellationToken.None));

        Assert.Equal(trouble, thrown.Trouble.ToString());
        Assert.Contains("suspend the account", thrown.Message);
        foreach (var theirs in new[] { "Invalid Input", "Not Authorized", "Resource Not Found", "Precondition", "Internal error" })
            Assert.DoesNotContain(theirs, thrown.Message);
    }

    [Fact]
    public async Task Read_AnsweredWithNoJson_CouldNotBeRead()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Fault(FaultKind.BadJson, "GET", "/users/");

        Assert.Equal(IdpTrouble.Unavailable, (await Assert.ThrowsAsync<IdpException>(() => world.AccountAsync("ana"))).Trouble);
    }

    [Fact]
    public async Task Creation_AnsweredWithNoJson_MayHaveHappened()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Fault(FaultKind.BadJson, "POST", "/users$");

        var trouble = await Assert.ThrowsAsync<IdpException>(() =>
            world.Connection.CreateUserAsync(new NewUser("zoe@acme.example", "Zoë", "O'Hara", null, null, null), CancellationToken.None));

        Assert.Equal(IdpTrouble.Unknown, trouble.Trouble);
        Assert.Equal(1, world.Google.Ledger.Count("user.create"));
    }
}
