using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Entra;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

public sealed class EntraConnectionCheckTests
{
    public static TheoryData<string> Actions => [.. EntraNeeds.All.Select(needs => needs.Action)];

    public static TheoryData<string> Permissions => [.. EntraNeeds.All.SelectMany(needs => needs.Permissions).Distinct().Order(StringComparer.Ordinal)];

    [Fact]
    public void Needs_CoverExactlyTheActionsThatEntraSupports() => Assert.Equal(
        ActionCatalog.All.Where(action => action.IsRead || action.IsSupportedBy(typeof(EntraConnection))).Select(action => action.Name).Order(),
        EntraNeeds.All.Select(needs => needs.Action).Order());

    [Fact]
    public void Readme_HasTheNeedsOfEachAction()
    {
        var readme = File.ReadAllLines(Repository.In("src/Siit.Iam.Agent/Idps/Entra/README.md"));

        foreach (var needs in EntraNeeds.All)
        {
            var row = $"| `{needs.Action}` | {string.Join(" ", needs.Permissions.Order(StringComparer.Ordinal).Select(permission => $"`{permission}`"))} |";
            Assert.True(readme.Contains(row), $"Idps/Entra/README.md needs the line: {row}");
        }
    }

    /// <summary>The table is neither too short for the action...</summary>
    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Needs_GrantedAndNothingElse_Suffice(string action)
    {
        await using var world = await EntraWorld.StartAsync();
        var (group, application) = (world.Entra.Group("VPN Users").Id, world.Entra.App("Figma").Id);
        Grant(world, EntraNeeds.All.Single(needs => needs.Action == action).Permissions);

        var refusal = await ActionPractice.RefusalAsync(world.Connection, action, world.Id("ben"), "ben@acme.example", group, application);
        var check = await world.Connection.CheckAsync(EntraWorld.Token);

        Assert.Null(refusal);
        Assert.Equal(Access.Yes, check.Actions.Single(access => access.Action == action).Access);
    }

    /// <summary>... nor does the check overlook one that is missing.</summary>
    [Theory]
    [MemberData(nameof(Permissions))]
    public async Task Check_PermissionTakenAway_SaysWhatItCosts(string permission)
    {
        await using var world = await EntraWorld.StartAsync();
        Grant(world, EntraRoutes.AllPermissions.Where(granted => !EntraNeeds.Holds([granted], permission)));

        var check = await world.Connection.CheckAsync(EntraWorld.Token);

        foreach (var needs in EntraNeeds.All.Where(needs => needs.Permissions.Contains(permission)))
        {
            var access = check.Actions.Single(access => access.Action == needs.Action);
            Assert.Equal((needs.Action, Access.No), (access.Action, access.Access));
            Assert.Contains(permission, access.Missing);
        }
        Assert.DoesNotContain(permission, check.Scopes!);
    }

    [Fact]
    public async Task Check_OfAnApplicationWithEverything_SaysYesToEverything()
    {
        await using var world = await EntraWorld.StartAsync();

        var check = await world.Connection.CheckAsync(EntraWorld.Token);

        Assert.Empty(check.Problems);
        Assert.True(check.Reachable);
        Assert.Equal($"application {EmulatedEntra.ClientId}", check.SignedInAs);
        Assert.Equal(EntraRoutes.AllPermissions.Order(StringComparer.Ordinal), check.Scopes!);
        Assert.Empty(check.Roles!);
        Assert.All(check.Actions, action => Assert.Equal((action.Action, Access.Yes), (action.Action, action.Access)));
        Assert.True(check.ClockSkew!.Value.Duration() < TimeSpan.FromSeconds(10));
        Assert.Contains("AppRoleAssignment.ReadWrite.All", Assert.Single(check.Advice), StringComparison.Ordinal);
    }

