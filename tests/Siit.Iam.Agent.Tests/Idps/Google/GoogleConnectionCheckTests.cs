using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Google;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Google;

namespace Siit.Iam.Agent.Tests.Idps.Google;

public sealed class GoogleConnectionCheckTests
{
    private static readonly string[] Reads = ["find_application", "find_group", "find_person", "list_events", "list_members"];

    public static TheoryData<string> Actions => [.. GoogleNeeds.All.Select(needs => needs.Action)];

    public static TheoryData<string> Scopes => [.. GoogleNeeds.All.SelectMany(needs => needs.Scopes).Distinct().Order(StringComparer.Ordinal)];

    [Fact]
    public void Needs_CoverExactlyTheActionsThatGoogleSupports() => Assert.Equal(
        ActionCatalog.All.Where(action => action.IsRead || action.IsSupportedBy(typeof(GoogleConnection))).Select(action => action.Name).Order(),
        GoogleNeeds.All.Select(needs => needs.Action).Order());

    [Fact]
    public void Readme_HasTheNeedsOfEachAction()
    {
        var readme = File.ReadAllLines(Repository.In("src/Siit.Iam.Agent/Idps/Google/README.md"));

        foreach (var needs in GoogleNeeds.All)
        {
            var scopes = needs.Scopes.Count == 0 ? "none" : string.Join(" ", needs.Scopes.Order(StringComparer.Ordinal).Select(scope => $"`{scope}`"));
            var row = $"| `{needs.Action}` | {scopes} | {(needs.Roles.Count == 0 ? "any that reads" : $"`{needs.Roles[0]}`")} |";
            Assert.True(readme.Contains(row), $"Idps/Google/README.md needs the line: {row}");
        }
    }

    /// <summary>The table is neither too short for the action...</summary>
    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Needs_GrantedAndNothingElse_Suffice(string action)
    {
        await using var world = await GoogleWorld.StartAsync();
        var needs = GoogleNeeds.All.Single(needs => needs.Action == action);
        // Nothing is asked of Google for it, and a connection without any scope is no connection.
        IEnumerable<string> scopes = needs.Scopes.Count == 0 ? [GoogleNeeds.ReadUsers] : needs.Scopes;
        var connection = world.Connect(options => options with { Scopes = [.. scopes.Select(Long)] });

        var refusal = await ActionPractice.RefusalAsync(connection, action, world.Id("ben"), "ben@acme.example", world.GroupId("Figma Editors"), "figma");
        var check = await connection.CheckAsync(CancellationToken.None);

        Assert.Null(refusal);
        var access = check.Actions.Single(access => access.Action == action);
        Assert.True(access.Access == Access.Yes, access.ToString());
    }

    /// <summary>... nor does the check overlook one that is missing.</summary>
    [Theory]
    [MemberData(nameof(Scopes))]
    public async Task Check_ScopeNotAskedFor_SaysWhatItCosts(string scope)
    {
        await using var world = await GoogleWorld.StartAsync();
        var all = GoogleOptions.AllScopes.Select(granted => granted[GoogleOptions.Auth.Length..]);
        var connection = world.Connect(options => options with { Scopes = [.. all.Where(granted => !GoogleNeeds.Holds([granted], scope)).Select(Long)] });

        var check = await connection.CheckAsync(CancellationToken.None);

        foreach (var needs in GoogleNeeds.All.Where(needs => needs.Scopes.Contains(scope)))
        {
            var access = check.Actions.Single(access => access.Action == needs.Action);
            Assert.Equal((needs.Action, Access.No), (access.Action, access.Access));
            Assert.Contains(scope, access.Missing);
        }
    }

