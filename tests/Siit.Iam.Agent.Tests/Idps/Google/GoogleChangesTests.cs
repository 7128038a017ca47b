using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Google;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>What the logs tell: which events, of whom, each once, also when they appear late and out of order.</summary>
public sealed class GoogleChangesTests
{
    private static readonly EmulatorOptions Small = new() { People = 40 };

    /// <summary>request, its body, what is told, of whom, and which fields.</summary>
    public static TheoryData<string, string, string?, string, string, string> Told => new()
    {
        { "POST", "/users", """{"primaryEmail":"zoe@acme.example","name":{"givenName":"Z","familyName":"O"},"password":"long-enough-1"}""", nameof(LifecycleKind.AccountCreated), "zoe", "" },
        { "PUT", "/users/{ben}", """{"suspended":true}""", nameof(LifecycleKind.AccountSuspended), "ben", "" },
        { "PUT", "/users/{suspended}", """{"suspended":false}""", nameof(LifecycleKind.AccountUnsuspended), "suspended", "" },
        { "PUT", "/users/{ben}", """{"archived":true}""", nameof(LifecycleKind.AccountDeactivated), "ben", "" },
        { "PUT", "/users/{vera.past}", """{"archived":false}""", nameof(LifecycleKind.AccountActivated), "vera.past", "" },
        { "PUT", "/users/{ben}", """{"name":{"givenName":"Benno"}}""", nameof(LifecycleKind.AccountUpdated), "ben", "firstName" },
        { "PUT", "/users/{ben}", """{"name":{"familyName":"Other"}}""", nameof(LifecycleKind.AccountUpdated), "ben", "lastName" },
        { "PUT", "/users/{ben}", """{"organizations":[{"department":"Quality","primary":true}]}""", nameof(LifecycleKind.AccountUpdated), "ben", "organizations" },
        { "PUT", "/users/{ben}", """{"relations":[{"type":"manager","value":"mona@acme.example"}]}""", nameof(LifecycleKind.AccountUpdated), "ben", "relations" },
        { "PUT", "/users/{ben}", """{"orgUnitPath":"/Shared"}""", nameof(LifecycleKind.AccountUpdated), "ben", "orgUnitPath" },
        { "PUT", "/users/{ben}", """{"customSchemas":{"Employment":{"startDate":"2026-01-01"}}}""", nameof(LifecycleKind.AccountUpdated), "ben", "customSchemas" },
        { "PUT", "/users/{ben}", """{"changePasswordAtNextLogin":true}""", nameof(LifecycleKind.AccountUpdated), "ben", "passwordChangeDue" },
        { "PUT", "/users/{ben}", """{"primaryEmail":"benno@acme.example"}""", nameof(LifecycleKind.AccountUpdated), "ben", "email" },
        { "POST", "/users/{ben}/aliases", """{"alias":"b@acme.example"}""", nameof(LifecycleKind.AccountUpdated), "ben", "aliases" },
        { "PUT", "/users/{ben}", """{"password":"long-enough-1"}""", nameof(LifecycleKind.PasswordChanged), "ben", "" },
        { "POST", "/users/{ben}/twoStepVerification/turnOff", null, nameof(LifecycleKind.FactorReset), "ben", "" },
        { "POST", "/users/{ben}/makeAdmin", """{"status":true}""", nameof(LifecycleKind.RoleGranted), "ben", "" },
        { "POST", "/groups/support@acme.example/members", """{"email":"ana@acme.example"}""", nameof(LifecycleKind.MembershipAdded), "ana", "" },
        { "DELETE", "/groups/engineering@acme.example/members/{ivan}", null, nameof(LifecycleKind.MembershipRemoved), "ivan", "" },
        { "DELETE", "/users/{ben}", null, nameof(LifecycleKind.AccountDeleted), "ben", "" },
    };

    [Theory]
    [MemberData(nameof(Told))]
    public async Task Changes_OfEachKind_AreToldAndTheCopyFollows(string method, string path, string? body, string kind, string who, string field)
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        var id = who == "zoe" ? null : world.Id(who);

