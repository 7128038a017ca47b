using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>Every read, with the default page size and with one item a page: the answers must not differ.</summary>
public sealed class GoogleReadTests
{
    public static TheoryData<int> PageSizes => [1, 200];

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task FindAccounts_ByAddress_FindsEveryStatus(int pageSize)
    {
        await using var world = await GoogleWorld.StartAsync(pageSize: pageSize);

        Assert.Equal([world.Id("ana")], await FindAsync(world, "ANA@acme.example"));
        Assert.Equal([world.Id("suspended")], await FindAsync(world, "suspended@acme.example"));
        Assert.Equal([world.Id("vera.past")], await FindAsync(world, "vera.past@acme.example"));
        Assert.Equal([world.Id("gone")], await FindAsync(world, "gone@acme.example"));
        Assert.Empty(await FindAsync(world, "nobody@acme.example"));
    }

    [Theory]
    [InlineData("paul@acme.example")]
    [InlineData("lena.nowak@acme.example")]
    public async Task FindAccounts_ByAnAlias_IsNotTheAccountBehindIt(string alias)
    {
        await using var world = await GoogleWorld.StartAsync();
        Assert.NotNull(world.Google.User(alias));

        Assert.Empty(await FindAsync(world, alias));
    }

    [Fact]
    public async Task FindAccounts_OfAnotherDomain_IsNobodyAlthoughGoogleSaysNotAllowed()
    {
        await using var world = await GoogleWorld.StartAsync();

        Assert.Empty(await FindAsync(world, "ana@elsewhere.example"));
        Assert.Equal(403, Assert.Single(world.Requests("GET", "ana@elsewhere.example")).Status);
    }

    [Theory]
    [InlineData("ana")]
    [InlineData("..")]
    [InlineData("110559998877")]
    public async Task FindAccounts_WhatIsNoAddress_IsNobodyAndNotAsked(string text)
    {
        await using var world = await GoogleWorld.StartAsync();

        Assert.Empty(await FindAsync(world, text));
        Assert.Empty(world.Google.Requests.Requests);
    }

    [Fact]
    public async Task FindAccounts_PathInTheText_StaysOneSegment()
    {
        await using var world = await GoogleWorld.StartAsync();

        Assert.Empty(await FindAsync(world, $"x@acme.example/../{world.Id("ana")}"));
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task GetPicture_OfEverything_HasAllParts(int pageSize)
    {
        await using var world = await GoogleWorld.StartAsync(pageSize: pageSize);

        var picture = await world.PictureAsync("ana", PictureParts.All);

        var account = picture.Account;
        Assert.Equal(("Ana Souza", "ana@acme.example", "ana@acme.example"), (account.Name, account.Email, account.Login));
        Assert.Equal((AccountStatus.Active, "ACTIVE", "Sales", "Account Executive", "mona@acme.example", false),
            (account.Status, account.VendorStatus, account.Department, account.Title, account.Manager, account.PasswordChangeDue));
        Assert.Equal(["All Sales", "Figma Editors", "Sales", "VPN Users"], picture.Groups!.Select(group => group.Name).Order());
        Assert.Equal(["Figma", "VPN"], picture.Applications!.Where(application => application.Direct).Select(application => application.Name).Order());
        Assert.Empty(picture.Roles!);
        Assert.Equal(("2sv", "ENROLLED"), (Assert.Single(picture.Factors!).Id, picture.Factors![0].VendorStatus));
        Assert.Equal(["1001-slack.apps.googleusercontent.com", "asp-7"], picture.Grants!.Select(grant => grant.Id).Order());
    }

    [Fact]
    public async Task GetPicture_NothingAskedFor_ReadsOnlyTheAccount()
    {
        await using var world = await GoogleWorld.StartAsync();

        var picture = await world.PictureAsync("ana", PictureParts.None);

        Assert.Equal((null, null, null, null, null), (picture.Groups, picture.Applications, picture.Roles, picture.Factors, picture.Grants));
        Assert.Single(world.Google.Requests.Requests, request => request.Target.StartsWith("/admin/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ana@acme.example")]
    [InlineData("")]
    [InlineData("..")]
    public async Task GetPicture_WhatIsNoId_IsNotAsked(string id)
    {
        await using var world = await GoogleWorld.StartAsync();

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.GetPictureAsync(id, PictureParts.All, CancellationToken.None));

        Assert.Equal(IdpTrouble.NotFound, trouble.Trouble);
        Assert.Empty(world.Google.Requests.Requests);
    }

    [Fact]
    public async Task GetPicture_IdThatIsAnAliasOfSomebodyElse_IsNobody()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Arrange("""{"user":"lena@acme.example","alias":"12345"}""");

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.GetPictureAsync("12345", PictureParts.None, CancellationToken.None));

