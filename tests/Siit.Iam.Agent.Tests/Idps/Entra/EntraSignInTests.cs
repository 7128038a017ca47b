using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Entra;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

public sealed class EntraSignInTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"siit-entra-{RandomNumberGenerator.GetHexString(12)}");

    [Fact]
    public async Task ClientSecret_Right_IsAskedForOnce()
    {
        await using var world = await EntraWorld.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => world.Connection.FindGroupsAsync(null, 5, null, EntraWorld.Token)));

        Assert.Single(world.Entra.Requests.Requests, request => request.Target.EndsWith("/oauth2/v2.0/token", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ClientSecret_WrongThenRotated_IsFoundWithoutARestart()
    {
        await using var world = await EntraWorld.StartAsync();
        await File.WriteAllTextAsync(_file, "wrong", EntraWorld.Token);
        var connection = EntraWorld.Connect(world.Options with { Secret = SecretSource.FromFile(_file) });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.FindGroupsAsync(null, 5, null, EntraWorld.Token));
        await File.WriteAllTextAsync(_file, EmulatedEntra.ClientSecret + "\n", EntraWorld.Token);

        Assert.Equal(IdpTrouble.BadCredentials, trouble.Trouble);
        Assert.DoesNotContain("wrong", trouble.ToString().Split("AADSTS")[0].Split("--->")[0].Replace("it is wrong", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.NotEmpty((await connection.FindGroupsAsync(null, 5, null, EntraWorld.Token)).Items);
    }

    [Fact]
    public async Task ClientSecret_Missing_SaysWhereItWasLookedFor()
    {
        await using var world = await EntraWorld.StartAsync();
        var connection = EntraWorld.Connect(world.Options with { Secret = SecretSource.FromFile(_file) });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.FindGroupsAsync(null, 5, null, EntraWorld.Token));

        Assert.Equal(IdpTrouble.BadCredentials, trouble.Trouble);
        Assert.Contains(_file, trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_OfTheApplication_SignsIn()
    {
        await using var world = await EntraWorld.StartAsync();
        using var key = RSA.Create();
        key.ImportFromPem(world.Entra.PrivateKeyPem);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=siit", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(_file, $"{certificate.ExportCertificatePem()}\n{world.Entra.PrivateKeyPem}", EntraWorld.Token);

        var connection = EntraWorld.Connect(world.Options with { Credential = EntraCredentialKind.Certificate, Secret = SecretSource.FromFile(_file) });

        Assert.NotEmpty((await connection.FindGroupsAsync(null, 5, null, EntraWorld.Token)).Items);
    }

    [Fact]
    public async Task Certificate_ThatIsNone_IsToldWithoutItsText()
    {
        await using var world = await EntraWorld.StartAsync();
        await File.WriteAllTextAsync(_file, "-----BEGIN NONSENSE-----", EntraWorld.Token);
        var connection = EntraWorld.Connect(world.Options with { Credential = EntraCredentialKind.Certificate, Secret = SecretSource.FromFile(_file) });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.FindGroupsAsync(null, 5, null, EntraWorld.Token));

        Assert.Equal(IdpTrouble.BadCredentials, trouble.Trouble);
        Assert.DoesNotContain("NONSENSE", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FederatedToken_OfTheTrustedIssuer_SignsIn()
    {
        await using var world = await EntraWorld.StartAsync();
        using var key = RSA.Create();
        key.ImportFromPem(world.Entra.PrivateKeyPem);
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = EntraTokenEndpoint.FederatedIssuer,
            Audience = "api://AzureADTokenExchange",
            Claims = new Dictionary<string, object> { ["sub"] = EntraTokenEndpoint.FederatedSubject },
            Expires = TimeProvider.System.GetUtcNow().AddMinutes(10).UtcDateTime,
            SigningCredentials = new SigningCredentials(
                new RsaSecurityKey(key) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } }, SecurityAlgorithms.RsaSha256),
        });
        await File.WriteAllTextAsync(_file, token, EntraWorld.Token);

        var connection = EntraWorld.Connect(world.Options with { Credential = EntraCredentialKind.FederatedToken, Secret = SecretSource.FromFile(_file) });

        Assert.NotEmpty((await connection.FindGroupsAsync(null, 5, null, EntraWorld.Token)).Items);
    }

    [Fact]
    public async Task Token_Withdrawn_IsRenewedOnceAlsoForAChange()
    {
        await using var world = await EntraWorld.StartAsync();
        var ben = await world.AccountAsync("ben");
        world.Entra.WithdrawTokens();

        await world.Connection.SuspendUserAsync(ben, EntraWorld.Token);

        Assert.Equal(1, world.Entra.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task TokenEndpoint_DownTwice_IsAskedAgain()
    {
        await using var world = await EntraWorld.StartAsync();
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 503, Path = "/oauth2/v2.0/token", Times = 2 });

        Assert.NotEmpty((await world.Connection.FindGroupsAsync(null, 5, null, EntraWorld.Token)).Items);
    }

    [Fact]
    public async Task TokenEndpoint_Down_IsUnavailableAndNothingHappened()
    {
        await using var world = await EntraWorld.StartAsync();
        var ben = await world.AccountAsync("ben");
        var connection = EntraWorld.Connect(world.Options);
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 503, Path = "/oauth2/v2.0/token", Times = null });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.SuspendUserAsync(ben, EntraWorld.Token));

        Assert.Equal(IdpTrouble.Unavailable, trouble.Trouble);
        Assert.Empty(world.Entra.Ledger.Effects);
    }

    public void Dispose() => File.Delete(_file);
}