    /// <summary>Also when the connection has been in use and keeps a token with the permission.</summary>
    [Fact]
    public async Task Check_PermissionTakenAwayMeanwhile_SeesIt()
    {
        await using var world = await EntraWorld.StartAsync();
        await world.Connection.FindGroupsAsync(null, 1, null, EntraWorld.Token);
        Grant(world, EntraRoutes.AllPermissions.Where(permission => permission != "UserAuthenticationMethod.ReadWrite.All"));

        var check = await world.Connection.CheckAsync(EntraWorld.Token);

        Assert.Equal(["find_person", "reset_mfa"], check.Actions.Where(action => action.Access == Access.No).Select(action => action.Action));
    }

    [Fact]
    public async Task Check_WithoutSightOfRoles_SaysThatEveryChangeIsRefused()
    {
        await using var world = await EntraWorld.StartAsync();
        Grant(world, ["User.ReadWrite.All", "GroupMember.ReadWrite.All"]);

        var check = await world.Connection.CheckAsync(EntraWorld.Token);

        Assert.Equal(2, check.Problems.Count(problem => problem.StartsWith("Administrator roles cannot be read", StringComparison.Ordinal)));
        Assert.Equal(["find_group", "list_members"], check.Actions.Where(action => action.Access == Access.Yes).Select(action => action.Action));
    }