        Assert.Equal(IdpTrouble.NotFound, trouble.Trouble);
    }

    public static TheoryData<string, string, string> Statuses => new()
    {
        { "ana", "ACTIVE", nameof(AccountStatus.Active) },
        { "suspended", "SUSPENDED", nameof(AccountStatus.Suspended) },
        { "spammed", "SUSPENDED_ABUSE", nameof(AccountStatus.Suspended) },
        { "vera.past", "ARCHIVED", nameof(AccountStatus.Deprovisioned) },
    };

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task Status_OfEachFlag_HasItsWord(string login, string word, string status)
    {
        await using var world = await GoogleWorld.StartAsync();

        var account = await world.AccountAsync(login);

        Assert.Equal((word, status), (account.VendorStatus, account.Status.ToString()));
    }

    [Fact]
    public async Task LastSignIn_OfAnAccountNeverUsed_IsNotTheYear1970()
    {
        await using var world = await GoogleWorld.StartAsync();

        Assert.Null((await world.AccountAsync("frontdesk")).LastSignInAt);
        Assert.NotNull((await world.AccountAsync("ana")).LastSignInAt);
    }

    public static TheoryData<string, string, bool, string?> Administrators => new()
    {
        { "dora", "_SEED_ADMIN_ROLE", true, null },
        { "hugo", "_HELP_DESK_ADMIN_ROLE", false, null },
        { "theo", "_USER_MANAGEMENT_ADMIN_ROLE", false, "Workspace Admins" },
    };

    [Theory]
    [MemberData(nameof(Administrators))]
    public async Task Roles_DirectAndThroughAGroup_AreToldWithTheirWay(string login, string role, bool super, string? group)
    {
        await using var world = await GoogleWorld.StartAsync(pageSize: 1);

        var held = Assert.Single((await world.PictureAsync(login, PictureParts.Roles)).Roles!);

        Assert.Equal(new AdminRole(role, super, group is null ? null : world.GroupId(group)), held);
    }

    [Fact]
    public async Task Roles_ThatMayNotBeRead_AreNotNone()
    {
        await using var world = await GoogleWorld.StartAsync();
        var connection = world.Connect(options => options with { Scopes = [.. options.Scopes.Where(scope => !scope.Contains("rolemanagement"))] });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.GetPictureAsync(world.Id("ana"), PictureParts.Roles, CancellationToken.None));

        Assert.Equal((IdpTrouble.NotAllowed, "insufficientPermissions"), (trouble.Trouble, trouble.VendorCode));
        Assert.Contains("admin.directory.rolemanagement.readonly", trouble.Message);
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task SuperAdministrators_AreThoseWhoCanSignIn(int pageSize)
    {
        await using var world = await GoogleWorld.StartAsync(pageSize: pageSize);
        world.Arrange("""{"user":"ben@acme.example","role":"_SEED_ADMIN_ROLE","suspended":true}""");

        var super = await world.Connection.ListSuperAdministratorsAsync(CancellationToken.None);

        Assert.Equal(new[] { world.Id("dora"), world.Id("svc-siit") }.Order(), super.Order());
    }

    [Fact]
    public async Task OwnAccount_IsTheSubject()
    {
        await using var world = await GoogleWorld.StartAsync();

        Assert.Equal([world.Id("svc-siit")], await world.Connection.GetOwnAccountIdsAsync(CancellationToken.None));
        Assert.Empty(await world.Connect(options => options with { Subject = null }).GetOwnAccountIdsAsync(CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task FindGroups_PageByPage_FindsAllOnce(int pageSize)
    {
        await using var world = await GoogleWorld.StartAsync(pageSize: pageSize);

        var found = await AllAsync(cursor => world.Connection.FindGroupsAsync(null, 200, cursor, CancellationToken.None));

        Assert.Equal(world.Google.State.Groups.Values.Select(group => group.Name).Order(), found.Select(group => group.Name).Order());
    }

    [Theory]
    [InlineData("figma", new[] { "Figma Editors", "Figma Guests" })]
    [InlineData("IT Ag", new[] { "IT Agents" })]
    // Google finds the beginning of any word; we mean that of the name.
    [InlineData("Sales", new[] { "Sales" })]
    [InlineData("it's'", new string[0])]
    public async Task FindGroups_ByBeginning_FindsThoseOnly(string query, string[] names)
    {
        await using var world = await GoogleWorld.StartAsync();

        var found = await AllAsync(cursor => world.Connection.FindGroupsAsync(query, 10, cursor, CancellationToken.None));

        Assert.Equal(names, found.Select(group => group.Name).Order());
    }

    public static TheoryData<string, string, bool> Kinds => new()
    {
        { "Engineering", "GROUP", true },
        { "Workspace Admins", "SECURITY", true },
        { "All Sales", "DYNAMIC", false },
        { "AD Domain Users", "LOCKED", false },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task GetGroup_OfEachKind_SaysWhetherMembersCanBeChanged(string name, string kind, bool changeable)
    {
        await using var world = await GoogleWorld.StartAsync();

        var group = (await world.GroupAsync(name)).Group;

        Assert.Equal((name, kind, changeable), (group.Name, group.VendorType, group.NotChangeable is null));
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task GetGroup_HasOwnersRolesRulesAndApplications(int pageSize)
    {
        await using var world = await GoogleWorld.StartAsync(pageSize: pageSize);

        Assert.Equal([world.Id("ivan")], (await world.GroupAsync("Engineering")).Owners);
        Assert.Equal("user.organizations.exists(org, org.department=='Sales')", Assert.Single((await world.GroupAsync("All Sales")).Rules));
        Assert.Equal("figma", Assert.Single((await world.GroupAsync("Figma Editors")).Applications).Id);
        Assert.Equal("_USER_MANAGEMENT_ADMIN_ROLE", Assert.Single((await world.GroupAsync("Workspace Admins")).Roles).Name);
    }

    [Fact]
    public async Task GetGroup_InsideAGroupWithARole_HasThatRole()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Arrange("""{"group":"Workspace Admins","add":"figma-editors@acme.example"}""");

        var role = Assert.Single((await world.GroupAsync("Figma Guests")).Roles);

        Assert.Equal(new AdminRole("_USER_MANAGEMENT_ADMIN_ROLE", false, world.GroupId("Workspace Admins")), role);
    }

    [Fact]
    public async Task GetGroup_WithoutTheScopeForItsKind_IsReadAllTheSame()
    {
        await using var world = await GoogleWorld.StartAsync();
        var connection = world.Connect(options => options with { Scopes = [.. options.Scopes.Where(scope => !scope.Contains("cloud-identity"))] });

        Assert.Equal("GROUP", (await connection.GetGroupAsync(world.GroupId("All Sales"), CancellationToken.None)).Group.VendorType);
        Assert.DoesNotContain(world.Google.Requests.Requests, request => request.Target.StartsWith("/v1/", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task ListMembers_PageByPage_HasThePeopleAndNoInnerGroup(int pageSize)
    {
        await using var world = await GoogleWorld.StartAsync(pageSize: pageSize);

        var members = await AllAsync(cursor => world.Connection.ListMembersAsync(world.GroupId("Figma Editors"), 200, cursor, CancellationToken.None));

        var people = world.Google.Group("Figma Editors").Members.Values.Where(member => member.Type == "USER").Select(member => member.Id);
        Assert.Equal(people.Order(), members.Select(member => member.Id).Order());
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task FindApplications_AreThoseOfTheSettings(int pageSize)
    {
        await using var world = await GoogleWorld.StartAsync(pageSize: pageSize);

        var found = await AllAsync(cursor => world.Connection.FindApplicationsAsync(null, 200, cursor, CancellationToken.None));

        Assert.Equal(["figma", "vpn"], found.Select(application => application.Id).Order());
        Assert.Equal("VPN", Assert.Single((await world.Connection.FindApplicationsAsync("v", 10, null, CancellationToken.None)).Items).Name);
    }

    [Fact]
    public async Task Applications_ThroughAnInnerGroup_AreNotDirect()
    {
        await using var world = await GoogleWorld.StartAsync();

        var held = Assert.Single((await world.PictureAsync("omar", PictureParts.Applications)).Applications!);

        Assert.Equal(("figma", false), (held.Id, held.Direct));
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task ListEvents_PageByPage_AreOldestFirstAndEachOnce(int pageSize)
    {
        await using var world = await GoogleWorld.StartAsync(new EmulatorOptions { People = 30 }, pageSize);
        await world.Connection.SuspendUserAsync(await world.AccountAsync("ben"), CancellationToken.None);
        await world.Connection.RevokeGrantsAsync(await world.AccountAsync("ana"), CancellationToken.None);

        var events = await AllAsync(cursor => world.Connection.ListEventsAsync(null, DateTimeOffset.UtcNow.AddDays(-2), 100, cursor, CancellationToken.None));

        Assert.Equal(world.Google.State.Log.Count, events.Count);
        Assert.Equal(events.Count, events.Select(entry => entry.Id).Distinct().Count());
        Assert.Equal(events.OrderBy(entry => entry.Time), events);
        Assert.Equal(["REVOKE_3LO_TOKEN", "REVOKE_ASP", "SUSPEND_USER", "revoke"], events.Where(entry => entry.Type != "CREATE_USER").Select(entry => entry.Type).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ListEvents_SinceLongAgo_StartWhereTheLogDoes()
    {
        await using var world = await GoogleWorld.StartAsync();

        var page = await world.Connection.ListEventsAsync(null, DateTimeOffset.UnixEpoch, 5, null, CancellationToken.None);

        Assert.Equal(5, page.Items.Count);
    }

    [Fact]
    public async Task ListEvents_OfAnAccount_AreAboutItAndNameItsId()
    {
        await using var world = await GoogleWorld.StartAsync();
        await world.Connection.SuspendUserAsync(await world.AccountAsync("ben"), CancellationToken.None);
        await world.Connection.SuspendUserAsync(await world.AccountAsync("ana"), CancellationToken.None);

        var events = await AllAsync(cursor => world.Connection.ListEventsAsync(world.Id("ben"), DateTimeOffset.UtcNow.AddDays(-2), 100, cursor, CancellationToken.None));

        Assert.Equal(["CREATE_USER", "SUSPEND_USER"], events.Select(entry => entry.Type));
        Assert.All(events, entry => Assert.Equal(world.Id("ben"), Assert.Single(entry.Targets).Id));
    }

    [Fact]
    public async Task WereSessionsCleared_BeforeAndAfter_IsNotKnownThenYes()
    {
        await using var world = await GoogleWorld.StartAsync(pageSize: 1);
        var account = await world.AccountAsync("ana");
        var since = DateTimeOffset.UtcNow.AddSeconds(-5);

        Assert.Null(await world.Connection.WereSessionsClearedAsync(account, since, CancellationToken.None));
        await world.Connection.ClearSessionsAsync(await world.AccountAsync("ben"), CancellationToken.None);
        Assert.Null(await world.Connection.WereSessionsClearedAsync(account, since, CancellationToken.None));
        await world.Connection.ClearSessionsAsync(account, CancellationToken.None);
        Assert.True(await world.Connection.WereSessionsClearedAsync(account, since, CancellationToken.None));
    }

    [Fact]
    public async Task WereSessionsCleared_LongAfterAndNothingLogged_IsNo()
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(time: time);
        var since = time.GetUtcNow();
        time.Advance(TimeSpan.FromDays(4));

        Assert.False(await world.Connection.WereSessionsClearedAsync(await world.AccountAsync("ana"), since, CancellationToken.None));
    }

    [Fact]
    public async Task Cursor_OfAnotherList_IsRefused()
    {
        await using var world = await GoogleWorld.StartAsync(pageSize: 1);
        var cursor = (await world.Connection.FindGroupsAsync(null, 1, null, CancellationToken.None)).Next!;

        foreach (var ask in new Func<Task>[]
        {
            () => world.Connection.FindGroupsAsync("Fig", 1, cursor, CancellationToken.None),
            () => world.Connection.ListMembersAsync(world.GroupId("Sales"), 1, cursor, CancellationToken.None),
            () => world.Connection.FindApplicationsAsync(null, 1, cursor, CancellationToken.None),
            () => world.Connection.ListEventsAsync(null, DateTimeOffset.UtcNow.AddDays(-1), 1, cursor, CancellationToken.None),
        })
        {
            Assert.Equal(IdpTrouble.Rejected, (await Assert.ThrowsAsync<IdpException>(ask)).Trouble);
        }
    }

    [Fact]
    public async Task List_LongerThanAllowed_IsAnErrorAndNoPart()
    {
        await using var world = await GoogleWorld.StartAsync();
        var connection = world.Connect(options => options with { PageSize = 1, MaxPages = 2 });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.GetPictureAsync(world.Id("ana"), PictureParts.Groups, CancellationToken.None));

        Assert.Equal(IdpTrouble.Rejected, trouble.Trouble);
    }

    private static async Task<IReadOnlyList<string>> FindAsync(GoogleWorld world, string text) =>
        [.. (await world.Connection.FindAccountsAsync(text, CancellationToken.None)).Select(account => account.Id)];

    private static async Task<IReadOnlyList<T>> AllAsync<T>(Func<string?, Task<Page<T>>> read)
    {
        var all = new List<T>();
        string? cursor = null;
        do
        {
            var page = await read(cursor);
            all.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return all;
    }
}
