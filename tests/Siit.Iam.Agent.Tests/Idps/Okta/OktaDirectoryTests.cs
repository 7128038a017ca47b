using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

/// <summary>The lists for the copy of the directory, against what the emulated org holds.</summary>
public sealed class OktaDirectoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public async Task Lists_ReadFromTheirStoredPlacesByChangingConnections_AreTheWholeOrg(int pageSize)
    {
        await using var world = await OktaWorld.StartAsync(pageSize: pageSize);
        var state = world.Okta.State;

        var copy = await OktaCopy.OfAsync(() => world.Connect(options => options with { PageSize = pageSize }));

        Assert.Equal(state.Users.Keys, copy.Accounts.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(state.Groups.Keys, copy.Groups.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(state.Apps.Keys, copy.Applications.Keys.Order(StringComparer.Ordinal));
        foreach (var group in state.Groups.Values)
            Assert.Equal(state.MembersOf(group).Select(user => user.Id).Order(StringComparer.Ordinal), copy.Children(TieKind.Member, group.Id));
        foreach (var app in state.Apps.Values)
        {
            Assert.Equal(app.Users.Keys, copy.Children(TieKind.Assignment, app.Id));
            Assert.Equal(app.Groups.Keys, copy.Children(TieKind.GroupAssignment, app.Id));
        }
        Assert.Equal([world.Id("dora")], copy.Children(TieKind.RoleHolder, "SUPER_ADMIN"));
        Assert.Equal([world.Id("hugo")], copy.Children(TieKind.RoleHolder, "HELP_DESK_ADMIN"));
        Assert.Equal([world.Okta.Group("Okta Super Admins").Id], copy.Children(TieKind.RoleGroup, "SUPER_ADMIN"));
        Assert.Equal((true, "Super Administrator"), (copy.Roles["SUPER_ADMIN"].Super, copy.Roles["SUPER_ADMIN"].Name));
        Assert.False(copy.Roles["ORG_ADMIN"].Super);
    }

    [Fact]
    public async Task Accounts_OfEveryStatus_AreThereWithWhoManagesThem()
    {
        await using var world = await OktaWorld.StartAsync();

        var copy = await OktaCopy.OfAsync(() => world.Connection);

        Assert.Equal(AccountStatus.Deprovisioned, copy.Accounts[world.Id("gone")].Account.Status);
        Assert.Equal(AccountStatus.Staged, copy.Accounts[world.Id("staged")].Account.Status);
        Assert.Equal("ACTIVE_DIRECTORY", copy.Accounts[world.Id("greta")].Account.ManagedBy);
        Assert.Null(copy.Accounts[world.Id("ana")].Account.ManagedBy);
        Assert.Equal("Mona Fischer", copy.Accounts[world.Id("ana")].Account.Manager);
        Assert.All(copy.Accounts.Values, account => Assert.Equal((null, 0, 0), (account.HasMfa, account.Attributes.Count, account.Aliases.Count)));
    }

    [Fact]
    public async Task Accounts_WithMappedFields_CarryThoseAttributesAndNoOthers()
    {
        await using var world = await OktaWorld.StartAsync();
        Arrange(world, new JsonObject { ["user"] = "ana@acme.example", ["profile"] = new JsonObject { ["unit"] = "North", ["level"] = 7, ["sites"] = new JsonArray("Lyon", "Ghent"), ["essay"] = new string('x', 5000), ["hidden"] = "no" } });
        var connection = world.Connect(options => options with
        {
            Fields = new Dictionary<string, string> { ["department"] = "profile.unit", ["costCenter"] = "profile.level", ["location"] = "profile.sites", ["division"] = "profile.essay", ["title"] = "profile.missing" },
        });

        var ana = Assert.Single(await connection.ReadAccountsAsync([world.Id("ana")], CancellationToken.None));

        Assert.Equal(("North", null), (ana.Account.Department, ana.Account.Title));
        Assert.Equal(["profile.essay", "profile.level", "profile.sites", "profile.unit"], ana.Attributes.Keys.Order());
        Assert.Equal(("North", "7", "Lyon, Ghent", 1000), (ana.Attributes["profile.unit"], ana.Attributes["profile.level"], ana.Attributes["profile.sites"], ana.Attributes["profile.essay"].Length));
    }

    [Theory]
    [InlineData("profile.costCenter", true)]
    [InlineData("profile.start_date2", true)]
    [InlineData("profile.secondEmail", false)]
    [InlineData("costCenter", false)]
    [InlineData("profile.", false)]
    [InlineData("profile.a.b", false)]
    [InlineData("profile.1", false)]
    public void Attributes_AreThoseOfAProfile(string name, bool known) => Assert.Equal(known, OktaAttributes.Names.Has(name));

    [Fact]
    public async Task Narrowed_OnlyWhatChangedSinceIsRead()
    {
        await using var world = await OktaWorld.StartAsync();
        var copy = await OktaCopy.OfAsync(() => world.Connection);
        var stamp = copy.Stamps[$"members {world.Okta.Group("Support").Id}"];
        // Nothing has changed since the org was made.
        var since = DateTimeOffset.UtcNow.AddSeconds(-1);
        Arrange(world, new JsonObject { ["user"] = "ben@acme.example", ["status"] = "DEPROVISIONED" }, new JsonObject { ["group"] = "Support", ["add"] = "ana@acme.example" });
        world.Okta.Requests.Clear();

        var reads = world.Connection.ReadsFor(since);
        var narrowed = new OktaCopy();
        await narrowed.ReadAsync(() => world.Connection, reads.Reads);

        Assert.Equal([world.Id("ben")], narrowed.Accounts.Keys);
        Assert.Equal(["Everyone", "Support"], narrowed.Groups.Values.Select(group => group.Name).Order());
        Assert.Contains((TieKind.Member, world.Okta.Group("Support").Id, world.Id("ana")), narrowed.Ties);
        Assert.NotEqual(stamp, narrowed.Stamps[$"members {world.Okta.Group("Support").Id}"]);
        Assert.Equal([DirectoryList.Applications], reads.Complete);
        // Two members' lists beside the three of the narrowed lists.
        Assert.Equal(5, Reads(world));
    }

    [Fact]
    public async Task Narrowed_WhenNothingChanged_TakesThreeRequests()
    {
        await using var world = await OktaWorld.StartAsync();
        await world.Connection.GetPositionAsync(CancellationToken.None);
        world.Okta.Requests.Clear();

        await new OktaCopy().ReadAsync(() => world.Connection, world.Connection.ReadsFor(DateTimeOffset.UtcNow.AddMinutes(1)).Reads);

        Assert.Equal(3, Reads(world));
    }

    [Theory]
    [InlineData("accounts")]
    [InlineData("groups")]
    [InlineData("members")]
    [InlineData("applications")]
    [InlineData("assignments")]
    [InlineData("administrators")]
    [InlineData("administrator-groups")]
    public async Task Lists_WhoseNextPageIsElsewhere_AreNotFollowed(string what)
    {
        await using var world = await OktaWorld.StartAsync(pageSize: 1);
        world.Fault(FaultKind.HostileLink, times: null);
        // The token's own address must not be forged here: this is about lists.
        var connection = world.Connect(options => OktaWorld.WithToken(options, world.Secret(EmulatedOkta.SswsToken)) with { PageSize = 1 });
        var of = what switch { "members" => world.Okta.Group("Sales").Id, "assignments" => world.Okta.App("Slack").Id, _ => null };

        var trouble = await Assert.ThrowsAsync<IdpException>(() => connection.ReadAsync(new DirectoryRead(DirectoryList.Part, what, of), CancellationToken.None));

        Assert.Contains("another address", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("members", "../users")]
    [InlineData("members", "")]
    [InlineData("members", null)]
    [InlineData("application", "..")]
    [InlineData("assignments", "a/b")]
    [InlineData("group-assignments", "a?b")]
    [InlineData("roles-of-administrator", "ana@acme.example")]
    [InlineData("roles-of-group", ".")]
    [InlineData("accounts", "2026-01-01T00:00:00Z\" or status eq \"ACTIVE")]
    [InlineData("passwords", null)]
    public async Task Reads_ThatAreNoneOfOurs_AreNotSent(string what, string? of)
    {
        await using var world = await OktaWorld.StartAsync();

        await Assert.ThrowsAsync<IdpException>(() => world.Connection.ReadAsync(new DirectoryRead(DirectoryList.Part, what, of), CancellationToken.None));
        await Assert.ThrowsAsync<IdpException>(() => world.Connection.ReadAccountsAsync(["00u1\" or status eq \"ACTIVE"], CancellationToken.None));

        Assert.Empty(world.Okta.Requests.Requests);
    }

    [Fact]
    public async Task ReadAccountsAndGroups_OfManyIds_TakeFewRequestsAndLeaveOutWhatIsGone()
    {
        await using var world = await OktaWorld.StartAsync(new EmulatorOptions { People = 120 });
        await world.Connection.GetPositionAsync(CancellationToken.None);
        world.Okta.Requests.Clear();
        var ids = world.Okta.State.Users.Keys.Take(99).ToList();

        var accounts = await world.Connection.ReadAccountsAsync([.. ids, "00uNobody00000000000"], CancellationToken.None);
        var groups = await world.Connection.ReadGroupsAsync([world.Okta.Group("Sales").Id, "00gNothing0000000000"], CancellationToken.None);

        Assert.Equal(ids, accounts.Select(account => account.Account.Id).Order(StringComparer.Ordinal));
        Assert.Equal("Sales", Assert.Single(groups).Group.Name);
        Assert.Equal(3, Reads(world));
    }

    [Fact]
    public async Task Assignments_OfAnApplicationThatIsGone_AreNone()
    {
        await using var world = await OktaWorld.StartAsync();

        var page = await world.Connection.ReadAsync(new DirectoryRead(DirectoryList.Part, "application", "0oaGone0000000000000"), CancellationToken.None);

        Assert.Empty(page.Applications);
        Assert.Equal([TieKind.Assignment, TieKind.GroupAssignment], page.Covers.Select(list => list.Kind));
    }

    private static int Reads(OktaWorld world) => world.Okta.Requests.Requests.Count(request => request.Method == "GET");

    private static void Arrange(OktaWorld world, params JsonObject[] changes) => Assert.All(changes, change => Assert.Null(world.Okta.Arrange(change)));
}
