using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

/// <summary>Every read, with the default page size and with one item a page: the answers must not differ.</summary>
public sealed class OktaReadTests
{
    public static TheoryData<int> PageSizes => [1, 200];

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task FindAccounts_ByEmailOrLogin_FindsEveryStatusAndEveryDuplicate(int pageSize)
    {
        await using var world = await OktaWorld.StartAsync(pageSize: pageSize);

        Assert.Equal([world.Id("ana")], await FindAsync(world, "ANA@acme.example"));
        Assert.Equal([world.Id("gone")], await FindAsync(world, "gone@acme.example"));
        Assert.Equal(new[] { world.Id("dupe1"), world.Id("dupe2") }.Order(), (await FindAsync(world, "dupe@acme.example")).Order());
        Assert.Equal([world.Id("dupe1")], await FindAsync(world, "dupe1@acme.example"));
        Assert.Empty(await FindAsync(world, "nobody@acme.example"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\u0000b@acme.example")]
    public async Task FindAccounts_WhatIsNoAddress_IsNotAsked(string text)
    {
        await using var world = await OktaWorld.StartAsync();

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.FindAccountsAsync(text, CancellationToken.None));

        Assert.Equal(IdpTrouble.Rejected, trouble.Trouble);
        Assert.Empty(world.Okta.Requests.Requests);
    }

    [Theory]
    [InlineData("ana@acme.example\" or status eq \"ACTIVE")]
    [InlineData("back\\slash\\")]
    public async Task FindAccounts_QuotesInTheText_StayText(string text)
    {
        await using var world = await OktaWorld.StartAsync();

        Assert.Empty(await FindAsync(world, text));
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task GetPicture_OfEverything_HasAllParts(int pageSize)
    {
        await using var world = await OktaWorld.StartAsync(pageSize: pageSize);

        var picture = await world.PictureAsync("ana", PictureParts.All);

        Assert.Equal("Ana Souza", picture.Account.Name);
        Assert.Equal((AccountStatus.Active, "ACTIVE", "Sales", "Mona Fischer"),
            (picture.Account.Status, picture.Account.VendorStatus, picture.Account.Department, picture.Account.Manager));
        Assert.Equal(["All Sales", "Everyone", "Figma Editors", "Sales", "VPN Users"], picture.Groups!.Select(group => group.Name).Order());
        var applications = picture.Applications!.ToDictionary(held => held.Name, held => (held.Direct, held.ViaGroupName));
        Assert.Equal((true, null), applications["Notion"]);
        Assert.Equal((true, null), applications["Salesforce"]);
        Assert.Equal((false, "Everyone"), applications["Slack"]);
        Assert.Equal((false, "VPN Users"), applications["1Password"]);
        Assert.Empty(picture.Roles!);
        Assert.Equal(["push", "sms", "totp"], picture.Factors!.Select(factor => factor.Kind).Order());
        Assert.Equal("offline_access", Assert.Single(picture.Grants!).Scope);
    }

    [Fact]
    public async Task GetPicture_OfNothingMore_ReadsTheAccountOnly()
    {
        await using var world = await OktaWorld.StartAsync();

        var picture = await world.PictureAsync("ana", PictureParts.None);

        Assert.Equal((null, null, null), (picture.Groups, picture.Applications, picture.Roles));
        Assert.Single(world.Okta.Requests.Requests, request => request.Method == "GET");
    }

    [Fact]
    public async Task GetPicture_Roles_SayWhetherTheyComeFromAGroup()
    {
        await using var world = await OktaWorld.StartAsync();

        var direct = Assert.Single((await world.PictureAsync("dora", PictureParts.Roles)).Roles!);
        var inherited = Assert.Single((await world.PictureAsync("theo", PictureParts.Roles)).Roles!);

        Assert.Equal((true, null), (direct.Super, direct.ViaGroup));
        Assert.Equal((true, world.Okta.Group("Okta Super Admins").Id), (inherited.Super, inherited.ViaGroup));
    }

    [Fact]
    public async Task GetPicture_AccountMasteredElsewhere_SaysBySomething()
    {
        await using var world = await OktaWorld.StartAsync();

        Assert.Equal("ACTIVE_DIRECTORY", (await world.AccountAsync("greta")).ManagedBy);
        Assert.Null((await world.AccountAsync("ana")).ManagedBy);
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task FindGroups_PageByPage_HasEachOnce(int pageSize)
    {
        await using var world = await OktaWorld.StartAsync(pageSize: pageSize);

        var groups = await AllAsync(cursor => world.Connection.FindGroupsAsync(null, pageSize, cursor, CancellationToken.None));

        Assert.Equal(world.Okta.State.Groups.Values.Select(group => group.Name).Order(), groups.Select(group => group.Name).Order());
        Assert.Null(groups.Single(group => group.Name == "Sales").NotChangeable);
        Assert.NotNull(groups.Single(group => group.Name == "Everyone").NotChangeable);
        Assert.NotNull(groups.Single(group => group.Name == "AD Domain Users").NotChangeable);
        Assert.Equal(["Sales"], (await world.Connection.FindGroupsAsync("sal", 10, null, CancellationToken.None)).Items.Select(group => group.Name));
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task GetGroup_HasRolesApplicationsAndRules(int pageSize)
    {
        await using var world = await OktaWorld.StartAsync(pageSize: pageSize);

        var engineering = await world.Connection.GetGroupAsync(world.Okta.Group("Engineering").Id, CancellationToken.None);
        var admins = await world.Connection.GetGroupAsync(world.Okta.Group("Okta Super Admins").Id, CancellationToken.None);
        var byRule = await world.Connection.GetGroupAsync(world.Okta.Group("All Sales").Id, CancellationToken.None);

        Assert.Equal(["GitHub", "Jira", "Notion"], engineering.Applications.Select(application => application.Name).Order());
        Assert.True(Assert.Single(admins.Roles).Super);
        Assert.Equal("All Sales by department", Assert.Single(byRule.Rules));
        Assert.Empty(engineering.Rules);
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task ListMembers_PageByPage_HasEachOnce(int pageSize)
    {
        await using var world = await OktaWorld.StartAsync(pageSize: pageSize);
        var sales = world.Okta.Group("Sales");

        var members = await AllAsync(cursor => world.Connection.ListMembersAsync(sales.Id, pageSize, cursor, CancellationToken.None));

        Assert.Equal(sales.Members.Keys.Order(StringComparer.Ordinal), members.Select(member => member.Id).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task FindApplications_PageByPage_HasEachOnce(int pageSize)
    {
        await using var world = await OktaWorld.StartAsync(pageSize: pageSize);

        var applications = await AllAsync(cursor => world.Connection.FindApplicationsAsync(null, pageSize, cursor, CancellationToken.None));

        Assert.Equal(10, applications.DistinctBy(application => application.Id).Count());
        Assert.Equal(10, applications.Count);
        Assert.Equal("AWS", Assert.Single((await world.Connection.FindApplicationsAsync("aw", 10, null, CancellationToken.None)).Items).Name);
        // Its internal name begins so, which nobody sees.
        Assert.Empty((await world.Connection.FindApplicationsAsync("amazon", 10, null, CancellationToken.None)).Items);
        Assert.True((await world.ApplicationAsync("Figma")).Active);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task ListEvents_PageByPage_HasEachOnceAndEnds(int limit)
    {
        await using var world = await OktaWorld.StartAsync();
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        await world.Connection.SuspendUserAsync(await world.AccountAsync("ana"), CancellationToken.None);
        await world.Connection.UnsuspendUserAsync(await world.AccountAsync("ana"), CancellationToken.None);
        await world.Connection.SuspendUserAsync(await world.AccountAsync("ben"), CancellationToken.None);

        var all = await AllAsync(cursor => world.Connection.ListEventsAsync(null, before, limit, cursor, CancellationToken.None));
        var ana = await AllAsync(cursor => world.Connection.ListEventsAsync(world.Id("ana"), before, limit, cursor, CancellationToken.None));

        Assert.Equal(["user.lifecycle.suspend", "user.lifecycle.unsuspend", "user.lifecycle.suspend"], all.Select(entry => entry.Type));
        Assert.Equal(["user.lifecycle.suspend", "user.lifecycle.unsuspend"], ana.Select(entry => entry.Type));
        Assert.All(ana, entry => Assert.Contains(entry.Targets, target => target.Id == world.Id("ana")));
        Assert.Equal(Siit.Iam.Emulator.Okta.EmulatedOkta.ClientId, all[0].Actor);
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task ListSuperAdministrators_DirectAndThroughGroups_WhoCanSignIn(int pageSize)
    {
        await using var world = await OktaWorld.StartAsync(pageSize: pageSize);
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "suspended@acme.example", ["role"] = "SUPER_ADMIN" }));
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "recovery@acme.example", ["role"] = "SUPER_ADMIN" }));
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "expired@acme.example", ["role"] = "SUPER_ADMIN" }));

        var ids = await world.Connection.ListSuperAdministratorsAsync(CancellationToken.None);

        Assert.Equal(new[] { world.Id("dora"), world.Id("theo"), world.Id("expired") }.Order(), ids.Order());
    }

    [Fact]
    public async Task ListSuperAdministrators_RolesNotReadable_IsTroubleAndNotNone()
    {
        await using var world = await OktaWorld.StartAsync(new EmulatorOptions { ServiceAppRoles = ["HELP_DESK_ADMIN"] });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.ListSuperAdministratorsAsync(CancellationToken.None));

        Assert.Equal(IdpTrouble.NotAllowed, trouble.Trouble);
    }

