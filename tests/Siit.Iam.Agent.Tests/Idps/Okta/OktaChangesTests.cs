using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

/// <summary>The System Log as changes: what each event means, and that the cursor neither loses nor repeats.</summary>
public sealed class OktaChangesTests
{
    private const string User = "00uUser", Group = "00gGroup", App = "0oaApp", Role = "iam1Role";

    /// <summary>What Okta logs, what we tell of it, and what is read again: accounts (A), groups (G), ties (T), lists (L).</summary>
    public static TheoryData<string, string?, string?, string> Table => new()
    {
        // event, kind, object, consequences
        { "user.lifecycle.create", "account.created", null, "A" },
        { "user.lifecycle.activate", "account.activated", null, "A" },
        { "user.lifecycle.deactivate", "account.deactivated", null, "A" },
        { "user.lifecycle.suspend", "account.suspended", null, "A" },
        { "user.lifecycle.unsuspend", "account.unsuspended", null, "A" },
        { "user.lifecycle.reactivate", null, null, "A" },
        { "user.lifecycle.delete.initiated", null, null, "A" },
        { "user.lifecycle.delete.completed", "account.deleted", null, "A" },
        { "user.account.lock", "account.locked", null, "A" },
        { "user.account.unlock", "account.unlocked", null, "A" },
        { "user.account.unlock_by_admin", "account.unlocked", null, "A" },
        { "user.account.update_profile", "account.updated", null, "A" },
        { "user.account.update_password", "password.changed", null, "A" },
        { "user.account.reset_password", null, null, "A" },
        { "user.account.expire_password", null, null, "A" },
        { "user.account.something_new", null, null, "A" },
        { "user.account.privilege.grant", "role.granted", Role, "L" },
        { "user.account.privilege.revoke", "role.revoked", Role, "L" },
        { "group.privilege.grant", null, null, "L" },
        { "group.privilege.revoke", null, null, "L" },
        { "group.user_membership.add", "membership.added", Group, "T" },
        { "group.user_membership.remove", "membership.removed", Group, "T" },
        { "group.user_membership.rule.add_exclusion", null, null, "" },
        { "group.application_assignment.add", null, null, "T" },
        { "group.application_assignment.remove", null, null, "T" },
        { "group.lifecycle.create", null, null, "G" },
        { "group.lifecycle.delete", null, null, "G" },
        { "group.profile.update", null, null, "G" },
        { "application.user_membership.add", "assignment.added", App, "T" },
        { "application.user_membership.remove", "assignment.removed", App, "T" },
        { "application.user_membership.update", null, null, "T" },
        { "application.lifecycle.create", null, null, "L" },
        { "application.lifecycle.delete", null, null, "L" },
        { "user.mfa.factor.activate", "factor.enrolled", null, "" },
        { "user.mfa.factor.deactivate", "factor.reset", null, "" },
        { "user.mfa.factor.reset_all", "factor.reset", null, "" },
        { "user.session.start", null, null, "" },
        { "policy.rule.update", null, null, "" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Event_IsToldInOurWordsAndLeadsToWhatHasToBeRead(string type, string? kind, string? about, string consequences)
    {
        await using var world = await OktaWorld.StartAsync();
        var position = await world.Connection.GetPositionAsync(CancellationToken.None);
        Log(world, type);

        var page = await world.Connection.ReadChangesAsync(position, new OktaCopy(), CancellationToken.None);

        Assert.Equal(kind, page.Events.SingleOrDefault() is { } told ? Word(told.Kind) : null);
        Assert.All(page.Events, told => Assert.Equal((User, about, "ana@acme.example", "system@okta.com", type), (told.Account, told.Object, told.AccountName, told.Actor, told.VendorType)));
        Assert.Equal(consequences.Contains('A', StringComparison.Ordinal) ? [User] : [], page.Accounts);
        Assert.Equal(consequences.Contains('G', StringComparison.Ordinal) ? [Group] : [], page.Groups);
        Assert.Equal(consequences.Contains('T', StringComparison.Ordinal), page.Ties.Count == 1);
        Assert.Equal(consequences.Contains('L', StringComparison.Ordinal), page.Reads.Count == 1);
        Assert.All(page.Ties, tie => Assert.Equal(type.EndsWith(".add", StringComparison.Ordinal) && tie.Kind != TieKind.Assignment, tie.Tied));
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Event_ThatFailed_IsNotTold(string type, string? kind, string? about, string consequences)
    {
        _ = (kind, about, consequences);
        await using var world = await OktaWorld.StartAsync();
        var position = await world.Connection.GetPositionAsync(CancellationToken.None);
        Log(world, type, entry => entry["result"] = "FAILURE");

        var page = await world.Connection.ReadChangesAsync(position, new OktaCopy(), CancellationToken.None);

        Assert.Equal((0, 0, 0, 0, 0), (page.Events.Count, page.Accounts.Count, page.Groups.Count, page.Ties.Count, page.Reads.Count));
    }

    [Fact]
    public async Task UpdatedProfile_SaysWhichFields_InOurWords()
    {
        await using var world = await OktaWorld.StartAsync();
        var connection = world.Connect(options => options with { Fields = new Dictionary<string, string> { ["location"] = "profile.city" } });
        var position = await connection.GetPositionAsync(CancellationToken.None);
        Log(world, "user.account.update_profile", entry => entry["targets"]![0]!["changeDetails"] = new JsonObject
        {
            ["from"] = new JsonObject { ["city"] = "Lyon", ["department"] = "Sales", ["title"] = "Agent" },
            ["to"] = new JsonObject { ["city"] = "Ghent", ["department"] = "Sales", ["shoeSize"] = 43 },
        });

        var page = await connection.ReadChangesAsync(position, new OktaCopy(), CancellationToken.None);

        Assert.Equal(["location", "shoeSize", "title"], Assert.Single(page.Events).Fields);
    }

    [Fact]
    public async Task GrantedRole_WhoseTargetIsNotNamed_HasTheNameThatOktaNotesBeside()
    {
        await using var world = await OktaWorld.StartAsync();
        var position = await world.Connection.GetPositionAsync(CancellationToken.None);
        Log(world, "user.account.privilege.grant", entry =>
        {
            entry["targets"]!.AsArray().RemoveAt(3);
            entry["debugData"] = new JsonObject { ["privilegeGranted"] = "Super administrator" };
        });

        var told = Assert.Single((await world.Connection.ReadChangesAsync(position, new OktaCopy(), CancellationToken.None)).Events);

        Assert.Equal((null, "Super administrator"), (told.Object, told.ObjectName));
    }

    [Fact]
    public async Task Position_IsTheEndOfTheLog_AndStaysThereWhileNothingHappens()
    {
        await using var world = await OktaWorld.StartAsync();
        Log(world, "user.lifecycle.suspend");

        var position = await world.Connection.GetPositionAsync(CancellationToken.None);
        var page = await world.Connection.ReadChangesAsync(position, new OktaCopy(), CancellationToken.None);

        Assert.DoesNotContain("://", position, StringComparison.Ordinal);
        Assert.Equal((0, position, false, false), (page.Events.Count, page.Position, page.More, page.Lost));
    }

    [Fact]
    public async Task Position_InABurst_IsAsFarAsItGot_AndTheRestIsTold()
    {
        await using var world = await OktaWorld.StartAsync();
        for (var logged = 0; logged < 7; logged++)
            Log(world, "user.lifecycle.suspend");
        var connection = world.Connect(options => options with { PageSize = 2, MaxPages = 2 });

        var position = await connection.GetPositionAsync(CancellationToken.None);
        var told = new List<int>();
        for (var more = true; more;)
        {
            var page = await connection.ReadChangesAsync(position, new OktaCopy(), CancellationToken.None);
            told.Add(page.Events.Count);
            (position, more) = (page.Position, page.More);
        }

        Assert.Equal([2, 1, 0], told);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(200)]
    public async Task Changes_OverManyPages_AreToldOnceAndAllOfThem(int pageSize)
    {
        await using var world = await OktaWorld.StartAsync(pageSize: pageSize);
        var copy = await OktaCopy.OfAsync(() => world.Connection);
        var log = world.Okta.State.Log.Count;
        for (var i = 0; i < 9; i++)
        {
            Log(world, i % 3 == 0 ? "user.session.start" : "user.account.lock");
            // Between two pages as well as before the first.
            if (i == 5) await copy.FollowAsync(() => world.Connection);
        }

        await copy.FollowAsync(() => world.Connection);
        await copy.FollowAsync(() => world.Connection);

        Assert.Equal(world.Okta.State.Log.Skip(log).Where(entry => entry.EventType == "user.account.lock").Select(entry => entry.Uuid), copy.Events.Select(told => told.Id));
    }

    [Fact]
    public async Task OneMembership_IsFoundInFewRequests()
    {
        await using var world = await OktaWorld.StartAsync();
        var copy = await OktaCopy.OfAsync(() => world.Connection);
        await world.Connection.AddToGroupAsync(await world.AccountAsync("ana"), await world.GroupAsync("Engineering"), CancellationToken.None);
        world.Okta.Requests.Clear();

        await copy.FollowAsync(() => world.Connection);

        Assert.Contains((TieKind.Member, world.Okta.Group("Engineering").Id, world.Id("ana")), copy.Ties);
        // Engineering gives GitHub and Jira: told as well, and known to come through the group.
        Assert.Equal(["assignment.added", "assignment.added", "membership.added"], copy.Events.Select(told => Word(told.Kind)).Order());
        Assert.DoesNotContain((TieKind.Assignment, world.Okta.App("GitHub").Id, world.Id("ana")), copy.Ties);
        Assert.Equal(2, world.Okta.Requests.Requests.Count);
    }

    [Fact]
    public async Task Assignments_AreToldApart_WhetherDirectOrThroughAGroup()
    {
        await using var world = await OktaWorld.StartAsync();
        var copy = await OktaCopy.OfAsync(() => world.Connection);
        var (ana, ben) = (await world.AccountAsync("ana"), await world.AccountAsync("ben"));
        await world.Connection.AddApplicationAsync(ana, await world.ApplicationAsync("GitHub"), CancellationToken.None);
        await world.Connection.RemoveApplicationAsync(ana, await world.ApplicationAsync("Notion"), CancellationToken.None);
        // Comes back through Figma Editors at once.
        await world.Connection.AddApplicationAsync(ben, await world.ApplicationAsync("Figma"), CancellationToken.None);
        await world.Connection.RemoveApplicationAsync(ben, await world.ApplicationAsync("Figma"), CancellationToken.None);

        await copy.FollowAsync(() => world.Connection);

        Assert.Contains((TieKind.Assignment, world.Okta.App("GitHub").Id, ana.Id), copy.Ties);
        Assert.DoesNotContain((TieKind.Assignment, world.Okta.App("Notion").Id, ana.Id), copy.Ties);
        Assert.DoesNotContain((TieKind.Assignment, world.Okta.App("Figma").Id, ben.Id), copy.Ties);
    }

    [Fact]
    public async Task Assignments_OfManyAtOnce_AreReadAsAList()
    {
        await using var world = await OktaWorld.StartAsync();
        var position = await world.Connection.GetPositionAsync(CancellationToken.None);
        var zoom = world.Okta.App("Zoom").Id;
        foreach (var id in world.Okta.State.Users.Keys.Take(21))
            Log(world, "application.user_membership.add", entry => entry["targets"] = new JsonArray(Target(id, "User"), Target(zoom, "AppInstance")));
        world.Okta.Requests.Clear();

        var page = await world.Connection.ReadChangesAsync(position, new OktaCopy(), CancellationToken.None);

        Assert.Equal(new DirectoryRead(DirectoryList.Part, "assignments", zoom), Assert.Single(page.Reads));
        Assert.Empty(page.Ties);
        Assert.Single(world.Okta.Requests.Requests);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(410)]
    public async Task Position_ThatOktaRefuses_IsLostAndReplaced(int status)
    {
        await using var world = await OktaWorld.StartAsync();
        await world.Connection.GetPositionAsync(CancellationToken.None);
        world.Fault(FaultKind.Status, "GET", "/api/v1/logs", status: status);

        var page = await world.Connection.ReadChangesAsync("whatever", new OktaCopy(), CancellationToken.None);
        var next = await world.Connection.ReadChangesAsync(page.Position, new OktaCopy(), CancellationToken.None);

        Assert.True(page.Lost);
        Assert.Equal((false, page.Position), (next.Lost, next.Position));
    }

    [Theory]
    [InlineData(403, nameof(IdpTrouble.NotAllowed))]
    [InlineData(401, nameof(IdpTrouble.BadCredentials))]
    [InlineData(500, nameof(IdpTrouble.Unavailable))]
    public async Task Log_ThatCannotBeRead_IsTroubleAndNotLost(int status, string trouble)
    {
        await using var world = await OktaWorld.StartAsync();
        var position = await world.Connection.GetPositionAsync(CancellationToken.None);
        world.Fault(FaultKind.Status, "GET", "/api/v1/logs", times: null, status: status);

        var thrown = await Assert.ThrowsAsync<IdpException>(() => world.Connection.ReadChangesAsync(position, new OktaCopy(), CancellationToken.None));

        Assert.Equal(trouble, thrown.Trouble.ToString());
    }

    [Fact]
    public async Task Log_WhoseNextPositionIsElsewhere_IsNotFollowed()
    {
        await using var world = await OktaWorld.StartAsync();
        var position = await world.Connection.GetPositionAsync(CancellationToken.None);
        world.Fault(FaultKind.HostileLink, "GET", "/api/v1/logs");

        var thrown = await Assert.ThrowsAsync<IdpException>(() => world.Connection.ReadChangesAsync(position, new OktaCopy(), CancellationToken.None));

        Assert.Contains("another address", thrown.Message, StringComparison.Ordinal);
    }

    private static void Log(OktaWorld world, string type, Action<JsonObject>? change = null)
    {
        var entry = new JsonObject
        {
            ["log"] = type,
            ["targets"] = new JsonArray(Target(User, "User", "ana@acme.example"), Target(Group, "UserGroup"), Target(App, "AppInstance"), Target(Role, "ROLE")),
        };
        change?.Invoke(entry);
        Assert.Null(world.Okta.Arrange(entry));
    }

    private static JsonObject Target(string id, string type, string? alternateId = null) => new() { ["id"] = id, ["type"] = type, ["alternateId"] = alternateId };

    private static string Word(LifecycleKind kind) => System.Text.Json.JsonSerializer.Serialize(kind, Words).Trim('"');

    private static readonly System.Text.Json.JsonSerializerOptions Words = new() { Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter<LifecycleKind>() } };
}
