using Microsoft.Extensions.Configuration;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Entra;
using Siit.Iam.Agent.Idps.Google;
using Siit.Iam.Agent.Idps.JumpCloud;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Tests.Idps.Entra;
using Siit.Iam.Agent.Tests.Idps.Google;
using Siit.Iam.Agent.Tests.Idps.JumpCloud;
using Siit.Iam.Agent.Tests.Idps.Okta;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Google;
using Siit.Iam.Emulator.JumpCloud;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Idps;

/// <summary>Two credentials of one connection, at each IdP: which request carried which, by what the emulator saw.</summary>
public sealed class CredentialsTests
{
    private const string Guid = "7b1f2c1e-5a3d-4e8f-9c0b-2d4a6f8e1b3c";

    [Fact]
    public async Task Okta_ReadsAndChanges_CarryTheirOwn()
    {
        await using var world = await OktaWorld.StartAsync();
        var connection = world.Connect(options => options with
        {
            Scopes = OktaOptions.ReadScopes,
            Changes = OktaWorld.WithToken(options, world.Secret(EmulatedOkta.SswsToken)),
        });

        await UseAsync(connection, world.Id("ana"));

        AssertCarried(world.Okta.Requests, world.Okta.Ledger, reads: EmulatedOkta.ClientId, changes: "svc-siit@acme.example");
        Assert.Equal([world.Id("svc-siit")], await connection.GetOwnAccountIdsAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Okta_CredentialForReads_WithItsScopes_CanChangeNothing()
    {
        await using var world = await OktaWorld.StartAsync();
        var connection = world.Connect(options => options with
        {
            Changes = options with { Scopes = OktaOptions.ReadScopes },
        });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => UseAsync(connection, world.Id("ana")));

        Assert.Equal(IdpTrouble.NotAllowed, trouble.Trouble);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Okta_Check_LooksAtBoth()
    {
        await using var world = await OktaWorld.StartAsync();
        var two = world.Connect(options => options with { Scopes = OktaOptions.ReadScopes, Changes = options with { Scopes = OktaOptions.ChangeScopes } });
        var token = world.Connect(options => options with { Scopes = OktaOptions.ReadScopes, Changes = OktaWorld.WithToken(options, world.Secret(EmulatedOkta.SswsToken)) });

        foreach (var connection in new[] { two, token })
        {
            var check = await connection.CheckAsync(CancellationToken.None);

            Assert.Empty(check.Problems);
            Assert.Equal(Access.Yes, check.Actions.Single(action => action.Action == "suspend_user").Access);
        }
        Assert.Contains("for changes svc-siit@acme.example (API token)", (await token.CheckAsync(CancellationToken.None)).SignedInAs);
    }

    [Fact]
    public async Task Entra_ReadsAndChanges_CarryTheirOwn()
    {
        await using var world = await EntraWorld.StartAsync();
        Environment.SetEnvironmentVariable("SIIT_TEST_ENTRA_READER", "reader-secret");
        world.Arrange($$"""
            {"client": "{{Guid}}", "name": "Reader", "secret": "reader-secret",
             "permissions": ["User.Read.All", "GroupMember.Read.All", "RoleManagement.Read.Directory", "RoleEligibilitySchedule.Read.Directory", "Organization.Read.All",
                             "Directory.Read.All", "Application.Read.All", "AuditLog.Read.All", "UserAuthenticationMethod.Read.All"]}
            """);
        var connection = EntraWorld.Connect(world.Options with { ClientId = Guid, Secret = SecretSource.FromEnvironment("SIIT_TEST_ENTRA_READER"), Changes = world.Options });

        await UseAsync(connection, world.Id("ana"));

        AssertCarried(world.Entra.Requests, world.Entra.Ledger, reads: "Reader", changes: "Siit IAM Agent");
        Assert.Empty(await connection.GetOwnAccountIdsAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Google_ReadsAndChanges_CarryTheirOwn()
    {
        await using var world = await GoogleWorld.StartAsync();
        var connection = world.Connect(options => options with { Subject = "dora@acme.example", Scopes = GoogleOptions.ReadScopes, Changes = options with { Scopes = GoogleOptions.ChangeScopes } });

        await UseAsync(connection, world.Id("ana"));

        AssertCarried(world.Google.Requests, world.Google.Ledger, reads: "dora@acme.example", changes: EmulatedGoogle.Subject);
        Assert.Equal(new[] { world.Id("dora"), world.Id("svc-siit") }.Order(), (await connection.GetOwnAccountIdsAsync(CancellationToken.None)).Order());
    }

    [Fact]
    public async Task JumpCloud_ReadsAndChanges_CarryTheirOwn()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var connection = world.Connect(with: options => options with
        {
            Changes = options with { ClientId = null, ClientSecret = null, ApiKey = SecretSource.FromEnvironment("SIIT_TEST_JUMPCLOUD_KEY"), ApiKeyOwner = EmulatedJumpCloud.ApiKeyOwner },
        });

        await UseAsync(connection, world.JumpCloud.User("ana").Id);

        // Its log is read with POST.
        Assert.Contains(world.JumpCloud.Requests.Requests, request => request.Method == "POST" && request.By == "Siit IAM Agent");
        AssertCarried(world.JumpCloud.Requests, world.JumpCloud.Ledger, reads: "Siit IAM Agent", changes: EmulatedJumpCloud.ApiKeyOwner);
        Assert.Equal([world.JumpCloud.User("svc_siit").Id], await connection.GetOwnAccountIdsAsync(CancellationToken.None));
    }

    public static TheoryData<string, string, string, string> Wrong => new()
    {
        { "okta", "changes:clientId", "../x", "changes: 'clientId' must be" },
        { "okta", "changes:token", "00secret", "changes: 'token' holds a value" },
        { "okta", "changes:url", "https://x.okta.com", "changes: 'url' is not known" },
        { "okta", "changes:changes:token:env", "T", "changes: 'changes' is not known" },
        { "okta", "changes", "x", "changes: No credential" },
        { "entra", "changes:clientId", "my-app", "changes: 'clientId' must be" },
        { "entra", "changes:managedIdentity", "yes", "changes: 'managedIdentity' must be true or false" },
        { "entra", "changes:tenantId", Guid, "changes: 'tenantId' is not known" },
        { "google", "changes:subject", "svc", "changes: 'subject' must be" },
        { "google", "changes:scopes:0", "okta.users.read", "changes: 'scopes' holds" },
        { "google", "changes:customer", "C1", "changes: 'customer' is not known" },
        { "jumpcloud", "changes:apiKey:env", "KEY", "changes: 'apiKeyOwner' is missing" },
        { "jumpcloud", "changes:clientId", "x", "changes: 'clientSecret' is missing" },
        { "jumpcloud", "changes:orgId", "x", "changes: 'orgId' is not known" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Settings_OfTheSecondCredential_AreCheckedLikeThoseOfTheFirst(string idp, string key, string value, string problem)
    {
        var wrong = Assert.Throws<ConnectionSettingsException>(() => Read(idp, (key, value), ("pageSize", "x")));

        Assert.Contains(wrong.Problems, one => one.StartsWith(problem, StringComparison.Ordinal));
        Assert.Contains(wrong.Problems, one => one.StartsWith("'pageSize'", StringComparison.Ordinal));
        Assert.DoesNotContain("00secret", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_OfTwoCredentials_AskForTheLeastScopesOfEach()
    {
        var okta = (OktaOptions)Read("okta", ("changes:clientId", "0oa2"), ("changes:privateKey:env", "KEY2"));
        var google = (GoogleOptions)Read("google", ("changes:key:env", "KEY2"));

        Assert.Equal((OktaOptions.ReadScopes, OktaOptions.ChangeScopes, "0oa1", "0oa2"), (okta.Scopes, okta.Changes!.Scopes, okta.ClientId, okta.Changes.ClientId));
        Assert.Equal((GoogleOptions.ReadScopes, GoogleOptions.ChangeScopes), (google.Scopes, google.Changes!.Scopes));
        Assert.Equal(okta.Url, okta.Changes.Url);
    }

    [Fact]
    public void Settings_OfOneCredential_HaveNoSecond()
    {
        Assert.Null(((OktaOptions)Read("okta")).Changes);
        Assert.Equal(OktaOptions.AllScopes, ((OktaOptions)Read("okta")).Scopes);
        Assert.Null(((JumpCloudOptions)Read("jumpcloud")).Changes);
    }

    /// <summary>Reads of every kind, a change, and reading it back.</summary>
    private static async Task UseAsync(IIdpConnection connection, string accountId)
    {
        var picture = await connection.GetPictureAsync(accountId, PictureParts.All, CancellationToken.None);
        await connection.FindGroupsAsync(null, 5, null, CancellationToken.None);
        await connection.ListEventsAsync(accountId, DateTimeOffset.UtcNow.AddDays(-1), 5, null, CancellationToken.None);
        await ((ISuspendUser)connection).SuspendUserAsync(picture.Account, CancellationToken.None);
        Assert.Equal(AccountStatus.Suspended, (await connection.GetPictureAsync(accountId, PictureParts.None, CancellationToken.None)).Account.Status);
    }

    private static void AssertCarried(RequestLog log, EffectLedger ledger, string reads, string changes)
    {
        var seen = log.Requests.Where(request => request.By is not null).ToList();
        Assert.Equal([reads], seen.Where(request => !request.Changed).Select(request => request.By).Distinct());
        Assert.Equal([changes], seen.Where(request => request.Changed).Select(request => request.By).Distinct());
        Assert.Equal(changes, Assert.Single(ledger.Effects).By);
    }

    private static object Read(string idp, params (string Key, string Value)[] more)
    {
        (string, string)[] own = idp switch
        {
            "okta" => [("url", "https://acme.okta.com"), ("clientId", "0oa1"), ("privateKey:env", "KEY")],
            "entra" => [("tenantId", Guid), ("clientId", Guid), ("clientSecret:env", "KEY")],
            "google" => [("key:env", "KEY")],
            _ => [("clientId", "id"), ("clientSecret:env", "KEY")],
        };
        var section = new ConfigurationBuilder()
            .AddInMemoryCollection([.. own.Concat(more).Select(pair => KeyValuePair.Create<string, string?>($"c:{pair.Item1}", pair.Item2))])
            .Build().GetSection("c");
        return idp switch
        {
            "okta" => OktaOptions.From(idp, section),
            "entra" => EntraOptions.From(idp, section),
            "google" => GoogleOptions.From(idp, section),
            _ => JumpCloudOptions.From(idp, section),
        };
    }
}