        await world.SendAsync(method, Filled(world, path), body);
        await copy.FollowAsync();

        var told = Assert.Single(copy.Events);
        Assert.Equal((kind, id ?? world.Id("zoe"), field), ($"{told.Kind}", told.Account, string.Join(',', told.Fields)));
        Assert.Equal("svc-siit@acme.example", told.Actor);
        GoogleDirectoryTests.AssertSame(world, copy);
    }

    /// <summary>Nothing of the vocabulary, and yet the copy follows.</summary>
    public static TheoryData<string, string, string?> Untold => new()
    {
        { "PUT", "/groups/support@acme.example", """{"name":"Customer Support"}""" },
        { "PUT", "/groups/support@acme.example", """{"email":"help@acme.example"}""" },
        { "DELETE", "/groups/support@acme.example", null },
        { "POST", "/groups", """{"email":"new@acme.example","name":"New"}""" },
        { "POST", "/groups/support@acme.example/members", """{"email":"figma-guests@acme.example"}""" },
        { "DELETE", "/groups/figma-editors@acme.example/members/figma-guests@acme.example", null },
        { "PUT", "/groups/support@acme.example/members/omar@acme.example", """{"role":"MEMBER"}""" },
        { "PUT", "/groups/engineering@acme.example/members/ben@acme.example", """{"role":"OWNER"}""" },
        { "POST", "/users/{ben}/signOut", null },
    };

    [Theory]
    [MemberData(nameof(Untold))]
    public async Task Changes_ThatAreNobodysEvent_AreFollowedAllTheSame(string method, string path, string? body)
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        await world.SendAsync(method, Filled(world, path), body);
        await copy.FollowAsync();

        Assert.Empty(copy.Events);
        GoogleDirectoryTests.AssertSame(world, copy);
    }

    [Fact]
    public async Task Changes_OfRoles_AreToldOfPeopleAndFollowedForGroups()
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        var role = world.Google.State.Roles.Single(role => role.Name == "_HELP_DESK_ADMIN_ROLE").Id;

        await AssignAsync(world, role, world.Id("ben"));
        await AssignAsync(world, role, world.GroupId("Support"));
        await copy.FollowAsync();

        var told = Assert.Single(copy.Events);
        Assert.Equal((LifecycleKind.RoleGranted, world.Id("ben"), role, "_HELP_DESK_ADMIN_ROLE"), (told.Kind, told.Account, told.Object, told.ObjectName));
        GoogleDirectoryTests.AssertSame(world, copy);
    }

    [Fact]
    public async Task Changes_OfOneRequest_HaveOneIdEach()
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        await world.SendAsync("PUT", $"/users/{world.Id("ben")}", """{"name":{"givenName":"Benno","familyName":"Other"},"password":"long-enough-1","suspended":true}""");
        await copy.FollowAsync();

        Assert.Equal([LifecycleKind.AccountUpdated, LifecycleKind.AccountUpdated, LifecycleKind.PasswordChanged, LifecycleKind.AccountSuspended], copy.Events.Select(told => told.Kind));
        Assert.Equal(["0", "1", "2", "3"], copy.Events.Select(told => told.Id.Split('/')[^1]));
        Assert.Single(copy.Events.Select(told => told.Id[..^2]).Distinct());
    }

    [Theory]
    [InlineData("2sv_disable", nameof(LifecycleKind.FactorReset))]
    [InlineData("2sv_enroll", nameof(LifecycleKind.FactorEnrolled))]
    [InlineData("password_edit", nameof(LifecycleKind.PasswordChanged))]
    public async Task Changes_ThatPeopleMakeThemselves_AreTold(string doing, string kind)
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        if (doing == "2sv_enroll") world.Arrange("""{"user": "ana@acme.example", "twoStep": "off"}""");
        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        world.Arrange($$"""{"own": "{{doing}}", "user": "ana@acme.example"}""");
        await copy.FollowAsync();

        var told = Assert.Single(copy.Events);
        Assert.Equal((kind, world.Id("ana"), "ana@acme.example"), ($"{told.Kind}", told.Account, told.Actor));
        Assert.Equal(doing != "2sv_disable", copy.Accounts[world.Id("ana")].HasMfa);
    }

    [Fact]
    public async Task Changes_MadeInGoogleGroups_AreReadAndToldByNobodyTwice()
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        world.Arrange("""{"own": "add_member", "user": "ana@acme.example", "group": "support@acme.example"}""");
        var page = await copy.FollowAsync();

        Assert.Empty(copy.Events);
        Assert.Equal([GoogleConnection.MembersOf(world.GroupId("Support"))], page.Reads);
        GoogleDirectoryTests.AssertSame(world, copy);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(400)]
    public async Task Changes_WhereTheLogOfGroupsIsNotIncluded_AreTheOthers(int status)
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        world.Fault(FaultKind.Status, "GET", "groups_enterprise", times: null, status: status);

        await world.SendAsync("PUT", $"/users/{world.Id("ben")}", """{"suspended":true}""");
        await copy.FollowAsync();

        Assert.Single(copy.Events);
    }

    [Fact]
    public async Task Changes_OfANewAccountAndGroup_AreToldWithTheirIds()
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        await CreateAsync(world, "zoe");
        await world.SendAsync("POST", "/groups", """{"email":"new@acme.example","name":"New"}""");
        await world.SendAsync("POST", "/groups/new@acme.example/members", """{"email":"zoe@acme.example"}""");
        await world.SendAsync("POST", "/groups/new@acme.example/members", """{"email":"support@acme.example"}""");
        var page = await world.Connection.ReadChangesAsync(copy.Position, copy, CancellationToken.None);
        await copy.FollowAsync();

        Assert.Equal([(LifecycleKind.AccountCreated, world.Id("zoe"), null), (LifecycleKind.MembershipAdded, world.Id("zoe"), world.GroupId("New"))],
            page.Events.Select(told => (told.Kind, told.Account, told.Object)));
        Assert.Equal([world.Id("zoe")], page.Accounts);
        Assert.Equal([world.GroupId("New")], page.Groups);
        GoogleDirectoryTests.AssertSame(world, copy);
    }

    [Fact]
    public async Task Changes_OfOneMillisecond_AreToldInTheLogsOrder()
    {
        await using var world = await GoogleWorld.StartAsync(Small with { TimeProvider = new SteppedTime() });
        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        await CreateAsync(world, "zoe");
        for (var round = 0; round < 5; round++)
        {
            await world.SendAsync("PUT", "/users/zoe@acme.example", """{"suspended":true}""");
            await world.SendAsync("PUT", "/users/zoe@acme.example", """{"suspended":false}""");
        }

        await copy.FollowAsync();

        Assert.Equal(
            [LifecycleKind.AccountCreated, .. Enumerable.Repeat<LifecycleKind[]>([LifecycleKind.AccountSuspended, LifecycleKind.AccountUnsuspended], 5).SelectMany(pair => pair)],
            copy.Events.Select(told => told.Kind));
    }

    [Fact]
    public async Task Changes_OfSomebodyCreatedAndRenamedAtOnce_AreOneAccounts()
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        await CreateAsync(world, "zoe");
        await world.SendAsync("PUT", "/users/zoe@acme.example", """{"primaryEmail":"zoe.new@acme.example"}""");
        await world.SendAsync("PUT", "/users/zoe.new@acme.example", """{"suspended":true}""");
        await copy.FollowAsync();

        Assert.Equal([LifecycleKind.AccountCreated, LifecycleKind.AccountUpdated, LifecycleKind.AccountSuspended], copy.Events.Select(told => told.Kind));
        Assert.All(copy.Events, told => Assert.Equal(world.Id("zoe.new"), told.Account));
        GoogleDirectoryTests.AssertSame(world, copy);
    }

    [Fact]
    public async Task Changes_UnderANewAddress_AreTheSameAccounts()
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        var ben = world.Id("ben");

        await world.SendAsync("PUT", $"/users/{ben}", """{"primaryEmail":"benno@acme.example"}""");
        await world.SendAsync("POST", "/groups/support@acme.example/members", """{"email":"benno@acme.example"}""");
        await copy.FollowAsync();
        await world.SendAsync("PUT", $"/users/{ben}", """{"suspended":true}""");
        await copy.FollowAsync();

        Assert.Equal([LifecycleKind.AccountUpdated, LifecycleKind.MembershipAdded, LifecycleKind.AccountSuspended], copy.Events.Select(told => told.Kind));
        Assert.All(copy.Events, told => Assert.Equal(ben, told.Account));
        GoogleDirectoryTests.AssertSame(world, copy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_OfARecycledAddress_AreNotTheFormerOwners(bool between)
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        var former = world.Id("ben");

        await world.SendAsync("DELETE", $"/users/{former}");
        if (between) await copy.FollowAsync();
        await CreateAsync(world, "ben");
        await world.SendAsync("POST", "/groups/support@acme.example/members", """{"email":"ben@acme.example"}""");
        await copy.FollowAsync();

        var now = world.Id("ben");
        Assert.NotEqual(former, now);
        Assert.Equal([(LifecycleKind.AccountDeleted, former), (LifecycleKind.AccountCreated, now), (LifecycleKind.MembershipAdded, now)],
            copy.Events.Select(told => (told.Kind, told.Account)));
        GoogleDirectoryTests.AssertSame(world, copy);
    }

    [Fact]
    public async Task Changes_OfAFormerOwnerToldLate_AreNotTheNewOnes()
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(Small, time: time);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        await CreateAsync(world, "zoe");
        await world.SendAsync("DELETE", "/users/zoe@acme.example");
        time.Advance(TimeSpan.FromMinutes(10));
        await CreateAsync(world, "zoe");

        // Without the creation of the first one, her end could only be taken for that of the second.
        var page = await world.Connection.ReadChangesAsync(copy.Position, copy, CancellationToken.None);

        Assert.Equal([(LifecycleKind.AccountCreated, world.Id("zoe"))], page.Events.Select(told => (told.Kind, told.Account)));
    }

    [Fact]
    public async Task Changes_Nothing_LeaveThePosition()
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        var page = await world.Connection.ReadChangesAsync(copy.Position, copy, CancellationToken.None);

        Assert.Equal((copy.Position, 0, false), (page.Position, page.Events.Count, page.More));
    }

    [Fact]
    public async Task Changes_ReadAgainBeforeTheyWereSaved_AreTheSame()
    {
        await using var world = await GoogleWorld.StartAsync(Small, pageSize: 1);
        var google = world.Connect(options => options with { PageSize = 1, MaxPages = 1000 });
        var copy = await new GoogleCopy(google).ImportAsync();
        foreach (var login in new[] { "ana", "ben", "dora" }) await world.SendAsync("PUT", $"/users/{world.Id(login)}", """{"suspended":true}""");

        var first = await google.ReadChangesAsync(copy.Position, copy, CancellationToken.None);
        var again = await google.ReadChangesAsync(copy.Position, copy, CancellationToken.None);
        var after = await google.ReadChangesAsync(first.Position, copy, CancellationToken.None);

        Assert.Equal(3, first.Events.Count);
        Assert.Equal(first.Events.Select(told => (told.Id, told.Account)), again.Events.Select(told => (told.Id, told.Account)));
        Assert.Empty(after.Events);
        Assert.True(first.Position.Length < 500, first.Position);
    }

    [Fact]
    public async Task Changes_ThatAppearLateAndOutOfOrder_AreToldOnceEachAndTheCopyIsRight()
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(Small, time: time);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        world.Arrange("""{"logDelaySeconds": 2400}""");
        var random = new Random(11);
        var late = 0;

        for (var minute = 0; minute < 90; minute++)
        {
            var login = new[] { "ana", "dora", "ivan", "lena" }[random.Next(4)];
            var isIn = world.Google.Group("Support").Members.ContainsKey(world.Id(login));
            if (isIn) await world.SendAsync("DELETE", $"/groups/support@acme.example/members/{login}@acme.example");
            else await world.SendAsync("POST", "/groups/support@acme.example/members", $$"""{"email":"{{login}}@acme.example"}""");
            time.Advance(TimeSpan.FromMinutes(1));
            var newest = copy.Events.Select(told => told.Time).DefaultIfEmpty().Max();
            var known = copy.Events.Count;
            await copy.FollowAsync();
            late += copy.Events.Skip(known).Count(told => told.Time < newest);
        }
        time.Advance(TimeSpan.FromMinutes(45));
        await copy.FollowAsync();

        Assert.True(late > 20, $"Only {late} appeared out of order.");
        Assert.Equal(90, copy.Events.Select(told => told.Id).Distinct().Count());
        Assert.Equal(90, copy.Events.Count);
        GoogleDirectoryTests.AssertSame(world, copy);
    }

    [Fact]
    public async Task Changes_AfterDays_AreToldWindowByWindow()
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(Small, time: time);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        for (var day = 0; day < 6; day++)
        {
            await world.SendAsync("PUT", $"/users/{world.Id("ben")}", $$"""{"suspended":{{(day % 2 == 0 ? "true" : "false")}}}""");
            time.Advance(TimeSpan.FromDays(1));
        }

        var first = await world.Connection.ReadChangesAsync(copy.Position, copy, CancellationToken.None);
        await copy.FollowAsync();

        Assert.True(first.More);
        Assert.Equal(6, copy.Events.Count);
        Assert.Equal(copy.Events.OrderBy(told => told.Time), copy.Events);
    }

    [Fact]
    public async Task Changes_MoreThanOneReadMayHold_AreToldInNarrowerWindows()
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(Small, time: time);
        var google = world.Connect(options => options with { PageSize = 1, MaxPages = 8 });
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        for (var hour = 0; hour < 20; hour++)
        {
            await world.SendAsync("PUT", $"/users/{world.Id("ben")}", $$"""{"suspended":{{(hour % 2 == 0 ? "true" : "false")}}}""");
            time.Advance(TimeSpan.FromHours(1));
        }
        var events = (await ReadAllAsync(google, copy, copy.Position)).SelectMany(page => page.Events).ToList();

        Assert.Equal(20, events.Count);
        Assert.Equal(20, events.Select(told => told.Id).Distinct().Count());
    }

    /// <summary>Each read goes back two hours: a burst must not stay in the way of all that comes after it.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public async Task Changes_AfterABurstOfMoreThanOneReadMayHold_AreTold(int secondsBetween)
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(Small, time: time);
        var google = world.Connect(options => options with { PageSize = 1, MaxPages = 8 });
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        time.Advance(TimeSpan.FromMinutes(5));
        var (position, events, sent) = (copy.Position, new List<FeedEvent>(), 0);
        for (var round = 0; round < 3; round++)
        {
            for (var one = 0; one < 7; one++)
            {
                await world.SendAsync("PUT", $"/users/{world.Id("ben")}", $$"""{"suspended":{{(sent++ % 2 == 0 ? "true" : "false")}}}""");
                time.Advance(TimeSpan.FromSeconds(secondsBetween));
            }

            var pages = await ReadAllAsync(google, copy, position);
            events.AddRange(pages.SelectMany(page => page.Events));
            position = pages[^1].Position;

            Assert.Equal(sent, events.Select(told => told.Id).Distinct().Count());
            time.Advance(TimeSpan.FromMinutes(2));
        }
    }

    /// <summary>Of a burst that was read, no further read may be full, also where the log is quiet after it.</summary>
    [Fact]
    public async Task Changes_InAQuietLogAfterABurst_AreReadWithoutIt()
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(Small, time: time);
        var google = world.Connect(options => options with { PageSize = 1, MaxPages = 8 });
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        time.Advance(TimeSpan.FromMinutes(5));
        var sent = 0;
        for (var second = 0; second < 3; second++)
        {
            for (var one = 0; one < 6; one++)
                await world.SendAsync("PUT", $"/users/{world.Id("ben")}", $$"""{"suspended":{{(sent++ % 2 == 0 ? "true" : "false")}}}""");
            time.Advance(TimeSpan.FromSeconds(1));
        }

        // Three seconds of it are behind, and a minute more in which nothing happened.
        time.Advance(TimeSpan.FromMinutes(1));
        var pages = await ReadAllAsync(google, copy, copy.Position);

        Assert.Equal(sent, pages.SelectMany(page => page.Events).Select(told => told.Id).Distinct().Count());
        Assert.InRange(pages.Count, 1, 12);
    }

    [Fact]
    public async Task Changes_AfterAPositionThatGoogleForgot_AreLostAndItBeginsAnew()
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(Small, time: time);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        time.Advance(TimeSpan.FromDays(181));

        var lost = await world.Connection.ReadChangesAsync(copy.Position, copy, CancellationToken.None);
        var after = await world.Connection.ReadChangesAsync(lost.Position, copy, CancellationToken.None);

        Assert.Equal((true, 0), (lost.Lost, lost.Events.Count));
        Assert.False(after.Lost);
    }

    [Fact]
    public async Task Changes_OfAQuietTenant_AreNotLost()
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(Small, time: time);
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        for (var month = 0; month < 8; month++)
        {
            time.Advance(TimeSpan.FromDays(30));
            await copy.FollowAsync();
        }

        await world.SendAsync("PUT", $"/users/{world.Id("ben")}", """{"suspended":true}""");
        await copy.FollowAsync();

        Assert.Single(copy.Events);
    }

    [Fact]
    public async Task Changes_AfterSomethingThatIsNoPosition_AreLost()
    {
        await using var world = await GoogleWorld.StartAsync(Small);

        Assert.True((await world.Connection.ReadChangesAsync("{", new GoogleCopy(world.Connection), CancellationToken.None)).Lost);
    }

    [Fact]
    public async Task Changes_BeforeThePosition_AreNotTold()
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(Small, time: time);
        await world.SendAsync("PUT", $"/users/{world.Id("ben")}", """{"suspended":true}""");
        time.Advance(TimeSpan.FromMinutes(5));

        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        await copy.FollowAsync();

        Assert.Empty(copy.Events);
    }

    private static string Filled(GoogleWorld world, string path)
    {
        var (from, to) = (path.IndexOf('{', StringComparison.Ordinal), path.IndexOf('}', StringComparison.Ordinal));
        return from < 0 ? path : path[..from] + world.Id(path[(from + 1)..to]) + path[(to + 1)..];
    }

    private static async Task AssignAsync(GoogleWorld world, string role, string to) =>
        await world.SendAsync("POST", "/customer/my_customer/roleassignments", $$"""{"roleId":"{{role}}","assignedTo":"{{to}}","scopeType":"CUSTOMER"}""");

    private static async Task CreateAsync(GoogleWorld world, string login) => await world.SendAsync("POST", "/users",
        $$"""{"primaryEmail":"{{login}}@acme.example","name":{"givenName":"New","familyName":"Person"},"password":"long-enough-1"}""");

    /// <summary>Every page from a position on, at least one.</summary>
    private static async Task<List<ChangePage>> ReadAllAsync(GoogleConnection google, GoogleCopy copy, string position)
    {
        var pages = new List<ChangePage>();
        do
            pages.Add(await google.ReadChangesAsync(pages.Count == 0 ? position : pages[^1].Position, copy, CancellationToken.None));
        while (pages[^1].More);
        return pages;
    }
}