    [Fact]
    public async Task GetOwnAccountIds_OfATokenAndOfAServiceApp()
    {
        await using var world = await OktaWorld.StartAsync();

        Assert.Equal([world.Id("svc-siit")], await world.ConnectWithToken().GetOwnAccountIdsAsync(CancellationToken.None));
        Assert.Empty(await world.Connection.GetOwnAccountIdsAsync(CancellationToken.None));
    }

    [Fact]
    public async Task List_LongerThanTheLimit_IsTroubleAndNotAPart()
    {
        await using var world = await OktaWorld.StartAsync();
        var connection = world.Connect(options => options with { PageSize = 1, MaxPages = 2 });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.GetGroupAsync(world.Okta.Group("Engineering").Id, CancellationToken.None));

        Assert.Equal(IdpTrouble.Rejected, trouble.Trouble);
        Assert.Contains("more than 2 pages", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/groups$")]
    [InlineData("/api/v1/iam/assignees/users$")]
    public async Task List_NextPageAtAForeignAddress_IsNotFollowed(string path)
    {
        await using var elsewhere = await OktaWorld.StartAsync();
        await using var world = await OktaWorld.StartAsync(pageSize: 1);
        world.Okta.Faults.Add(new Fault { Kind = FaultKind.HostileLink, Path = path, Origin = elsewhere.Okta.BaseAddress.GetLeftPart(UriPartial.Authority) });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => path.Contains("iam", StringComparison.Ordinal)
            ? world.Connection.ListSuperAdministratorsAsync(CancellationToken.None)
            : world.Connection.FindGroupsAsync(null, 1, null, CancellationToken.None));

        Assert.Equal(IdpTrouble.Rejected, trouble.Trouble);
        Assert.Contains("another address", trouble.Message, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Okta.Requests.Requests);
    }

