using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.JumpCloud;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.JumpCloud;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

public sealed class JumpCloudConnectionCheckTests
{
    private const string ServiceAccounts = "serviceaccounts.readonly";

    private static readonly string[] Everything = [.. JumpCloudNeeds.All.SelectMany(Of).Append(ServiceAccounts).Distinct()];

    public static TheoryData<string> Actions => [.. JumpCloudNeeds.All.Select(needs => needs.Action)];

    public static TheoryData<string> Scopes => [.. JumpCloudNeeds.All.SelectMany(needs => needs.Scopes).Distinct().Order(StringComparer.Ordinal)];

    [Fact]
    public void Needs_CoverExactlyTheActionsThatJumpCloudSupports() => Assert.Equal(
        ActionCatalog.All.Where(action => action.IsRead || action.IsSupportedBy(typeof(JumpCloudConnection))).Select(action => action.Name).Order(),
        JumpCloudNeeds.All.Select(needs => needs.Action).Order());

    [Fact]
    public void Readme_HasTheNeedsOfEachAction()
    {
        var readme = File.ReadAllLines(Repository.In("src/Siit.Iam.Agent/Idps/JumpCloud/README.md"));

        foreach (var needs in JumpCloudNeeds.All)
        {
            var scopes = string.Join(" ", needs.Scopes.Order(StringComparer.Ordinal).Select(scope => $"`{scope}`"));
            var row = $"| `{needs.Action}` | {scopes}{string.Concat(needs.Ways.Select(way => $"; {way.Name}: `{way.Scope}`"))} |";
            Assert.True(readme.Contains(row), $"Idps/JumpCloud/README.md needs the line: {row}");
        }
    }

    /// <summary>The table is neither too short for the action...</summary>
    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Needs_GrantedAndNothingElse_Suffice(string action)
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var connection = world.Connect();
        Grant(world, Of(JumpCloudNeeds.All.Single(needs => needs.Action == action)));

        var refusal = await ActionPractice.RefusalAsync(
            connection, action, world.JumpCloud.User("bokafor").Id, "ben@acme.example", world.JumpCloud.Group("VPN Users").Id, world.JumpCloud.App("Figma").Id);

