using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

public sealed class OktaConnectionCheckTests
{
    private static readonly string[] HelpDeskWork = ["clear_sessions", "reset_mfa", "reset_password", "suspend_user", "unlock_user", "unsuspend_user"];
    private static readonly string[] Reads = ["find_application", "find_group", "find_person", "list_events", "list_members"];

    [Fact]
    public void Needs_CoverExactlyTheActionsThatOktaSupports() => Assert.Equal(
        ActionCatalog.All.Where(action => action.IsRead || action.IsSupportedBy(typeof(OktaConnection))).Select(action => action.Name).Order(),
        OktaNeeds.All.Select(needs => needs.Action).Order());

    [Fact]
    public async Task Check_OfAServiceAppWithEverything_SaysYesToEverything()
    {
        await using var world = await OktaWorld.StartAsync();

        var check = await world.Connection.CheckAsync(CancellationToken.None);

        Assert.Empty(check.Problems);
        Assert.True(check.Reachable);
        Assert.Equal($"service app {EmulatedOkta.ClientId}", check.SignedInAs);
        Assert.Equal(OktaOptions.AllScopes, check.Scopes!.Order());
        Assert.Equal(["ORG_ADMIN"], check.Roles);
        Assert.All(check.Actions, action => Assert.Equal((action.Action, Access.Yes), (action.Action, action.Access)));
        Assert.True(check.ClockSkew!.Value.Duration() < TimeSpan.FromSeconds(10));
        Assert.Contains(check.Quotas, quota => quota is { Limit: > 0, Remaining: > 0, ResetsAt: not null });
        Assert.Empty(check.Problems);
        Assert.Empty(check.Advice);
    }

    public static TheoryData<string, string[]> Roles => new()
    {
        { "READ_ONLY_ADMIN", Reads },
        { "SUPER_ADMIN", [.. OktaNeeds.All.Select(needs => needs.Action)] },
    };

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task Check_OfAServiceAppWithARole_SaysWhatItCovers(string role, string[] can)
    {
        await using var world = await OktaWorld.StartAsync(new EmulatorOptions { ServiceAppRoles = [role] });

        var check = await world.Connection.CheckAsync(CancellationToken.None);

        Assert.Equal(can.Order(), check.Actions.Where(action => action.Access == Access.Yes).Select(action => action.Action).Order());
    }

