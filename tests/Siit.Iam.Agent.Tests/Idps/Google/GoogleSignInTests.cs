using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Google;

public sealed class GoogleSignInTests
{
    [Fact]
    public async Task SignIn_OfManyCallsAtOnce_HappensOnce()
    {
        await using var world = await GoogleWorld.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => world.AccountAsync("ana")));

        Assert.Single(world.Requests("POST", "/token"));
    }

    [Fact]
    public async Task SignIn_AfterAnHour_IsDoneAgain()
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(time: time);
        await world.AccountAsync("ana");
        time.Advance(TimeSpan.FromMinutes(59));

        await world.AccountAsync("ana");

        Assert.Equal(2, world.Requests("POST", "/token").Count);
        Assert.DoesNotContain(world.Google.Requests.Requests, request => request.Status == 401);
    }

    [Fact]
    public async Task SignIn_TokenWithdrawn_IsDoneAgainOnceAndTheChangeHappensOnce()
    {
        await using var world = await GoogleWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        world.Fault(FaultKind.Status, "PUT", status: 401);

        await world.Connection.SuspendUserAsync(account, CancellationToken.None);

        Assert.Equal(2, world.Requests("POST", "/token").Count);
        Assert.Equal(1, world.Google.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task SignIn_ThrottledAndUnavailable_IsTriedAgain()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Fault(FaultKind.Status, "POST", "/token", status: 503);
        world.Fault(FaultKind.Status, "POST", "/token", status: 429);

        Assert.NotNull(await world.AccountAsync("ana"));
    }

    [Fact]
    public async Task SignIn_AsItself_NeedsNoDelegation()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Arrange("""{"serviceAccount":"siit-iam@acme-siit.iam.gserviceaccount.com","scopes":[]}""");
        var connection = world.Connect(options => options with { Subject = null });

        Assert.Equal(world.Id("ana"), (await connection.GetPictureAsync(world.Id("ana"), PictureParts.All, CancellationToken.None)).Account.Id);
    }

    [Fact]
    public async Task SignIn_ScopeNotDelegated_SaysWhereToAddIt()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Arrange("""{"serviceAccount":"siit-iam@acme-siit.iam.gserviceaccount.com","scopes":["https://www.googleapis.com/auth/admin.directory.user"]}""");

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.AccountAsync("ana"));

        Assert.Equal((IdpTrouble.NotAllowed, "unauthorized_client"), (trouble.Trouble, trouble.VendorCode));
        Assert.Contains("domain-wide delegation", trouble.Message);
    }

    [Theory]
    [InlineData("nobody@acme.example")]
    [InlineData("suspended@acme.example")]
    public async Task SignIn_SubjectThatCannot_NamesIt(string subject)
    {
        await using var world = await GoogleWorld.StartAsync();
        var connection = world.Connect(options => options with { Subject = subject });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.GetOwnAccountIdsAsync(CancellationToken.None));

        Assert.Equal((IdpTrouble.BadCredentials, "invalid_grant"), (trouble.Trouble, trouble.VendorCode));
        Assert.Contains(subject, trouble.Message);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""{"client_email":"siit-iam@acme-siit.iam.gserviceaccount.com","private_key":"not a key"}""")]
    public async Task SignIn_KeyThatIsNone_NamesItsPlaceAndNotItself(string key)
    {
        await using var world = await GoogleWorld.StartAsync();
        var secret = world.Secret(key);
        var connection = world.Connect(options => options with { Key = secret });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.GetOwnAccountIdsAsync(CancellationToken.None));

        Assert.Equal(IdpTrouble.BadCredentials, trouble.Trouble);
        Assert.Contains(secret.ToString(), trouble.Message);
        Assert.DoesNotContain("not a key", trouble.Message);
        Assert.Empty(world.Google.Requests.Requests);
    }

    [Fact]
    public async Task SignIn_WithTheKeyOfAnother_IsBadCredentials()
    {
        await using var world = await GoogleWorld.StartAsync();
        using var rsa = RSA.Create(2048);
        var key = JsonNode.Parse(world.Google.KeyJson)!;
        key["private_key"] = rsa.ExportPkcs8PrivateKeyPem();
        var secret = world.Secret(key.ToJsonString());
        var connection = world.Connect(options => options with { Key = secret });

        Assert.Equal(IdpTrouble.BadCredentials, (await Assert.ThrowsAsync<IdpException>(() => connection.GetOwnAccountIdsAsync(CancellationToken.None))).Trouble);
    }

    [Fact]
    public async Task SignIn_AddressInTheKey_IsNotWhereWeSignIn()
    {
        await using var world = await GoogleWorld.StartAsync();
        var key = JsonNode.Parse(world.Google.KeyJson)!;
        key["token_uri"] = "https://evil.example/token";
        var secret = world.Secret(key.ToJsonString());

        Assert.NotEmpty(await world.Connect(options => options with { Key = secret }).GetOwnAccountIdsAsync(CancellationToken.None));
    }

    [Fact]
    public async Task SignIn_KeyRotated_IsFoundWithoutARestart()
    {
        await using var world = await GoogleWorld.StartAsync();
        var secret = world.Secret("");
        var connection = world.Connect(options => options with { Key = secret });
        await Assert.ThrowsAsync<IdpException>(() => connection.GetOwnAccountIdsAsync(CancellationToken.None));

        await File.WriteAllTextAsync(secret.File!, world.Google.KeyJson);

        Assert.NotEmpty(await connection.GetOwnAccountIdsAsync(CancellationToken.None));
    }

    [Fact]
    public async Task SignIn_Unreachable_SaysThatNothingWasChanged()
    {
        await using var world = await GoogleWorld.StartAsync();
        var connection = world.Connect(options => options with { TokenUrl = new Uri("http://127.0.0.1:9/token") });

        var trouble = await Assert.ThrowsAsync<IdpException>(async () =>
            await connection.SuspendUserAsync(await world.AccountAsync("ana"), CancellationToken.None));

        Assert.Equal(IdpTrouble.Unavailable, trouble.Trouble);
        Assert.Empty(world.Google.Ledger.Effects);
    }
}
