using Microsoft.Extensions.Configuration;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.JumpCloud;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

public sealed class JumpCloudSignInTests : IAsyncLifetime
{
    private JumpCloudWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await JumpCloudWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task ServiceAccount_ManyCallsAtOnce_SignInOnce()
    {
        var connection = _world.Connect();

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => connection.FindGroupsAsync(null, 5, null, CancellationToken.None)));

        Assert.Single(_world.JumpCloud.Requests.Requests, request => request.Target == "/oauth2/token");
    }

    [Fact]
    public async Task ServiceAccount_TokenRefusedOnce_SignsInAgain()
    {
        var connection = _world.Connect();
        var ana = Assert.Single(await connection.FindAccountsAsync("ana", CancellationToken.None));
        _world.JumpCloud.Faults.Add(new Fault { Kind = FaultKind.Status, Path = "suspend", Status = 401 });

        await connection.SuspendUserAsync(ana, CancellationToken.None);

        Assert.Equal(2, _world.JumpCloud.Requests.Requests.Count(request => request.Target == "/oauth2/token"));
        Assert.Equal(1, _world.JumpCloud.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task ServiceAccount_WrongSecret_IsBadCredentialsAndNamesWhatToCheck()
    {
        Environment.SetEnvironmentVariable("SIIT_TEST_JUMPCLOUD_WRONG", "wrong");
        var connection = _world.Connect(with: options => options with { ClientSecret = SecretSource.FromEnvironment("SIIT_TEST_JUMPCLOUD_WRONG") });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.FindGroupsAsync(null, 5, null, CancellationToken.None));

        Assert.Equal((IdpTrouble.BadCredentials, "invalid_client"), (trouble.Trouble, trouble.VendorCode));
        Assert.Contains("region", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credential_Missing_NamesThePlace()
    {
        var connection = _world.Connect(with: options => options with { ClientSecret = SecretSource.FromEnvironment("SIIT_TEST_NOT_SET") });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.FindGroupsAsync(null, 5, null, CancellationToken.None));

        Assert.Contains("SIIT_TEST_NOT_SET", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Organization_OfSomebodyElse_IsRefused()
    {
        var own = _world.Connect(with: options => options with { OrganizationId = _world.JumpCloud.State.OrganizationId });
        var foreign = _world.Connect(with: options => options with { OrganizationId = "ffffffffffffffffffffffff" });

        Assert.NotEmpty((await own.FindGroupsAsync(null, 5, null, CancellationToken.None)).Items);
        await Assert.ThrowsAsync<IdpException>(() => foreign.FindGroupsAsync(null, 5, null, CancellationToken.None));
    }

    [Fact]
    public async Task Role_WithoutTheScope_IsNotAllowedAndNamesIt()
    {
        _world.Arrange("""{"serviceAccount": "siit-iam-agent-service-account", "as": "Read Only"}""");
        var ana = await _world.AccountAsync("ana");

        var trouble = await Assert.ThrowsAsync<IdpException>(() => _world.Connect().SuspendUserAsync(ana, CancellationToken.None));

        Assert.Equal(IdpTrouble.NotAllowed, trouble.Trouble);
        Assert.Contains("users.state.suspend", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CredentialHeader_Printed_ShowsNoSecret() =>
        Assert.Equal("x-api-key: ***", new CredentialHeader("x-api-key", "secret").ToString());

    [Theory]
    [InlineData("us", "https://console.jumpcloud.com/api", "https://api.jumpcloud.com/insights/directory/v1", "https://admin-oauth.id.jumpcloud.com/oauth2/token")]
    [InlineData("eu", "https://console.eu.jumpcloud.com/api", "https://api.eu.jumpcloud.com/insights/directory/v1", "https://admin-oauth.id.eu.jumpcloud.com/oauth2/token")]
    [InlineData("in", "https://console.in.jumpcloud.com/api", "https://api.in.jumpcloud.com/insights/directory/v1", "https://admin-oauth.id.in.jumpcloud.com/oauth2/token")]
    public void Region_Known_HasItsOwnHosts(string region, string first, string insights, string token)
    {
        var options = JumpCloudOptions.From("jumpcloud", Section(("region", region), ("clientId", "id"), ("clientSecret:env", "NAME")));

        Assert.Equal((first, first + "/v2", insights, token), (options.V1.AbsoluteUri, options.V2.AbsoluteUri, options.Insights.AbsoluteUri, options.Token.AbsoluteUri));
    }

    /// <summary>A setting and the beginning of what is said about it.</summary>
    [Theory]
    [InlineData("region", "de", "'region' must be us, eu or in")]
    [InlineData("url", "https://evil.example", "'url' (https://evil.example) must be a bare loopback address")]
    [InlineData("url", "http://127.0.0.1:7104/api", "'url' (http://127.0.0.1:7104/api) must be a bare loopback address")]
    [InlineData("orgId", "../x", "'orgId' must be an organization's id")]
    [InlineData("apiKey", "secret", "'apiKey' holds a value")]
    [InlineData("apiKey:env", "NAME", "'apiKey' and 'clientId'/'clientSecret' exclude each other")]
    [InlineData("apiKeyOwner", "a@b.example", "'apiKeyOwner' belongs to 'apiKey'")]
    [InlineData("mfaExemptionDays", "0", "'mfaExemptionDays' must be a number from 1 to 30")]
    [InlineData("pageSize", "101", "'pageSize' must be a number from 1 to 100")]
    [InlineData("token", "x", "'token' is not known")]
    public void Settings_Wrong_SayWhatAndHowToMendIt(string key, string value, string problem)
    {
        var wrong = Assert.Throws<ConnectionSettingsException>(
            () => JumpCloudOptions.From("jumpcloud", Section(("clientId", "id"), ("clientSecret:env", "NAME"), (key, value))));

        Assert.Contains(wrong.Problems, said => said.StartsWith(problem, StringComparison.Ordinal));
        Assert.DoesNotContain("secret", string.Join(' ', wrong.Problems.Where(said => value == "secret").Select(said => said.Replace("Secrets", "", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_ApiKeyWithoutItsOwner_AreRefused() =>
        Assert.Contains(Assert.Throws<ConnectionSettingsException>(() => JumpCloudOptions.From("jumpcloud", Section(("apiKey:env", "NAME")))).Problems,
            said => said.StartsWith("'apiKeyOwner' is missing", StringComparison.Ordinal));

    private static IConfigurationSection Section(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"connections:jumpcloud:{setting.Key}", (string?)setting.Value)))
        .Build().GetSection("connections:jumpcloud");
}
