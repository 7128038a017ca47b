using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

public sealed class EntraConnectionReadsTests
{
    public static TheoryData<int> PageSizes => [1, 200];

    public static TheoryData<string, string, string> Addresses => new()
    {
        { "login", "ben@acme.example", "ben@acme.example" },
        { "another case", "BEN@acme.example", "ben@acme.example" },
        { "mail that is not the login", "ivan.horvat@acme.example", "ivan@acme.example" },
        { "login that is not the mail", "ivan@acme.example", "ivan@acme.example" },
        { "guest by mail", "petra@partner.example", "petra_partner.example#EXT#@acme.onmicrosoft.com" },
        { "no mailbox", "room-booking@acme.example", "room-booking@acme.example" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task FindAccounts_ByOneOfTheAddresses_FindsTheOne(string why, string asked, string login)
    {
        await using var world = await EntraWorld.StartAsync();

        var found = await world.Connection.FindAccountsAsync(asked, EntraWorld.Token);

        Assert.True(found is [var one] && one.Login == login, $"{why}: {string.Join(", ", found.Select(account => account.Login))}");
    }

    [Theory]
    [InlineData("nobody@acme.example")]
    [InlineData("lena@acme.example")]
    [InlineData("x' or userType eq 'Member")]
    [InlineData("ben")]
    public async Task FindAccounts_OfNobody_FindsNothing(string asked)
    {
        await using var world = await EntraWorld.StartAsync();

        Assert.Empty(await world.Connection.FindAccountsAsync(asked, EntraWorld.Token));
    }

    public static TheoryData<string, string, string> Statuses => new()
    {
        { "ben", "enabled", nameof(AccountStatus.Active) },
        { "suspended", "disabled", nameof(AccountStatus.Suspended) },
        { "quinn_agency.example#EXT#@acme.onmicrosoft.com", "PendingAcceptance", nameof(AccountStatus.Staged) },
    };

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task GetPicture_Status_IsWhatThePropertiesSay(string login, string vendor, string status)
    {
        await using var world = await EntraWorld.StartAsync();

        var account = await world.AccountAsync(login);

        Assert.Equal((vendor, status), (account.VendorStatus, account.Status.ToString()));
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task GetPicture_WithAllParts_HasEveryPage(int pageSize)
    {
        await using var world = await EntraWorld.StartAsync(pageSize);

        var picture = await world.PictureAsync("ana");

        Assert.Equal(["All Company News", "All Sales", "Everyone", "Figma Editors", "Sales", "VPN Users"], picture.Groups!.Select(group => group.Name).Order(StringComparer.Ordinal));
        Assert.Contains(picture.Applications!, application => application is { Name: "Notion", Direct: true, ViaGroup: null });
        Assert.Contains(picture.Applications!, application => application is { Name: "Figma", Direct: false, ViaGroupName: "Figma Editors" });
        Assert.Contains(picture.Applications!, application => application is { Name: "Salesforce", Direct: true, ViaGroupName: "All Sales" });
        Assert.Empty(picture.Roles!);
        Assert.Equal(["push", "sms", "sms", "totp"], picture.Factors!.Select(factor => factor.Kind).Order(StringComparer.Ordinal));
        Assert.Equal("default", picture.Factors!.Single(factor => factor.Kind == "push").VendorStatus);
        Assert.Single(picture.Grants!);
        Assert.Equal(("Sales", "Account Executive", "mona@acme.example"), (picture.Account.Department, picture.Account.Title, picture.Account.Manager));
    }

    [Fact]
    public async Task GetPicture_OfAnotherKindOfAccount_SaysWhoHoldsIt()
    {
        await using var world = await EntraWorld.StartAsync();

        Assert.Equal(("Active Directory", "Active Directory"), await Holders("greta"));
        Assert.Equal((null, "a federated identity provider"), await Holders("omar@legacy.acme.example"));
        Assert.Equal((null, "the guest's own organization"), await Holders("petra_partner.example#EXT#@acme.onmicrosoft.com"));
        Assert.Equal((null, null), await Holders("ben"));

        async Task<(string?, string?)> Holders(string login)
        {
            var account = await world.AccountAsync(login);
            return (account.ManagedBy, account.PasswordHeldBy);
        }
    }

    [Fact]
    public async Task GetPicture_DomainsNotReadable_DoesNotCallThePasswordOurs()
    {
        await using var world = await EntraWorld.StartAsync();
        world.Arrange("""{"client": "c0ffee11-2233-4455-8677-8899aabbccdd", "permissions": ["User.Read.All"]}""");

        Assert.Contains("Organization.Read.All", (await world.AccountAsync("ben")).PasswordHeldBy, StringComparison.Ordinal);
    }

    public static TheoryData<string, string[]> Administrators => new()
    {
        { "dora", ["Global Administrator (super)"] },
        { "theo", ["Global Administrator (super) via Entra Admins"] },
        { "hugo", ["Helpdesk Administrator"] },
        { "nina", ["Privileged Role Administrator (can be activated)"] },
        { "ben", [] },
    };

    [Theory]
    [MemberData(nameof(Administrators))]
    public async Task GetPicture_Roles_AreDirectThroughGroupsAndEligible(string login, string[] expected)
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 1);

        var roles = (await world.PictureAsync(login)).Roles!;

        Assert.Equal(expected, roles.Select(role =>
            role.Name + (role.Super ? " (super)" : "") + (role.ViaGroup is { } group ? $" via {world.Entra.State.Groups[group].Name}" : "")));
    }

    [Theory]
    [InlineData("roleAssignments")]
    [InlineData("roleEligibilitySchedules")]
    public async Task GetPicture_RolesNotReadable_IsTroubleAndNeverNone(string list)
    {
        await using var world = await EntraWorld.StartAsync();
        world.Arrange("""{"client": "c0ffee11-2233-4455-8677-8899aabbccdd", "permissions": ["User.Read.All", "Organization.Read.All", "PERMISSION"]}"""
            .Replace("PERMISSION", list == "roleAssignments" ? "RoleEligibilitySchedule.Read.Directory" : "Directory.Read.All", StringComparison.Ordinal));

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.GetPictureAsync(world.Id("ben"), PictureParts.Roles, EntraWorld.Token));

        Assert.Equal(IdpTrouble.NotAllowed, trouble.Trouble);
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task ListSuperAdministrators_CountsGroupsAndLeavesOutTheDisabledAndTheEligible(int pageSize)
    {
        await using var world = await EntraWorld.StartAsync(pageSize);
        world.Arrange("""{"user": "breakglass@acme.example", "properties": {"accountEnabled": false}}""");
        world.Arrange("""{"user": "rosa@acme.example", "eligible": "Global Administrator"}""");

        var found = await world.Connection.ListSuperAdministratorsAsync(EntraWorld.Token);

        Assert.Equal(new[] { world.Id("dora"), world.Id("theo") }.Order(), found.Order());
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task Lists_PageByPage_GiveEverythingOnce(int pageSize)
    {
        await using var world = await EntraWorld.StartAsync(pageSize);
        var (connection, token) = (world.Connection, EntraWorld.Token);
        var everyone = world.Entra.Group("Everyone");

        var groups = await AllAsync(cursor => connection.FindGroupsAsync(null, 50, cursor, token));
        var members = await AllAsync(cursor => connection.ListMembersAsync(everyone.Id, 50, cursor, token));
        var applications = await AllAsync(cursor => connection.FindApplicationsAsync(null, 50, cursor, token));

        Assert.Equal(world.Entra.State.Groups.Keys, groups.Select(group => group.Id).Order(StringComparer.Ordinal));
        Assert.Equal(everyone.Members.AsEnumerable().Order(StringComparer.Ordinal), members.Select(member => member.Id).Order(StringComparer.Ordinal));
        Assert.Equal(12, applications.Count);
        Assert.DoesNotContain(applications, application => application.Name == "Microsoft Graph");
    }

    [Fact]
    public async Task Find_ByTheBeginningOfAName_IsExactAboutIt()
    {
        await using var world = await EntraWorld.StartAsync();

        Assert.Equal(["Sales"], (await world.Connection.FindGroupsAsync("sal", 10, null, EntraWorld.Token)).Items.Select(group => group.Name));
        Assert.Equal(["Figma"], (await world.Connection.FindApplicationsAsync("Fig", 10, null, EntraWorld.Token)).Items.Select(application => application.Name));
        Assert.Empty((await world.Connection.FindGroupsAsync("x') or startswith(displayName,'", 10, null, EntraWorld.Token)).Items);
    }

    public static TheoryData<string, string, bool> GroupKinds => new()
    {
        { "Engineering", "security", true },
        { "Project Phoenix", "microsoft365", true },
        { "All Sales", "dynamic", false },
        { "AD Domain Users", "synced", false },
        { "All Company News", "mail-enabled", false },
        { "Tier 0 Operators", "role-assignable", false },
        { "Board", "restricted", false },
    };

    [Theory]
    [MemberData(nameof(GroupKinds))]
    public async Task GetGroup_Kind_SaysWhetherMembersCanBeChanged(string name, string kind, bool changeable)
    {
        await using var world = await EntraWorld.StartAsync();

        var group = await world.GroupAsync(name);

        Assert.Equal((kind, changeable), (group.VendorType, group.NotChangeable is null));
    }

    [Fact]
    public async Task GetGroup_Picture_HasRolesApplicationsAndRules()
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 1);

        var admins = await world.Connection.GetGroupAsync(world.Entra.Group("Entra Admins").Id, EntraWorld.Token);
        var sales = await world.Connection.GetGroupAsync(world.Entra.Group("All Sales").Id, EntraWorld.Token);

        Assert.True(admins.Roles is [{ Super: true, Name: "Global Administrator" }]);
        Assert.Equal(["Salesforce"], sales.Applications.Select(application => application.Name));
        Assert.Equal(["(user.department -eq \"Sales\")"], sales.Rules);
    }

