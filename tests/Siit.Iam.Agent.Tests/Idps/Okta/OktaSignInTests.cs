using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

public sealed class OktaSignInTests
{
    public static TheoryData<string> Keys => ["RSA PKCS#8", "RSA PKCS#1", "RSA JWK", "P-256", "P-384", "P-521", "P-256 JWK"];

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task ServiceApp_WithEveryKindOfKey_SignsIn(string kind)
    {
        await using var world = await OktaWorld.StartAsync();
        var (secret, publicPem) = KeyPair(kind);
        Arrange(world, "publicKey", publicPem);

        var account = await world.Connect(options => options with { PrivateKey = world.Secret(secret) })
            .GetPictureAsync(world.Id("ana"), PictureParts.None, CancellationToken.None);

        Assert.Equal("ana@acme.example", account.Account.Login);
    }

    [Fact]
    public async Task ServiceApp_ManyCallsAtOnce_SignsInOnce()
    {
        await using var world = await OktaWorld.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => world.AccountAsync("ana")));

        Assert.Single(world.Requests("POST", "/oauth2/v1/token"));
    }

    [Fact]
    public async Task ServiceApp_TokenRunsOut_SignsInAgain()
    {
        var time = new ManualTime();
        await using var world = await OktaWorld.StartAsync(new EmulatorOptions { TimeProvider = time }, time: time);
        await world.AccountAsync("ana");

        time.Advance(TimeSpan.FromMinutes(59.5));
        await world.AccountAsync("ana");

        Assert.Equal(2, world.Requests("POST", "/oauth2/v1/token").Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServiceApp_TokenRefusedBeforeItsTime_IsRenewedOnceAndTheChangeHappensOnce(bool dpop)
    {
        await using var world = await OktaWorld.StartAsync();
        if (dpop) Arrange(world, "dpop", true);
        var account = await world.AccountAsync("ana");
        world.Fault(FaultKind.Status, "POST", "suspend", status: 401);

        await world.Connection.SuspendUserAsync(account, CancellationToken.None);

        Assert.Equal(1, world.Okta.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task ServiceApp_AnotherKey_IsBadCredentials()
    {
        await using var world = await OktaWorld.StartAsync();
        var connection = world.Connect(options => options with { PrivateKey = world.Secret(KeyPair("P-256").Secret) });

        var trouble = await TroubleAsync(world, connection);

        Assert.Equal((IdpTrouble.BadCredentials, "invalid_client"), (trouble.Trouble, trouble.VendorCode));
        Assert.Contains("public key is active", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServiceApp_KeyReplacedInItsFile_IsFoundWithoutARestart()
    {
        await using var world = await OktaWorld.StartAsync();
        var source = world.Secret(world.Okta.PrivateKeyPem);
        var time = new ManualTime();
        var connection = world.Connect(options => options with { PrivateKey = source }, time: time);
        await connection.GetPictureAsync(world.Id("ana"), PictureParts.None, CancellationToken.None);

        var (secret, publicPem) = KeyPair("P-256");
        Arrange(world, "publicKey", publicPem);
        await File.WriteAllTextAsync(source.File!, secret);
        world.Fault(FaultKind.Status, "GET", status: 401);

        await connection.GetPictureAsync(world.Id("ana"), PictureParts.None, CancellationToken.None);
        Assert.Equal(2, world.Requests("POST", "/oauth2/v1/token").Count(request => request.Status == 200));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    [InlineData("{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}")]
    [InlineData("{\"kty\":")]
    public async Task ServiceApp_KeyThatIsNone_SaysWhichFile(string text)
    {
        await using var world = await OktaWorld.StartAsync();
        var source = world.Secret(text);

        var trouble = await TroubleAsync(world, world.Connect(options => options with { PrivateKey = source }));

        Assert.Equal(IdpTrouble.BadCredentials, trouble.Trouble);
        Assert.Contains(source.File!, trouble.Message, StringComparison.Ordinal);
        Assert.Empty(world.Okta.Requests.Requests);
    }

    [Fact]
    public async Task ServiceApp_ScopeNotGranted_NamesTheScopes()
    {
        await using var world = await OktaWorld.StartAsync();

        var trouble = await TroubleAsync(world, world.Connect(options => options with { Scopes = ["okta.users.read", "okta.idps.read"] }));

        Assert.Equal((IdpTrouble.NotAllowed, "invalid_scope"), (trouble.Trouble, trouble.VendorCode));
        Assert.Contains("okta.idps.read", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServiceApp_ScopeNotAskedFor_SaysWhichTheReadNeeds()
    {
        await using var world = await OktaWorld.StartAsync();
        var connection = world.Connect(options => options with { Scopes = ["okta.users.read"] });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.FindGroupsAsync(null, 1, null, CancellationToken.None));

        Assert.Equal(IdpTrouble.NotAllowed, trouble.Trouble);
        Assert.Contains("okta.groups.read", trouble.Message, StringComparison.Ordinal);
    }

    public static TheoryData<FaultKind> SignInFailures => [FaultKind.TimeoutBefore, FaultKind.TimeoutAfterApplying, FaultKind.Status];

    [Theory]
    [MemberData(nameof(SignInFailures))]
    public async Task ServiceApp_SignInFailsOnce_IsTriedAgainWithAFreshAssertion(FaultKind fault)
    {
        await using var world = await OktaWorld.StartAsync();
        world.Fault(fault, "POST", "/oauth2/v1/token");

        Assert.Equal("ACTIVE", (await world.AccountAsync("ana")).VendorStatus);
    }

    [Theory]
    [InlineData(FaultKind.Status)]
    [InlineData(FaultKind.BadJson)]
    [InlineData(FaultKind.TornPage)]
    public async Task ServiceApp_SignInFailsForGood_MeansThatNothingWasChanged(FaultKind fault)
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        world.Fault(fault, "POST", "/oauth2/v1/token", times: null, status: 500);

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connect().SuspendUserAsync(account, CancellationToken.None));

        Assert.Equal(IdpTrouble.Unavailable, trouble.Trouble);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Dpop_DemandedByTheApplication_IsMetWithoutASetting()
    {
        await using var world = await OktaWorld.StartAsync();
        Arrange(world, "dpop", true);

        await world.Connection.SuspendUserAsync(await world.AccountAsync("ana"), CancellationToken.None);
        await world.PictureAsync("ben", PictureParts.All);

        Assert.Equal(1, world.Okta.Ledger.Count("user.suspend"));
        // Without a proof, with one, with the nonce in it.
        Assert.Equal([400, 400, 200], world.Requests("POST", "/oauth2/v1/token").Select(request => request.Status));
    }

    [Fact]
    public async Task Dpop_InsistedOn_IsUsedWhereTheApplicationDoesNotDemandIt()
    {
        await using var world = await OktaWorld.StartAsync();

        await world.Connect(options => options with { Dpop = true }).GetPictureAsync(world.Id("ana"), PictureParts.None, CancellationToken.None);

        Assert.Equal([400, 200], world.Requests("POST", "/oauth2/v1/token").Select(request => request.Status));
    }

    [Fact]
    public async Task Dpop_ATryThatIsRepeated_HasAProofOfItsOwn()
    {
        await using var world = await OktaWorld.StartAsync();
        Arrange(world, "dpop", true);
        await world.AccountAsync("ana");
        world.Fault(FaultKind.TimeoutAfterApplying, "GET", "/api/v1/users/");

        // The first try has used its proof up; the same one again would be refused.
        Assert.Equal("ACTIVE", (await world.AccountAsync("ana")).VendorStatus);
        Assert.Equal([200, 0, 200], world.Requests("GET", $"/users/{world.Id("ana")}").Select(request => request.Fault is null ? request.Status : 0));
    }

    [Fact]
    public async Task ApiToken_Wrong_IsBadCredentials()
    {
        await using var world = await OktaWorld.StartAsync();

        var trouble = await TroubleAsync(world, world.ConnectWithToken("00wrong"));

        Assert.Equal((IdpTrouble.BadCredentials, "E0000011"), (trouble.Trouble, trouble.VendorCode));
        Assert.DoesNotContain("00wrong", trouble.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ApiToken_ReplacedInItsFile_IsFoundAtTheNextCall()
    {
        await using var world = await OktaWorld.StartAsync();
        var source = world.Secret("00old");
        var connection = world.Connect(options => OktaWorld.WithToken(options, source));
        await TroubleAsync(world, connection);

        await File.WriteAllTextAsync(source.File!, $"  {EmulatedOkta.SswsToken}\n");

        Assert.NotEmpty(await connection.GetOwnAccountIdsAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines")]
    [InlineData("token with spaces")]
    public async Task ApiToken_ThatIsNone_IsNotSent(string text)
    {
        await using var world = await OktaWorld.StartAsync();
        var source = world.Secret(text);

        var trouble = await TroubleAsync(world, world.Connect(options => OktaWorld.WithToken(options, source)));

        Assert.Equal(IdpTrouble.BadCredentials, trouble.Trouble);
        Assert.Empty(world.Okta.Requests.Requests);
    }

    [Fact]
    public async Task ApiToken_OwnerDeactivated_IsBadCredentials()
    {
        await using var world = await OktaWorld.StartAsync();
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "svc-siit@acme.example", ["status"] = "DEPROVISIONED" }));

        Assert.Equal(IdpTrouble.BadCredentials, (await TroubleAsync(world, world.ConnectWithToken())).Trouble);
    }

    private static Task<IdpException> TroubleAsync(OktaWorld world, OktaConnection connection) =>
        Assert.ThrowsAsync<IdpException>(() => connection.GetPictureAsync(world.Id("ana"), PictureParts.None, CancellationToken.None));

    private static void Arrange(OktaWorld world, string what, JsonNode value) =>
        Assert.Null(world.Okta.Arrange(new JsonObject { ["serviceApp"] = EmulatedOkta.ClientId, [what] = value }));

    private static (string Secret, string PublicPem) KeyPair(string kind)
    {
        if (kind.StartsWith("RSA", StringComparison.Ordinal))
        {
            using var rsa = RSA.Create(2048);
            var secret = kind switch
            {
                "RSA PKCS#8" => rsa.ExportPkcs8PrivateKeyPem(),
                "RSA PKCS#1" => rsa.ExportRSAPrivateKeyPem(),
                _ => Jwk(JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(true)))),
            };
            return (secret, rsa.ExportSubjectPublicKeyInfoPem());
        }
        using var ec = ECDsa.Create(kind[..5] switch
        {
            "P-256" => ECCurve.NamedCurves.nistP256,
            "P-384" => ECCurve.NamedCurves.nistP384,
            _ => ECCurve.NamedCurves.nistP521,
        });
        using var kept = ECDsa.Create(ec.ExportParameters(true));
        var key = kind.EndsWith("JWK", StringComparison.Ordinal) ? Jwk(JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(kept))) : ec.ExportECPrivateKeyPem();
        return (key, ec.ExportSubjectPublicKeyInfoPem());
    }

    private static string Jwk(JsonWebKey key)
    {
        var json = new JsonObject { ["kty"] = key.Kty, ["kid"] = "k1" };
        foreach (var (name, value) in new[] { ("n", key.N), ("e", key.E), ("d", key.D), ("p", key.P), ("q", key.Q), ("dp", key.DP), ("dq", key.DQ), ("qi", key.QI), ("crv", key.Crv), ("x", key.X), ("y", key.Y) })
            if (value is not null) json[name] = value;
        return json.ToJsonString();
    }
}