    [Fact]
    public async Task Cursor_OfAnotherListOrChanged_IsRefused()
    {
        await using var world = await OktaWorld.StartAsync();
        var groups = (await world.Connection.FindGroupsAsync(null, 1, null, CancellationToken.None)).Next!;

        foreach (var cursor in new[] { groups[..^1] + (groups[^1] == 'A' ? 'B' : 'A'), "", "%", "a", groups + groups })
            Assert.Equal(IdpTrouble.Rejected, (await Assert.ThrowsAsync<IdpException>(() => world.Connection.FindGroupsAsync(null, 1, cursor, CancellationToken.None))).Trouble);
        Assert.Equal(IdpTrouble.Rejected, (await Assert.ThrowsAsync<IdpException>(() => world.Connection.FindApplicationsAsync(null, 1, groups, CancellationToken.None))).Trouble);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../groups/x")]
    [InlineData("..%2fgroups")]
    [InlineData("a/b")]
    [InlineData("ana@acme.example")]
    [InlineData("me?x=1")]
    public async Task Ids_ThatAreNone_NeverReachAUrl(string id)
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        var (group, application) = (await world.GroupAsync("Sales"), await world.ApplicationAsync("Figma"));
        var seen = world.Okta.Requests.Requests.Count;
        var (badAccount, connection, none) = (account with { Id = id }, world.Connection, CancellationToken.None);

        Func<Task>[] calls =
        [
            () => connection.GetPictureAsync(id, PictureParts.All, none),
            () => connection.GetGroupAsync(id, none),
            () => connection.GetApplicationAsync(id, none),
            () => connection.ListMembersAsync(id, 1, null, none),
            () => connection.ListEventsAsync(id, DateTimeOffset.UtcNow, 1, null, none),
            () => connection.WereSessionsClearedAsync(badAccount, DateTimeOffset.UtcNow, none),
            () => connection.AddToGroupAsync(badAccount, group, none),
            () => connection.AddToGroupAsync(account, group with { Id = id }, none),
            () => connection.RemoveFromGroupAsync(badAccount, group, none),
            () => connection.RemoveFromGroupAsync(account, group with { Id = id }, none),
            () => connection.AddApplicationAsync(account, application with { Id = id }, none),
            () => connection.AddApplicationAsync(badAccount, application, none),
            () => connection.RemoveApplicationAsync(account, application with { Id = id }, none),
            () => connection.RemoveApplicationAsync(badAccount, application, none),
            () => connection.SuspendUserAsync(badAccount, none),
            () => connection.UnsuspendUserAsync(badAccount, none),
            () => connection.UnlockUserAsync(badAccount, none),
            () => connection.DeactivateUserAsync(badAccount, none),
            () => connection.ResetPasswordAsync(badAccount, PasswordMode.Link, none),
            () => connection.ResetMfaAsync(badAccount, null, none),
            () => connection.ResetMfaAsync(account, id, none),
            () => connection.ClearSessionsAsync(badAccount, none),
            () => connection.RevokeGrantsAsync(badAccount, none),
            () => connection.UpdateUserAsync(badAccount, new ProfileChange("A", null, null, null, null), none),
        ];
        foreach (var call in calls) Assert.Equal(IdpTrouble.NotFound, (await Assert.ThrowsAsync<IdpException>(call)).Trouble);

        Assert.Equal(seen, world.Okta.Requests.Requests.Count);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task GetPicture_LoginInPlaceOfAnId_IsNoAccount()
    {
        await using var world = await OktaWorld.StartAsync();
        Assert.Null(world.Okta.Arrange(new JsonObject { ["user"] = "ana@acme.example", ["profile"] = new JsonObject { ["login"] = "ana" } }));

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.GetPictureAsync("ana", PictureParts.None, CancellationToken.None));

        Assert.Equal(IdpTrouble.NotFound, trouble.Trouble);
    }

    private static async Task<IReadOnlyList<string>> FindAsync(OktaWorld world, string text) =>
        [.. (await world.Connection.FindAccountsAsync(text, CancellationToken.None)).Select(account => account.Id)];

    internal static async Task<IReadOnlyList<T>> AllAsync<T>(Func<string?, Task<Page<T>>> read)
    {
        var all = new List<T>();
        string? cursor = null;
        for (var page = 0; page < 200; page++)
        {
            var (items, next) = await read(cursor);
            all.AddRange(items);
            if (next is null) return all;
            cursor = next;
        }
        Assert.Fail("The list does not end.");
        return all;
    }
}
