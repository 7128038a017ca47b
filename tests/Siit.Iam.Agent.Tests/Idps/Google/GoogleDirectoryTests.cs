using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Google;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Google;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>Everybody at once: every list, page by page, against what the tenant holds.</summary>
public sealed class GoogleDirectoryTests
{
    private static readonly EmulatorOptions Small = new() { People = 40 };

    private static readonly Dictionary<string, string> Fields = new()
    {
        ["costCenter"] = "organizations.costCenter",
        ["employeeNumber"] = "externalIds.organization",
        ["location"] = "locations.buildingId",
        ["startDate"] = "schemas.Employment.startDate",
    };

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(200)]
    public async Task Import_WithAnyPageSize_IsWhatTheTenantHolds(int pageSize)
    {
        await using var world = await GoogleWorld.StartAsync(Small, pageSize);

        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        AssertSame(world, copy);
    }

    [Fact]
    public async Task Import_WithAnotherConnectionForEachPage_GoesOnFromItsNext()
    {
        await using var world = await GoogleWorld.StartAsync(Small, pageSize: 9);

        var copy = await new GoogleCopy(world.Connection).ImportAsync(fresh: () => world.Connect(options => options with { PageSize = 9 }));

        AssertSame(world, copy);
    }

    [Fact]
    public async Task Accounts_WithFields_HaveThemAndAliasesAndMfa()
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        world.Arrange("""
            {"user": "ana@acme.example", "alias": "ana.maria@acme.example", "profile": {
              "externalIds": [{"type": "login_id", "value": "x"}, {"type": "organization", "value": "E-17"}],
              "locations": [{"type": "default", "area": "Lisbon"}, {"type": "desk", "buildingId": "LIS-2", "floorName": "3"}],
              "customSchemas": {"Employment": {"startDate": "2026-03-01"}, "Secret": {"salary": 1}}}}
            """);
        var google = world.Connect(options => options with { Fields = Fields });

        var copy = await new GoogleCopy(google).ImportAsync();

        var ana = copy.Accounts[world.Id("ana")];
        Assert.Equal(
            [("externalIds.organization", "E-17"), ("locations.buildingId", "LIS-2"), ("organizations.costCenter", "CC-100"), ("schemas.Employment.startDate", "2026-03-01")],
            ana.Attributes.Select(one => (one.Key, one.Value)).Order());
        Assert.Equal(["ana.maria@acme.example"], ana.Aliases);
        Assert.Equal((true, false), (ana.HasMfa, copy.Accounts[world.Id("olaf.hand")].HasMfa));
        Assert.Contains(world.Requests("GET", "/users"), request => request.Target.Contains("projection=custom&customFieldMask=Employment", StringComparison.Ordinal));
        Assert.Equal(ana.Attributes, Assert.Single(await google.ReadAccountsAsync([world.Id("ana")], CancellationToken.None)).Attributes);
    }

    [Fact]
    public async Task Accounts_WithoutFields_AskForNoCustomSchemas()
    {
        await using var world = await GoogleWorld.StartAsync(Small);

        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        Assert.Empty(copy.Accounts[world.Id("ana")].Attributes);
        Assert.Contains("projection=basic", Assert.Single(world.Requests("GET", "/users")).Target);
    }

    [Fact]
    public async Task Accounts_Deleted_AreAbsent()
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var ben = world.Id("ben");
        await world.SendAsync("DELETE", $"/users/{ben}");

        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        Assert.DoesNotContain(ben, copy.Accounts.Keys);
    }

    [Fact]
    public async Task Members_OfTheWholeTenant_AreOneNestedGroup()
    {
        await using var world = await GoogleWorld.StartAsync(Small);

        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        Assert.Contains((TieKind.NestedGroup, world.GroupId("Everyone"), GoogleConnection.Everybody), copy.Ties);
        Assert.NotNull(copy.Groups[GoogleConnection.Everybody].Group.NotChangeable);
        Assert.Single(await world.Connection.ReadGroupsAsync([GoogleConnection.Everybody], CancellationToken.None));
    }

    [Fact]
    public async Task Members_WhoOwn_AreMembersAndOwners()
    {
        await using var world = await GoogleWorld.StartAsync(Small);

        var copy = await new GoogleCopy(world.Connection).ImportAsync();

        var (engineering, ivan) = (world.GroupId("Engineering"), world.Id("ivan"));
        Assert.Contains((TieKind.Member, engineering, ivan), copy.Ties);
        Assert.Equal([ivan], copy.Ties.Where(tie => tie.Kind == TieKind.GroupOwner && tie.Parent == engineering).Select(tie => tie.Child));
    }

    [Fact]
    public async Task Members_OfAGroupThatIsGone_AreNoneAndCoverNothing()
    {
        await using var world = await GoogleWorld.StartAsync(Small, pageSize: 1);
        var group = world.GroupId("Support");
        var first = await world.Connection.ReadAsync(GoogleConnection.MembersOf(group), CancellationToken.None);
        await world.SendAsync("DELETE", $"/groups/{group}");

        var rest = await world.Connection.ReadAsync(first.Next.Single(), CancellationToken.None);
        var again = await world.Connection.ReadAsync(GoogleConnection.MembersOf(group), CancellationToken.None);

        Assert.Equal((0, 0), (rest.Ties.Count, rest.Next.Count));
        Assert.Equal((0, 0), (again.Ties.Count, again.Covers.Count));
    }

    [Fact]
    public async Task Members_NotFoundInTheMiddleOfAListThatGoesOn_AreTrouble()
    {
        await using var world = await GoogleWorld.StartAsync(Small, pageSize: 1);
        var first = await world.Connection.ReadAsync(GoogleConnection.MembersOf(world.GroupId("Support")), CancellationToken.None);
        world.Fault(FaultKind.Status, "GET", "/members$", status: 404);

        var thrown = await Assert.ThrowsAsync<IdpException>(() => world.Connection.ReadAsync(first.Next.Single(), CancellationToken.None));

        Assert.Equal(IdpTrouble.NotFound, thrown.Trouble);
    }

    [Fact]
    public async Task ReadsFor_AMoment_LeaveOutMembersOfGroupsWhoseNumberIsTheSame()
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var groups = world.Connection.ReadsFor(DateTimeOffset.UtcNow).Reads.Single(read => read.List == DirectoryList.Groups);
        var before = await StampsAsync();
        await world.SendAsync("POST", $"/groups/{world.GroupId("Support")}/members", """{"email": "ana@acme.example"}""");

        var after = await StampsAsync();

        Assert.Equal([world.GroupId("Support")], after.Except(before).Select(one => one.Of));

        async Task<List<(string? Of, string? Stamp)>> StampsAsync() =>
            [.. (await world.Connection.ReadAsync(groups, CancellationToken.None)).Details.Select(detail => (detail.Read.Of, detail.Stamp))];
    }

    [Fact]
    public async Task ReadsFor_WithoutTheScopeForRoles_LeaveThemOut()
    {
        await using var world = await GoogleWorld.StartAsync(Small);
        var google = world.Connect(options => options with { Scopes = [.. options.Scopes.Where(scope => !scope.Contains("role", StringComparison.Ordinal))] });

        var reads = google.ReadsFor(null);

        Assert.DoesNotContain(DirectoryList.Roles, reads.Complete);
        Assert.DoesNotContain(reads.Reads, read => read.List == DirectoryList.Roles);
    }

    [Fact]
    public async Task ReadAccounts_ByIdAddressAndAlias_AreThoseWhoHaveIt()
    {
        await using var world = await GoogleWorld.StartAsync(Small);

        var found = await world.Connection.ReadAccountsAsync(
            [world.Id("ana"), "BEN@acme.example", "paul@acme.example", "nobody@acme.example", "ana@elsewhere.example", "110559998877"], CancellationToken.None);

        Assert.Equal(new[] { world.Id("ana"), world.Id("ben") }.Order(), found.Select(account => account.Account.Id).Order());
    }

    [Fact]
    public async Task ReadGroups_ByIdAndAddress_AreThere()
    {
        await using var world = await GoogleWorld.StartAsync(Small);

        var found = await world.Connection.ReadGroupsAsync([world.GroupId("Sales"), "support@acme.example", "nothing@acme.example", "01nothing"], CancellationToken.None);

        Assert.Equal(["Sales", "Support"], found.Select(group => group.Group.Name).Order());
    }

    [Theory]
    [InlineData("members", "..")]
    [InlineData("members", "")]
    [InlineData("accounts", null)]
    public async Task Read_OfSomethingElse_IsRefusedBeforeARequest(string what, string? of)
    {
        await using var world = await GoogleWorld.StartAsync(Small);

        await Assert.ThrowsAsync<IdpException>(() => world.Connection.ReadAsync(new DirectoryRead(DirectoryList.Part, what, of), CancellationToken.None));

        Assert.Empty(world.Google.Requests.Requests);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a/b")]
    public async Task ReadAccounts_AndGroupsWithSomethingThatIsNoId_AreNoneWithoutARequest(string id)
    {
        await using var world = await GoogleWorld.StartAsync(Small);

        Assert.Empty(await world.Connection.ReadAccountsAsync([id], CancellationToken.None));
        Assert.Empty(await world.Connection.ReadGroupsAsync([id], CancellationToken.None));
        Assert.Empty(world.Google.Requests.Requests);
    }

    internal static void AssertSame(GoogleWorld world, GoogleCopy copy)
    {
        var state = world.Google.State;
        var users = state.Users.Values.Where(user => user.Deleted is null).ToList();
        Assert.Equal(users.Select(Shape).Order(), copy.Accounts.Values.Select(Shape).Order());
        Assert.Equal(state.Groups.Values.Select(group => (group.Id, group.Email, group.Name)).Order(),
            copy.Groups.Values.Where(group => group.Group.Id != GoogleConnection.Everybody).Select(group => (group.Group.Id, group.Email!, group.Group.Name)).Order());
        Assert.Equal(MembersIn(state).Order(), copy.Ties.Where(tie => tie.Kind is TieKind.Member or TieKind.GroupOwner or TieKind.NestedGroup).Order());
        Assert.Equal(state.Assignments.Select(one => (one.AssigneeType == "group" ? TieKind.RoleGroup : TieKind.RoleHolder, one.RoleId, one.AssignedTo)).Order(),
            copy.Ties.Where(tie => tie.Kind is TieKind.RoleHolder or TieKind.RoleGroup).Order());
        Assert.Equal(state.Roles.Select(role => (role.Id, role.Name, role.IsSuper)).Order(), copy.Roles.Values.Select(role => (role.Id, role.Name, role.Super)).Order());
        Assert.Equal(["figma", "vpn"], copy.Applications.Keys.Order());
        Assert.Equal([("figma", world.GroupId("Figma Editors")), ("vpn", world.GroupId("VPN Users"))],
            copy.Ties.Where(tie => tie.Kind == TieKind.GroupAssignment).Select(tie => (tie.Parent, tie.Child)).Order());
    }

    private static string Shape(Siit.Iam.Emulator.Google.GoogleUser user) => string.Join('|', user.Id, user.PrimaryEmail, user.FullName,
        user.Archived ? AccountStatus.Deprovisioned : user.Suspended ? AccountStatus.Suspended : AccountStatus.Active, user.EnrolledIn2Sv, user.Department,
        string.Join(',', user.Aliases.Order(StringComparer.Ordinal)));

    private static string Shape(DirectoryAccount account) => string.Join('|', account.Account.Id, account.Account.Login, account.Account.DisplayName,
        account.Account.Status, account.HasMfa, account.Account.Department, string.Join(',', account.Aliases.Order(StringComparer.Ordinal)));

    private static IEnumerable<(TieKind, string, string)> MembersIn(GoogleState state)
    {
        foreach (var group in state.Groups.Values)
            foreach (var member in state.MembersOf(group))
            {
                yield return (member.Type == "USER" ? TieKind.Member : TieKind.NestedGroup, group.Id, member.Type == "CUSTOMER" ? GoogleConnection.Everybody : member.Id);
                if (member.Role == "OWNER") yield return (TieKind.GroupOwner, group.Id, member.Id);
            }
    }
}
