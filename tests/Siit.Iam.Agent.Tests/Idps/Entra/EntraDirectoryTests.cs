using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

/// <summary>The lists that an import reads.</summary>
public sealed class EntraDirectoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(999)]
    public async Task Import_PageByPage_IsTheTenant(int pageSize)
    {
        await using var world = await EntraWorld.StartAsync(pageSize);
        world.Arrange("""{"group": "VPN Users", "add": "Contractors"}""");
        // Each page by a connection that knows nothing of the one before.
        var copy = new EntraCopy(() => EntraWorld.Connect(world.Options));

        await copy.ImportAsync();

        var state = world.Entra.State;
        Assert.Equal("", copy.DifferencesFrom(state));
        Assert.Contains((TieKind.NestedGroup, world.Entra.Group("VPN Users").Id, world.Entra.Group("Contractors").Id), copy.Ties);
        Assert.Contains((TieKind.GroupOwner, world.Entra.Group("Sales").Id, world.Id("mona")), copy.Ties);
        Assert.Contains((TieKind.ApplicationOwner, world.Entra.App("Figma").Id, world.Id("carla")), copy.Ties);
        Assert.Equal(state.Roles.Keys.Order(), copy.Roles.Keys.Order());
        Assert.Equal("Global Administrator", Assert.Single(copy.Roles.Values, role => role.Super).Name);
        Assert.Equal(
            state.RoleAssignments.Values.Select(a => (state.Groups.ContainsKey(a.PrincipalId) ? TieKind.RoleGroup : TieKind.RoleHolder, a.RoleId, a.PrincipalId)).Order(),
            copy.Ties.Where(tie => tie.Kind is TieKind.RoleHolder or TieKind.RoleGroup).Order());
        Assert.Equal(12, copy.Applications.Count);
        Assert.Equal(state.Users.Values.Select(user => (user.Id, user.Methods.Count > 0)).Order(), copy.SecondFactors.Select(known => (known.Key, known.Value)).Order());
    }

    [Fact]
    public async Task Import_OfManyMembers_AsksOncePerGroupAndPage()
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 999);
        var before = world.Entra.Requests.Requests.Count;
        var copy = new EntraCopy(() => world.Connection);

        await copy.ImportAsync();

        // The three positions, users, groups with owners, applications, roles, holders, eligible ones and the report; then one for each group and application. And the token.
        Assert.Equal(3 + 7 + world.Entra.State.Groups.Count + copy.Applications.Count + 1, world.Entra.Requests.Requests.Count - before);
    }

    [Fact]
    public async Task Import_Narrowed_ReadsGroupsAndRolesOnly()
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 999);
        var copy = new EntraCopy(() => world.Connection);
        await copy.ImportAsync();
        world.Arrange("""{"user": "ben@acme.example", "role": "Global Reader"}""");
        var pages = copy.Pages;

        await copy.ImportAsync(DateTimeOffset.UtcNow);

        Assert.Equal(4, copy.Pages - pages);
        Assert.Contains(copy.Ties, tie => tie.Kind == TieKind.RoleHolder && tie.Child == world.Id("ben"));
        Assert.Equal("", copy.DifferencesFrom(world.Entra.State));
    }

    [Fact]
    public async Task Owners_MoreThanGraphExpands_AreAllThere()
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 7);
        foreach (var user in world.Entra.State.Users.Values.Take(30))
            world.Arrange($$"""{"group": "Engineering", "owner": "{{user.Login}}"}""");
        var copy = new EntraCopy(() => world.Connection);

        await copy.ImportAsync();

        Assert.Equal(30, copy.Ties.Count(tie => tie.Kind == TieKind.GroupOwner && tie.Parent == world.Entra.Group("Engineering").Id));
    }

    [Theory]
    [InlineData("petra_partner.example#EXT#@acme.onmicrosoft.com", AccountKind.Guest)]
    [InlineData("ana@acme.example", AccountKind.Person)]
    public async Task Account_Kind_IsTold(string login, object kind)
    {
        await using var world = await EntraWorld.StartAsync();

        var account = Assert.Single(await world.Connection.ReadAccountsAsync([world.Entra.User(login).Id], EntraWorld.Token));

        Assert.Equal(kind, account.Kind);
    }

    [Fact]
    public async Task Account_ProxyAddresses_AreAliasesButForItsOwn()
    {
        await using var world = await EntraWorld.StartAsync();
        world.Arrange("""
            {"user": "ana@acme.example", "properties": {"mail": "ana.souza@acme.example", "proxyAddresses":
             ["SMTP:ana.souza@acme.example", "smtp:Ana@acme.example", "smtp:souza@acme.example", "smtp:souza@ACME.example", "sip:ana@acme.example", "X500:/o=x"]}}
            """);

        var account = Assert.Single(await world.Connection.ReadAccountsAsync([world.Id("ana")], EntraWorld.Token));

        Assert.Equal(["souza@acme.example"], account.Aliases);
        Assert.Equal(("ana.souza@acme.example", world.Id("mona")), (account.Account.Email, account.ManagerId));
    }

    [Fact]
    public async Task Account_NamedFields_AreCopiedAndNothingElse()
    {
        const string own = "extension_0123456789abcdef0123456789abcdef_shoe";
        await using var world = await EntraWorld.StartAsync();
        world.Arrange($$$"""
            {"user": "ana@acme.example", "properties": {"officeLocation": "Lisbon", "employeeHireDate": "2026-03-01T00:00:00Z", "employeeOrgData": {"costCenter": "CC-7", "division": "EMEA"},
             "onPremisesExtensionAttributes": {"extensionAttribute3": "blue"}, "{{{own}}}": "42", "businessPhones": ["+1 555 0100"], "mobilePhone": "not asked for"}}
            """);
        var names = new[] { "officeLocation", "employeeHireDate", "employeeOrgData.costCenter", "onPremisesExtensionAttributes.extensionAttribute3", own, "businessPhones", "city" };
        var connection = EntraWorld.Connect(world.Options with { Fields = names.ToDictionary(name => name) });

        var account = Assert.Single(await connection.ReadAccountsAsync([world.Id("ana")], EntraWorld.Token));

        Assert.Equal(
            ["Lisbon", "2026-03-01T00:00:00Z", "CC-7", "blue", "42", "+1 555 0100", null],
            names.Select(name => account.Attributes.GetValueOrDefault(name)));
        Assert.Equal(6, account.Attributes.Count);
    }

    [Fact]
    public async Task ReadAccountsAndGroups_SomeGone_AreAbsent()
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 2);
        world.Arrange("""{"user": "ana@acme.example", "delete": true}""");
        var (gone, group) = (world.Entra.State.Deleted.Keys.Single(), world.Entra.Group("Sales"));
        string[] ids = [.. world.Entra.State.Users.Keys.Take(40), gone, Guid.NewGuid().ToString()];

        Assert.Equal(ids[..40], (await world.Connection.ReadAccountsAsync(ids, EntraWorld.Token)).Select(account => account.Account.Id).Order(StringComparer.Ordinal));
        Assert.Equal(group.Id, Assert.Single(await world.Connection.ReadGroupsAsync([group.Id, gone], EntraWorld.Token)).Group.Id);
        await Assert.ThrowsAsync<IdpException>(() => world.Connection.ReadAccountsAsync(["ana@acme.example"], EntraWorld.Token));
    }

    [Fact]
    public async Task Import_ReportNotReadable_LeavesSecondFactorsUnknown()
    {
        await using var world = await EntraWorld.StartAsync();
        world.Arrange("""
            {"client": "c0ffee11-2233-4455-8677-8899aabbccdd", "permissions":
             ["User.Read.All", "GroupMember.Read.All", "Application.Read.All", "RoleManagement.Read.Directory", "RoleEligibilitySchedule.Read.Directory"]}
            """);
        var copy = new EntraCopy(() => world.Connection);

        await copy.ImportAsync();
        await copy.LookAsync();

        Assert.Empty(copy.SecondFactors);
        Assert.Equal("", copy.DifferencesFrom(world.Entra.State));
    }

    [Fact]
    public async Task Import_RolesNotReadable_IsTroubleAndNeverNone()
    {
        await using var world = await EntraWorld.StartAsync();
        world.Arrange("""{"client": "c0ffee11-2233-4455-8677-8899aabbccdd", "permissions": ["User.Read.All", "GroupMember.Read.All", "Application.Read.All"]}""");

        var trouble = await Assert.ThrowsAsync<IdpException>(() => new EntraCopy(() => world.Connection).ImportAsync());

        Assert.Equal(IdpTrouble.NotAllowed, trouble.Trouble);
    }

    [Theory]
    [InlineData("users")]
    [InlineData("groups")]
    [InlineData("members")]
    public async Task Page_LinkToElsewhere_IsRefused(string what)
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 1);
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.HostileLink, Path = "^/v1.0/" });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.ReadAsync(
            new DirectoryRead(DirectoryList.Part, what, what == "members" ? world.Entra.Group("Everyone").Id : null), EntraWorld.Token));

        Assert.Equal(IdpTrouble.Rejected, trouble.Trouble);
    }

    [Theory]
    [InlineData("members", "..")]
    [InlineData("assigned", "")]
    [InlineData("application", null)]
    [InlineData("no-such-list", null)]
    public async Task Read_ThatIsNoneOfOurs_IsRefused(string what, string? of) =>
        await Assert.ThrowsAsync<IdpException>(async () =>
        {
            await using var world = await EntraWorld.StartAsync();
            await world.Connection.ReadAsync(new DirectoryRead(DirectoryList.Part, what, of), EntraWorld.Token);
        });
}