    /// <summary>A help desk administrator does the work but cannot see who is an administrator: not one change could be judged.</summary>
    [Fact]
    public async Task Check_WithoutSightOfRoles_SaysThatEveryChangeIsRefused()
    {
        await using var world = await OktaWorld.StartAsync(new EmulatorOptions { ServiceAppRoles = ["HELP_DESK_ADMIN"] });

        var check = await world.Connection.CheckAsync(CancellationToken.None);

        Assert.All(check.Actions.Where(action => HelpDeskWork.Contains(action.Action)), action => Assert.Equal(["okta.roles.read"], action.Missing));
        Assert.Contains(check.Problems, problem => problem.StartsWith("Administrator roles cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_HelpDeskThatSeesRoles_DoesItsWorkAndNoMore()
    {
        await using var world = await OktaWorld.StartAsync(new EmulatorOptions { ServiceAppRoles = ["HELP_DESK_ADMIN", "READ_ONLY_ADMIN"] });

        var check = await world.Connection.CheckAsync(CancellationToken.None);

        Assert.Equal(HelpDeskWork.Concat(Reads).Order(), check.Actions.Where(action => action.Access == Access.Yes).Select(action => action.Action).Order());
        var membership = check.Actions.Single(action => action.Action == "add_to_group");
        Assert.Equal((Access.No, "GROUP_MEMBERSHIP_ADMIN"), (membership.Access, membership.Missing.Single()));
    }

    [Fact]
    public async Task Check_ScopesAskedForOnlyInPart_SaysWhatIsMissingPerAction()
    {
        await using var world = await OktaWorld.StartAsync();
        var reader = world.Connect(options => options with { Scopes = ["okta.apps.read", "okta.roles.read", "okta.users.manage"] });

        var check = await reader.CheckAsync(CancellationToken.None);

        // manage includes read.
        Assert.Equal(Access.Yes, check.Actions.Single(action => action.Action == "find_person").Access);
        Assert.Equal(["okta.groups.read"], check.Actions.Single(action => action.Action == "list_members").Missing);
        Assert.Equal(["okta.logs.read"], check.Actions.Single(action => action.Action == "clear_sessions").Missing);
    }

    [Fact]
    public void Readme_HasTheNeedsOfTheCopy()
    {
        var readme = File.ReadAllText(Repository.In("src/Siit.Iam.Agent/Idps/Okta/README.md"));
        var chapter = readme[readme.IndexOf("## The copy of the directory", StringComparison.Ordinal)..];

        Assert.All(OktaNeeds.Copy.SelectMany(needs => needs.Permissions), permission => Assert.Contains($"`{permission}`", chapter, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Copy_WithItsScopesAndARoleThatReads_CanBeRead()
    {
        await using var world = await OktaWorld.StartAsync(new EmulatorOptions { ServiceAppRoles = ["READ_ONLY_ADMIN"] });
        var reader = world.Connect(options => options with { Scopes = [.. OktaNeeds.Copy.SelectMany(needs => needs.Permissions)] });

        var check = await reader.CheckAsync(CancellationToken.None);
        await EveryDirectoryCall.ReadAsync(reader, everything: true);

        Assert.Equal(OktaNeeds.Copy.Select(needs => (needs.Part, Access.Yes)), check.Copy.Select(part => (part.Part, part.Access)));
    }

    public static TheoryData<string> CopyScopes => [.. OktaNeeds.Copy.SelectMany(needs => needs.Permissions)];

    [Theory]
    [MemberData(nameof(CopyScopes))]
    public async Task Copy_ScopeNotAskedFor_SaysWhatItCosts(string scope)
    {
        await using var world = await OktaWorld.StartAsync();
        var reader = world.Connect(options => options with { Scopes = [.. OktaOptions.ReadScopes.Where(asked => asked != scope)] });

        var part = Assert.Single((await reader.CheckAsync(CancellationToken.None)).Copy, part => part.Access == Access.No);

        Assert.Equal((scope, scope == "okta.logs.read"), (Assert.Single(part.Missing), part.Without is not null));
    }

    [Fact]
    public async Task Copy_RoleThatDoesNotSeeRoles_SaysSo()
    {
        await using var world = await OktaWorld.StartAsync(new EmulatorOptions { ServiceAppRoles = ["HELP_DESK_ADMIN"] });

        var check = await world.Connection.CheckAsync(CancellationToken.None);

        Assert.Contains(check.Copy, part => part is { Part: "administrator roles", Access: Access.No, Without: null });
    }

    [Fact]
    public async Task Check_OneScopeNotGrantedAtOkta_NamesItAndSaysThatNothingWorks()
    {
        await using var world = await OktaWorld.StartAsync();
        Assert.Null(world.Okta.Arrange(new JsonObject { ["serviceApp"] = EmulatedOkta.ClientId, ["scopes"] = new JsonArray("okta.users.read", "okta.groups.read") }));

        var check = await world.Connect(options => options with { Scopes = ["okta.groups.read", "okta.logs.read", "okta.users.read"] }).CheckAsync(CancellationToken.None);

        Assert.True(check.Reachable);
        Assert.Null(check.SignedInAs);
        Assert.Equal(["okta.groups.read", "okta.users.read"], check.Scopes);
        Assert.Contains("has not granted the scopes okta.logs.read,", Assert.Single(check.Problems), StringComparison.Ordinal);
        Assert.All(check.Actions, action => Assert.Equal(Access.No, action.Access));
    }

    [Fact]
    public async Task Check_OfAnApiToken_NamesItsOwnerAndAdvisesAgainstIt()
    {
        await using var world = await OktaWorld.StartAsync();

        var check = await world.ConnectWithToken().CheckAsync(CancellationToken.None);

        Assert.Equal("svc-siit@acme.example (API token)", check.SignedInAs);
        Assert.Null(check.Scopes);
        Assert.Equal(["ORG_ADMIN"], check.Roles);
        Assert.Contains(check.Advice, advice => advice.StartsWith("An API token", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_OfAWrongToken_SaysReachableAndNotSignedIn()
    {
        await using var world = await OktaWorld.StartAsync();

        var check = await world.ConnectWithToken("00wrong").CheckAsync(CancellationToken.None);

        Assert.Equal((true, null), (check.Reachable, check.SignedInAs));
        Assert.Contains("did not accept the connection's credential", Assert.Single(check.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Check_NobodyAnswers_SaysNotReachable(bool serviceApp)
    {
        await using var world = await OktaWorld.StartAsync();
        var nowhere = world.Connect(options => (serviceApp ? options : OktaWorld.WithToken(options, world.Secret("x"))) with { Url = new Uri("http://127.0.0.1:9") });

        var check = await nowhere.CheckAsync(CancellationToken.None);

        Assert.Equal((false, null), (check.Reachable, check.SignedInAs));
        Assert.All(check.Actions, action => Assert.Equal(Access.Unclear, action.Access));
    }

    [Fact]
    public async Task Check_ClockAhead_IsAProblem()
    {
        await using var world = await OktaWorld.StartAsync();
        var time = new ManualTime();
        time.Advance(TimeSpan.FromMinutes(3));

        var check = await world.Connect(time: time).CheckAsync(CancellationToken.None);

        Assert.InRange(check.ClockSkew!.Value.TotalSeconds, 170, 190);
        Assert.Contains(check.Problems, problem => problem.Contains("ahead of Okta's", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_RolesOfTheAppNotShown_LeavesChangesUnclear()
    {
        await using var world = await OktaWorld.StartAsync();
        world.Fault(FaultKind.Status, "GET", "/oauth2/v1/clients/", times: null, status: 404);

        var check = await world.Connection.CheckAsync(CancellationToken.None);

        Assert.Null(check.Roles);
        Assert.Equal(Access.Unclear, check.Actions.Single(action => action.Action == "suspend_user").Access);
        Assert.Equal(Access.Yes, check.Actions.Single(action => action.Action == "find_person").Access);
    }
}