        Assert.Null(refusal);
    }

    /// <summary>... nor does the check overlook one that is missing.</summary>
    [Theory]
    [MemberData(nameof(Scopes))]
    public async Task Check_ScopeTakenAway_SaysWhatItCosts(string scope)
    {
        await using var world = await JumpCloudWorld.StartAsync();
        Grant(world, Everything.Where(granted => !JumpCloudNeeds.Holds([granted], scope)));

        var check = await world.Connect().CheckAsync(CancellationToken.None);

        foreach (var needs in JumpCloudNeeds.All.Where(needs => needs.Scopes.Contains(scope)))
        {
            var access = check.Actions.Single(access => access.Action == needs.Action);
            Assert.Equal((needs.Action, Access.No), (access.Action, access.Access));
            Assert.Contains(scope, access.Missing);
        }
    }

    [Fact]
    public async Task Check_OfAServiceAccountWithEverything_SaysYesToEverything()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        Grant(world, Everything);

        var check = await world.Connect().CheckAsync(CancellationToken.None);

        Assert.Empty(check.Problems);
        Assert.True(check.Reachable);
        Assert.Equal("service account Siit IAM Agent", check.SignedInAs);
        Assert.Equal(["Siit"], check.Roles!);
        Assert.Equal(Everything.Order(StringComparer.Ordinal), check.Scopes!);
        Assert.All(check.Actions, action => Assert.Equal((action.Action, Access.Yes), (action.Action, action.Access)));
        Assert.True(check.ClockSkew!.Value.Duration() < TimeSpan.FromSeconds(10));
        Assert.Empty(check.Advice);
    }

    [Fact]
    public async Task Check_ScopeOfOneWayOnly_SaysWhichWayIsLeft()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        Grant(world, Everything.Except(["users", "users.password", "users.password.expire"]));

        var check = await world.Connect().CheckAsync(CancellationToken.None);

        var password = check.Actions.Single(action => action.Action == "reset_password");
        Assert.Equal((Access.Yes, "Not possible: temporary (takes users.password), expire (takes users.password.expire)."), (password.Access, password.Why));
    }

    [Fact]
    public async Task Check_ScopeOfNoWay_SaysNo()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        Grant(world, Everything.Except(["users", "users.mfa.reset"]));

        var check = await world.Connect().CheckAsync(CancellationToken.None);

        var factors = check.Actions.Single(action => action.Action == "reset_mfa");
        Assert.Equal(Access.No, factors.Access);
        Assert.Equal(["users.mfa.reset", "users"], factors.Missing);
    }

    /// <summary>A service account that cannot see itself: reads are tried, changes cannot be.</summary>
    [Fact]
    public async Task Check_RoleNotShown_LeavesChangesUnclear()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        Grant(world, Everything.Except([ServiceAccounts]));

        var check = await world.Connect().CheckAsync(CancellationToken.None);

        Assert.Empty(check.Problems);
        Assert.Equal((null, null), (check.Scopes, check.Roles));
        Assert.Equal($"service account {EmulatedJumpCloud.ClientId}", check.SignedInAs);
        Assert.Equal(Access.Yes, check.Actions.Single(action => action.Action == "find_person").Access);
        var suspend = check.Actions.Single(action => action.Action == "suspend_user");
        Assert.Equal(Access.Unclear, suspend.Access);
        Assert.Contains(ServiceAccounts, suspend.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WithoutSightOfAdministrators_SaysThatEveryChangeIsRefused()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        Grant(world, Everything.Except(["administrators.readonly"]));

        var check = await world.Connect().CheckAsync(CancellationToken.None);

        Assert.Contains(check.Problems, problem => problem.StartsWith("Administrator roles cannot be read (administrators.readonly)", StringComparison.Ordinal));
        Assert.Equal(Access.No, check.Actions.Single(action => action.Action == "suspend_user").Access);
    }

    [Fact]
    public async Task Check_InsightsNotBooked_SaysNoToEvents()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        world.Arrange("""{"organization": true, "insights": false}""");

        var check = await world.Connect().CheckAsync(CancellationToken.None);

        Assert.Equal(Access.No, check.Actions.Single(action => action.Action == "list_events").Access);
        Assert.Equal(Access.Yes, check.Actions.Single(action => action.Action == "suspend_user").Access);
    }

    [Fact]
    public void Readme_HasTheNeedsOfTheCopy()
    {
        var readme = File.ReadAllText(Repository.In("src/Siit.Iam.Agent/Idps/JumpCloud/README.md"));
        var chapter = readme[readme.IndexOf("## What is read for the copy", StringComparison.Ordinal)..];

        Assert.All(JumpCloudNeeds.Copy.SelectMany(needs => needs.Permissions), permission => Assert.Contains($"`{permission}`", chapter, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Copy_WithItsScopes_CanBeRead(bool roleShown)
    {
        await using var world = await JumpCloudWorld.StartAsync();
        Grant(world, JumpCloudNeeds.Copy.SelectMany(needs => needs.Permissions).Append(roleShown ? ServiceAccounts : "users.readonly").Distinct());
        var reader = world.Connect();

        var check = await reader.CheckAsync(CancellationToken.None);
        await EveryDirectoryCall.ReadAsync(reader, everything: true);

        Assert.Equal(JumpCloudNeeds.Copy.Select(needs => (needs.Part, Access.Yes)), check.Copy.Select(part => (part.Part, part.Access)));
    }

    public static TheoryData<string, bool> CopyScopes => [.. from needs in JumpCloudNeeds.Copy
                                                            from scope in needs.Permissions
                                                            from shown in new[] { true, false }
                                                            select new TheoryDataRow<string, bool>(scope, shown)];

    /// <summary>Also when JumpCloud does not show the role: reads are tried.</summary>
    [Theory]
    [MemberData(nameof(CopyScopes))]
    public async Task Copy_ScopeTakenAway_SaysWhatItCosts(string scope, bool roleShown)
    {
        await using var world = await JumpCloudWorld.StartAsync();
        Grant(world, JumpCloudNeeds.Copy.SelectMany(needs => needs.Permissions).Append(ServiceAccounts).Where(granted => granted != scope && (roleShown || granted != ServiceAccounts)));

        var part = (await world.Connect().CheckAsync(CancellationToken.None)).Copy.Single(part => part.Missing.Contains(scope));

        Assert.Equal((Access.No, scope == "directoryinsights.readonly"), (part.Access, part.Without is not null));
    }

    /// <summary>What it costs is the changes: everything else is read.</summary>
    [Fact]
    public async Task Copy_InsightsNotBooked_IsOnlySwept()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        world.Arrange("""{"organization": true, "insights": false}""");

        var check = await world.Connect().CheckAsync(CancellationToken.None);

        var part = Assert.Single(check.Copy, part => part.Access != Access.Yes);
        Assert.Equal(("changes", CopyNeeds.OnlySweeps), (part.Part, part.Without));
    }

    [Fact]
    public async Task Check_OfAnApiKey_GoesByItsOwnersRoleAndAdvisesAgainstIt()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        world.Arrange($$"""{"admin": "{{EmulatedJumpCloud.ApiKeyOwner}}", "role": "Help Desk"}""");

        var check = await world.ConnectByKey().CheckAsync(CancellationToken.None);

        Assert.Equal($"{EmulatedJumpCloud.ApiKeyOwner} (API key)", check.SignedInAs);
        Assert.Equal(["Help Desk"], check.Roles!);
        Assert.Equal(
            ["find_application", "find_group", "find_person", "list_events", "list_members", "reset_mfa", "reset_password", "unlock_user"],
            check.Actions.Where(action => action.Access == Access.Yes).Select(action => action.Action).Order());
        Assert.Contains(check.Advice, advice => advice.StartsWith("An API key", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_OfAnApiKeyWithTheWrongOwner_IsAProblem()
    {
        await using var world = await JumpCloudWorld.StartAsync();

        var check = await world.ConnectByKey("nobody@acme.example").CheckAsync(CancellationToken.None);

        Assert.Contains("'apiKeyOwner'", Assert.Single(check.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_RoleThatMayChangeAdministrators_AdvisesAgainstIt()
    {
        await using var world = await JumpCloudWorld.StartAsync();

        var check = await world.Connect().CheckAsync(CancellationToken.None);

        Assert.Equal(["Administrator"], check.Roles!);
        Assert.StartsWith("The credential's role may change administrators", Assert.Single(check.Advice), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_SecretNearItsEnd_AdvisesToRenewIt()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var time = new ManualTime();
        time.Advance(TimeSpan.FromDays(355));

        var check = await world.Connect(time: time).CheckAsync(CancellationToken.None);

        Assert.Contains(check.Advice, advice => advice.StartsWith("The service account's secret ends at", StringComparison.Ordinal));
        Assert.Contains(check.Problems, problem => problem.Contains("ahead of JumpCloud's", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_OfAWrongSecret_SaysReachableAndNotSignedIn()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var wrong = world.Connect(with: options => options with { ClientSecret = SecretSource.FromEnvironment("PATH") });

        var check = await wrong.CheckAsync(CancellationToken.None);

        Assert.Equal((true, null), (check.Reachable, check.SignedInAs));
        Assert.Contains("did not accept the service account", Assert.Single(check.Problems), StringComparison.Ordinal);
        Assert.All(check.Actions, action => Assert.Equal(Access.No, action.Access));
    }

    [Fact]
    public async Task Check_NobodyAnswers_SaysNotReachable()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var at = JumpCloudOptions.At(new Uri("http://127.0.0.1:9"));
        var nowhere = world.Connect(with: options => options with { V1 = at.V1, V2 = at.V2, Insights = at.Insights, Token = at.Token });

        var check = await nowhere.CheckAsync(CancellationToken.None);

        Assert.Equal((false, null), (check.Reachable, check.SignedInAs));
        Assert.All(check.Actions, action => Assert.Equal(Access.Unclear, action.Access));
    }

    [Theory]
    [InlineData("65e58e80aabbccddeeff0011", "65e58e80aabbccddeeff0011")]
    [InlineData("ZeWOgKq7zN3u/wAR", "65e58e80aabbccddeeff0011")]
    [InlineData("../../../systemusers", null)]
    [InlineData(null, null)]
    public void Ids_InDigitsOrBase64_AreTheSame(string? id, string? digits) => Assert.Equal(digits, JumpCloudIds.Of(id));

    private static IEnumerable<string> Of(JumpCloudNeeds needs) => needs.Scopes.Concat(needs.Ways.Select(way => way.Scope));

    /// <summary>A custom role with these scopes for the service account.</summary>
    private static void Grant(JumpCloudWorld world, IEnumerable<string> scopes)
    {
        world.Arrange(new JsonObject
        {
            ["role"] = "Siit",
            ["custom"] = true,
            ["scopes"] = new JsonArray([.. scopes.Select(scope => JsonValue.Create(scope))]),
        }.ToJsonString());
        world.Arrange(new JsonObject { ["serviceAccount"] = EmulatedJumpCloud.ClientId, ["as"] = "Siit" }.ToJsonString());
    }
}