    [Fact]
    public void Readme_HasTheNeedsOfTheCopy()
    {
        var readme = File.ReadAllText(Repository.In("src/Siit.Iam.Agent/Idps/Entra/README.md"));
        var chapter = readme[readme.IndexOf("## 4. The copy of the directory", StringComparison.Ordinal)..];

        Assert.All(EntraNeeds.Copy.SelectMany(needs => needs.Permissions), permission => Assert.Contains($"`{permission}`", chapter, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Copy_WithItsPermissions_CanBeRead()
    {
        await using var world = await EntraWorld.StartAsync();
        Grant(world, EntraNeeds.Copy.SelectMany(needs => needs.Permissions));

        var check = await world.Connection.CheckAsync(EntraWorld.Token);
        await EveryDirectoryCall.ReadAsync(world.Connection, everything: true);

        Assert.Equal(EntraNeeds.Copy.Select(needs => (needs.Part, Access.Yes)), check.Copy.Select(part => (part.Part, part.Access)));
    }

    public static TheoryData<string> CopyPermissions => [.. EntraNeeds.Copy.SelectMany(needs => needs.Permissions)];

    [Theory]
    [MemberData(nameof(CopyPermissions))]
    public async Task Copy_PermissionTakenAway_SaysWhatItCosts(string permission)
    {
        await using var world = await EntraWorld.StartAsync();
        Grant(world, EntraRoutes.AllPermissions.Where(granted => !EntraNeeds.Holds([granted], permission)));

        var check = await world.Connection.CheckAsync(EntraWorld.Token);

        var part = check.Copy.Single(part => part.Missing.Contains(permission));
        Assert.Equal((Access.No, permission == "AuditLog.Read.All"), (part.Access, part.Without is not null));
    }

    /// <summary>Without the audit log nothing stops: it is advice.</summary>
    [Fact]
    public async Task Copy_WithoutTheAuditLog_IsReadAllTheSame()
    {
        await using var world = await EntraWorld.StartAsync();
        Grant(world, EntraNeeds.Copy.Where(needs => needs.Without is null).SelectMany(needs => needs.Permissions));

        await EveryDirectoryCall.ReadAsync(world.Connection, everything: true);

        Assert.Equal(["the audit log"], (await world.Connection.CheckAsync(EntraWorld.Token)).Copy.Where(part => part.Access == Access.No).Select(part => part.Part));
    }

    [Fact]
    public async Task Check_DirectoryRole_IsShownAndAdvisedAgainst()
    {
        await using var world = await EntraWorld.StartAsync();
        world.Arrange($$"""{"client": "{{EmulatedEntra.ClientId}}", "roles": ["User Administrator"]}""");

        var check = await world.Connection.CheckAsync(EntraWorld.Token);

        Assert.Equal(["User Administrator"], check.Roles);
        Assert.Contains(check.Advice, advice => advice.StartsWith("The application holds the directory role User Administrator.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_ReadRefusedAlthoughGranted_SaysNo()
    {
        await using var world = await EntraWorld.StartAsync();
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 403, Path = "/auditLogs/", Times = null });

        var check = await world.Connection.CheckAsync(EntraWorld.Token);

        var events = check.Actions.Single(action => action.Action == "list_events");
        Assert.Equal((Access.No, "AuditLog.Read.All"), (events.Access, Assert.Single(events.Missing)));
    }

    [Fact]
    public async Task Check_NearTheRequestLimit_ShowsHowMuchIsLeft()
    {
        await using var world = await EntraWorld.StartAsync(emulator: new EmulatorOptions { BucketLimits = new Dictionary<string, int> { ["reports"] = 1 } });

        var check = await world.Connection.CheckAsync(EntraWorld.Token);

        Assert.Equal((100, 0), (check.Quotas.Single().Limit, check.Quotas.Single().Remaining));
        Assert.Contains(check.Problems, problem => problem.Contains("is used up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_OfAWrongSecret_SaysReachableAndNotSignedIn()
    {
        await using var world = await EntraWorld.StartAsync();
        world.Arrange($$"""{"client": "{{EmulatedEntra.ClientId}}", "secret": "another"}""");

        var check = await world.Connection.CheckAsync(EntraWorld.Token);

        Assert.Equal((true, null), (check.Reachable, check.SignedInAs));
        Assert.Contains("did not accept the application's credential", Assert.Single(check.Problems), StringComparison.Ordinal);
        Assert.All(check.Actions, action => Assert.Equal(Access.No, action.Access));
    }

    [Fact]
    public async Task Check_NobodyAnswers_SaysNotReachable()
    {
        await using var world = await EntraWorld.StartAsync();
        var nowhere = EntraWorld.Connect(world.Options with { Url = new Uri("http://127.0.0.1:9/v1.0"), TokenUrl = new Uri("http://127.0.0.1:9") });

        var check = await nowhere.CheckAsync(EntraWorld.Token);

        Assert.Equal((false, null), (check.Reachable, check.SignedInAs));
        Assert.All(check.Actions, action => Assert.Equal(Access.Unclear, action.Access));
    }

    [Fact]
    public async Task Check_SecretMissing_SaysWhere()
    {
        await using var world = await EntraWorld.StartAsync();
        var check = await EntraWorld.Connect(world.Options with { Secret = SecretSource.FromEnvironment("SIIT_TEST_NO_SUCH") }).CheckAsync(EntraWorld.Token);

        Assert.False(check.Reachable);
        Assert.Contains("SIIT_TEST_NO_SUCH", Assert.Single(check.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ClockAhead_IsAProblem()
    {
        await using var world = await EntraWorld.StartAsync();
        var time = new ManualTime();
        time.Advance(TimeSpan.FromMinutes(3));

        var check = await EntraWorld.Connect(world.Options, time).CheckAsync(EntraWorld.Token);

        Assert.InRange(check.ClockSkew!.Value.TotalSeconds, 170, 190);
        Assert.Contains(check.Problems, problem => problem.Contains("ahead of", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no token at all")]
    [InlineData("a.b.c")]
    public void Claims_OfATokenThatCannotBeRead_AreUnknown(string token) => Assert.Null(EntraClaims.Of(token).Permissions);

    private static void Grant(EntraWorld world, IEnumerable<string> permissions) => Assert.Null(world.Entra.Arrange(new JsonObject
    {
        ["client"] = EmulatedEntra.ClientId,
        ["permissions"] = new JsonArray([.. permissions.Select(permission => JsonValue.Create(permission))]),
    }));
}