    [Theory]
    [MemberData(nameof(PageSizes))]
    public async Task ListEvents_OfOneAccount_AreOldestFirst(int pageSize)
    {
        await using var world = await EntraWorld.StartAsync(pageSize);
        var ben = await world.AccountAsync("ben");
        await world.Connection.SuspendUserAsync(ben, EntraWorld.Token);
        await world.Connection.UnsuspendUserAsync(ben, EntraWorld.Token);

        var events = await AllAsync(cursor => world.Connection.ListEventsAsync(ben.Id, DateTimeOffset.UnixEpoch, 50, cursor, EntraWorld.Token));

        Assert.Equal(["Add user", "Disable account", "Enable account"], events.Select(entry => entry.Type));
        Assert.All(events, entry => Assert.Contains(entry.Targets, target => target.Id == ben.Id));
        Assert.Equal("Siit IAM Agent", events[^1].Actor);
    }

    [Fact]
    public async Task Cursor_OfAnotherList_IsRefused()
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 1);
        var cursor = (await world.Connection.FindGroupsAsync(null, 1, null, EntraWorld.Token)).Next;

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.FindApplicationsAsync(null, 1, cursor, EntraWorld.Token));

        Assert.Equal(IdpTrouble.Rejected, trouble.Trouble);
    }

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