    [Fact]
    public async Task Check_AsASuperAdministrator_SaysYesToEverything()
    {
        await using var world = await GoogleWorld.StartAsync();

        var check = await world.Connection.CheckAsync(CancellationToken.None);

        Assert.Empty(check.Problems);
        Assert.True(check.Reachable);
        Assert.StartsWith($"{EmulatedGoogle.Subject} (by the service account ", check.SignedInAs, StringComparison.Ordinal);
        Assert.Equal(GoogleOptions.AllScopes.Select(scope => scope[GoogleOptions.Auth.Length..]).Order(StringComparer.Ordinal), check.Scopes!);
        Assert.Equal(["_SEED_ADMIN_ROLE"], check.Roles!);
        Assert.All(check.Actions, action => Assert.Equal((action.Action, Access.Yes), (action.Action, action.Access)));
        Assert.True(check.ClockSkew!.Value.Duration() < TimeSpan.FromSeconds(10));
        Assert.StartsWith("The connection acts as a super administrator.", Assert.Single(check.Advice), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OneScopeNotDelegated_NamesItAndSaysThatNothingWorks()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Arrange(new JsonObject
        {
            ["serviceAccount"] = GoogleSeed.ServiceAccount,
            ["scopes"] = new JsonArray([.. GoogleOptions.AllScopes.Where(scope => scope != Long(GoogleNeeds.Security)).Select(scope => JsonValue.Create(scope))]),
        }.ToJsonString());

        var check = await world.Connection.CheckAsync(CancellationToken.None);

        Assert.True(check.Reachable);
        Assert.Null(check.SignedInAs);
        Assert.DoesNotContain(GoogleNeeds.Security, check.Scopes!);
        Assert.Contains($"does not delegate the scopes {GoogleNeeds.Security} ", Assert.Single(check.Problems), StringComparison.Ordinal);
        Assert.All(check.Actions, action => Assert.Equal(Access.No, action.Access));
        Assert.Equal([GoogleNeeds.Security], check.Actions.Single(action => action.Action == "reset_mfa").Missing);
    }

    /// <summary>The emulated service account has user and group management, and a custom role that reads roles and reports.</summary>
    [Fact]
    public async Task Check_AsItself_GoesByItsOwnRoles()
    {
        await using var world = await GoogleWorld.StartAsync();

        var check = await world.Connect(options => options with { Subject = null }).CheckAsync(CancellationToken.None);

        Assert.Equal($"service account {GoogleSeed.ServiceAccount}", check.SignedInAs);
        Assert.Equal(["Siit Reader", "_GROUPS_ADMIN_ROLE", "_USER_MANAGEMENT_ADMIN_ROLE"], check.Roles!);
        Assert.All(check.Actions, action => Assert.Equal((action.Action, Access.Yes), (action.Action, action.Access)));
        Assert.Empty(check.Advice);
    }

    [Fact]
    public async Task Check_AsItselfWithoutGroupManagement_LeavesMembershipToTheCustomRole()
    {
        await using var world = await GoogleWorld.StartAsync();
        Roles(world, "_USER_MANAGEMENT_ADMIN_ROLE", GoogleSeed.ReaderRole);

        var check = await world.Connect(options => options with { Subject = null }).CheckAsync(CancellationToken.None);

        Assert.Equal(Access.No, check.Actions.Single(action => action.Action == "add_to_group").Access);
        Assert.Equal([GoogleNeeds.ReadGroups], check.Actions.Single(action => action.Action == "add_to_group").Missing);
        Assert.Equal(Access.Yes, check.Actions.Single(action => action.Action == "suspend_user").Access);
    }

    [Fact]
    public async Task Check_AsItselfReadingOnly_LeavesChangesUnclear()
    {
        await using var world = await GoogleWorld.StartAsync();
        Roles(world, GoogleSeed.ReaderRole);

        var check = await world.Connect(options => options with { Subject = null }).CheckAsync(CancellationToken.None);

        // What a custom role permits is not told.
        Assert.Equal(Access.Unclear, check.Actions.Single(action => action.Action == "suspend_user").Access);
        Assert.Equal(Access.Yes, check.Actions.Single(action => action.Action == "list_events").Access);
    }

    /// <summary>User management does the work but cannot see who is an administrator: not one change could be judged.</summary>
    [Fact]
    public async Task Check_WithoutSightOfRoles_SaysThatEveryChangeIsRefused()
    {
        await using var world = await GoogleWorld.StartAsync();
        Roles(world, "_USER_MANAGEMENT_ADMIN_ROLE");

        var check = await world.Connect(options => options with { Subject = null }).CheckAsync(CancellationToken.None);

        Assert.Null(check.Roles);
        Assert.Contains(check.Problems, problem => problem.StartsWith("Administrator roles cannot be read", StringComparison.Ordinal));
        Assert.All(check.Actions.Where(action => !Reads.Contains(action.Action)), action =>
        {
            Assert.Equal((action.Action, Access.No), (action.Action, action.Access));
            Assert.Contains(GoogleNeeds.ReadRoles, action.Missing);
        });
    }

    [Fact]
    public void Readme_HasTheNeedsOfTheCopy()
    {
        var readme = File.ReadAllText(Repository.In("src/Siit.Iam.Agent/Idps/Google/README.md"));
        var chapter = readme[readme.IndexOf("## The copy of the directory", StringComparison.Ordinal)..];

        Assert.All(GoogleNeeds.Copy.SelectMany(needs => needs.Permissions), permission => Assert.Contains($"`{permission}`", chapter, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Copy_WithItsScopes_CanBeRead()
    {
        await using var world = await GoogleWorld.StartAsync();
        var reader = world.Connect(options => options with { Scopes = [.. GoogleNeeds.Copy.SelectMany(needs => needs.Permissions).Select(Long)] });

        var check = await reader.CheckAsync(CancellationToken.None);
        await EveryDirectoryCall.ReadAsync(reader, everything: true);

        Assert.Equal(GoogleNeeds.Copy.Select(needs => (needs.Part, Access.Yes)), check.Copy.Select(part => (part.Part, part.Access)));
    }

    public static TheoryData<string, bool> CopyScopes => new()
    {
        { GoogleNeeds.ReadUsers, true },
        { GoogleNeeds.ReadGroups, true },
        { GoogleNeeds.ReadRoles, false },
        { GoogleNeeds.ReadLog, false },
    };

    [Theory]
    [MemberData(nameof(CopyScopes))]
    public async Task Copy_ScopeNotAskedFor_SaysWhatItCosts(string scope, bool stops)
    {
        await using var world = await GoogleWorld.StartAsync();
        var reader = world.Connect(options => options with { Scopes = [.. GoogleNeeds.Copy.SelectMany(needs => needs.Permissions).Where(asked => asked != scope).Select(Long)] });

        var part = Assert.Single((await reader.CheckAsync(CancellationToken.None)).Copy, part => part.Access == Access.No);

        Assert.Equal((scope, stops), (Assert.Single(part.Missing), part.Without is null));
    }

    /// <summary>Not asking for roles leaves them out; asking and being refused stops the import.</summary>
    [Fact]
    public async Task Copy_RolesRefused_Stops()
    {
        await using var world = await GoogleWorld.StartAsync();
        Roles(world, "_USER_MANAGEMENT_ADMIN_ROLE");

        var check = await world.Connect(options => options with { Subject = null }).CheckAsync(CancellationToken.None);

        Assert.Contains(check.Copy, part => part is { Part: "administrator roles", Access: Access.No, Without: null });
    }

    [Fact]
    public async Task Check_NoApplicationMapped_SaysWhy()
    {
        await using var world = await GoogleWorld.StartAsync();

        var check = await world.Connect(options => options with { Applications = [] }).CheckAsync(CancellationToken.None);

        var access = check.Actions.Single(action => action.Action == "add_application");
        Assert.Equal(Access.No, access.Access);
        Assert.StartsWith("Google Workspace has no applications", access.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_SubjectSuspended_SaysReachableAndNotSignedIn()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Arrange($$"""{"user": "{{EmulatedGoogle.Subject}}", "suspended": true}""");

        var check = await world.Connection.CheckAsync(CancellationToken.None);

        Assert.Equal((true, null), (check.Reachable, check.SignedInAs));
        Assert.Contains($"did not accept the sign-in as {EmulatedGoogle.Subject}", Assert.Single(check.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_Throttled_SaysSo()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Fault(FaultKind.Throttle, "GET", "/admin/reports/", times: null, resetSeconds: 300);

        var check = await world.Connection.CheckAsync(CancellationToken.None);

        Assert.Contains(check.Problems, problem => problem.StartsWith("Google throttles this connection", StringComparison.Ordinal));
        Assert.Equal(Access.Unclear, check.Actions.Single(action => action.Action == "list_events").Access);
        Assert.Equal(Access.Yes, check.Actions.Single(action => action.Action == "suspend_user").Access);
    }

    [Fact]
    public async Task Check_NobodyAnswers_SaysNotReachable()
    {
        await using var world = await GoogleWorld.StartAsync();
        var nowhere = world.Connect(options => options with { Url = new Uri("http://127.0.0.1:9"), TokenUrl = new Uri("http://127.0.0.1:9/token") });

        var check = await nowhere.CheckAsync(CancellationToken.None);

        Assert.Equal((false, null), (check.Reachable, check.SignedInAs));
        Assert.All(check.Actions, action => Assert.Equal(Access.Unclear, action.Access));
    }

    [Fact]
    public async Task Check_ClockAhead_IsAProblem()
    {
        await using var world = await GoogleWorld.StartAsync();
        var time = new ManualTime();
        time.Advance(TimeSpan.FromMinutes(3));

        var check = await world.Connect(time: time).CheckAsync(CancellationToken.None);

        Assert.InRange(check.ClockSkew!.Value.TotalSeconds, 170, 190);
        Assert.Contains(check.Problems, problem => problem.Contains("ahead of Google", StringComparison.Ordinal));
    }

    private static void Roles(GoogleWorld world, params string[] roles)
    {
        world.Arrange($$"""{"serviceAccount": "{{GoogleSeed.ServiceAccount}}", "noRoles": true}""");
        foreach (var role in roles) world.Arrange($$"""{"serviceAccount": "{{GoogleSeed.ServiceAccount}}", "role": "{{role}}"}""");
    }

    private static string Long(string scope) => GoogleOptions.Auth + scope;
}
