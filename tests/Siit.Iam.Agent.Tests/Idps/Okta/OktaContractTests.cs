using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

/// <summary>
/// Every read and write once through a proxy that holds requests and answers against Okta's own description. The proxy reports; what is
/// looked at here is only that the work gets done. <c>CONTRACT_OKTA_URL</c> is the proxy; an emulator with its default ports stands behind it.
/// </summary>
public sealed class OktaContractTests
{
    private static readonly string? Proxy = Environment.GetEnvironmentVariable("CONTRACT_OKTA_URL");
    private static readonly Uri Direct = new(Environment.GetEnvironmentVariable("CONTRACT_OKTA_DIRECT_URL") ?? "http://127.0.0.1:7101");

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public async Task EveryReadAndWrite_ThroughTheDescription_IsDone(int pageSize)
    {
        Assert.SkipWhen(Proxy is null, "CONTRACT_OKTA_URL is not set: run the contract proxies with this test as their command.");
        await ResetAsync();
        var okta = Connect(pageSize, new OktaApiToken(TokenFile()));

        await ReadAsync(okta);
        await WriteAsync(okta);
    }

    [Fact]
    public async Task ServiceApp_SignedInDirectly_ReadsThroughTheDescription()
    {
        var key = Environment.GetEnvironmentVariable("CONTRACT_OKTA_KEY_FILE");
        Assert.SkipWhen(Proxy is null || key is null, "CONTRACT_OKTA_URL and CONTRACT_OKTA_KEY_FILE (the emulator's okta-private-key.pem) are not both set.");
        await ResetAsync();
        var options = new OktaOptions { Url = Direct, ClientId = EmulatedOkta.ClientId, PrivateKey = SecretSource.FromFile(key) };
        using var app = new Siit.Iam.Agent.Idps.Okta.OktaServiceApp(options, IdpHttp.Create(Direct, OktaThrottling.Rules, OktaWorld.Impatient, TimeProvider.System), TimeProvider.System);

        await ReadAsync(Connect(200, app));
    }

    private static async Task ResetAsync()
    {
        using var control = new HttpClient { BaseAddress = Direct };
        (await control.PostAsync("/_emulator/reset", null)).EnsureSuccessStatusCode();
    }

    private static async Task ReadAsync(OktaConnection okta)
    {
        var none = CancellationToken.None;
        var ana = Assert.Single(await okta.FindAccountsAsync("ana@acme.example", none));
        Assert.Equal(2, (await okta.FindAccountsAsync("dupe@acme.example", none)).Count);
        Assert.NotEmpty((await okta.GetPictureAsync(ana.Id, PictureParts.All, none)).Grants!);
        var theo = Assert.Single(await okta.FindAccountsAsync("theo@acme.example", none));
        Assert.NotEmpty((await okta.GetPictureAsync(theo.Id, PictureParts.All, none)).Roles!);
        var groups = await OktaReadTests.AllAsync(cursor => okta.FindGroupsAsync(null, 200, cursor, none));
        foreach (var group in groups)
        {
            await okta.GetGroupAsync(group.Id, none);
            await okta.ListMembersAsync(group.Id, 5, null, none);
        }
        var applications = await OktaReadTests.AllAsync(cursor => okta.FindApplicationsAsync(null, 200, cursor, none));
        Assert.Equal(10, applications.Count);
        await okta.GetApplicationAsync(applications[0].Id, none);
        Assert.NotEmpty((await okta.FindGroupsAsync("Sal", 10, null, none)).Items);
        Assert.NotEmpty((await okta.FindApplicationsAsync("Fig", 10, null, none)).Items);
        Assert.NotEmpty(await okta.ListSuperAdministratorsAsync(none));
        await OktaReadTests.AllAsync(cursor => okta.ListEventsAsync(null, DateTimeOffset.UtcNow.AddDays(-30), 200, cursor, none));
        await okta.ListEventsAsync(ana.Id, DateTimeOffset.UtcNow.AddDays(-1), 10, null, none);
        await okta.WereSessionsClearedAsync(ana, DateTimeOffset.UtcNow.AddDays(-1), none);
    }

    private static async Task WriteAsync(OktaConnection okta)
    {
        var none = CancellationToken.None;
        Assert.NotEmpty(await okta.GetOwnAccountIdsAsync(none));
        Assert.Equal(Access.Yes, (await okta.CheckAsync(none)).Actions.Single(action => action.Action == "suspend_user").Access);

        var created = await okta.CreateUserAsync(new NewUser("zoe@acme.example", "Zoë", "O'Hara", "Support", "Agent", "Omar Haddad"), none);
        var zoe = (await okta.GetPictureAsync(created.NewId!, PictureParts.All, none)).Account;
        await okta.UpdateUserAsync(zoe, new ProfileChange("Zoe", null, "Sales", null, null), none);
        var ana = await AccountAsync(okta, "ana");
        var support = (await okta.FindGroupsAsync("Support", 10, null, none)).Items.Single();
        await okta.AddToGroupAsync(ana, support, none);
        await okta.RemoveFromGroupAsync(ana, support, none);
        var figma = (await okta.FindApplicationsAsync("Figma", 10, null, none)).Items.Single();
        await okta.AddApplicationAsync(zoe, figma, none);
        await okta.RemoveApplicationAsync(zoe, figma, none);
        var factor = (await okta.GetPictureAsync(ana.Id, PictureParts.Factors, none)).Factors!.First(factor => factor.Kind == "sms");
        await okta.ResetMfaAsync(ana, factor.Id, none);
        await okta.ResetMfaAsync(ana, null, none);
        await okta.ClearSessionsAsync(ana, none);
        await okta.RevokeGrantsAsync(ana, none);
        await okta.SuspendUserAsync(ana, none);
        await okta.UnsuspendUserAsync(ana, none);
        await okta.ResetPasswordAsync(ana, PasswordMode.Expire, none);
        await okta.ResetPasswordAsync(ana, PasswordMode.Link, none);
        await okta.UnlockUserAsync(await AccountAsync(okta, "locked"), none);
        await okta.DeactivateUserAsync(zoe, none);

        foreach (var login in new[] { "staged", "provisioned", "locked", "recovery", "expired", "suspended", "gone" })
            await okta.GetPictureAsync((await AccountAsync(okta, login)).Id, PictureParts.All, none);
    }

    private static async Task<Account> AccountAsync(OktaConnection okta, string login) =>
        Assert.Single(await okta.FindAccountsAsync($"{login}@acme.example", CancellationToken.None));

    private static OktaConnection Connect(int pageSize, IOktaCredential credential) =>
        OktaSetup.Create("okta", new OktaOptions { Url = new Uri(Proxy!), Token = TokenFile(), PageSize = pageSize }, credential, OktaWorld.Impatient with { TryTimeout = TimeSpan.FromSeconds(20) }, TimeProvider.System);

    private static SecretSource TokenFile()
    {
        Environment.SetEnvironmentVariable("SIIT_TEST_CONTRACT_OKTA_TOKEN", EmulatedOkta.SswsToken);
        return SecretSource.FromEnvironment("SIIT_TEST_CONTRACT_OKTA_TOKEN");
    }
}
