using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

public sealed class JumpCloudReadsTests : IAsyncLifetime
{
    private const string UnknownId = "0123456789abcdef01234567";
    private JumpCloudWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await JumpCloudWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("ben@acme.example", "bokafor")]
    [InlineData("BEN@Acme.Example", "bokafor")]
    [InlineData("bokafor", "bokafor")]
    [InlineData("gone@acme.example", "gone")]
    [InlineData("suspended@acme.example", "suspended")]
    public async Task FindAccounts_ByEmailOrUsername_FindsInEveryState(string asked, string username)
    {
        var account = Assert.Single(await _world.Connect(pageSize: 1).FindAccountsAsync(asked, CancellationToken.None));

        Assert.Equal(username, account.Login);
    }

    [Theory]
    [InlineData("ben")]
    [InlineData("nobody@acme.example")]
    [InlineData("ana@acme.example:$eq:x")]
    public async Task FindAccounts_Unknown_FindsNone(string asked) =>
        Assert.Empty(await _world.Connect().FindAccountsAsync(asked, CancellationToken.None));

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task GetPicture_OfSomebody_HasEverything(int pageSize)
    {
        var picture = await _world.Connect(pageSize).GetPictureAsync(_world.JumpCloud.User("ana").Id, PictureParts.All, CancellationToken.None);

        Assert.Equal(("ana", "ana@acme.example", "Ana Souza", "Sales", "mona@acme.example"),
            (picture.Account.Login, picture.Account.Email, picture.Account.Name, picture.Account.Department, picture.Account.Manager));
        Assert.Equal((AccountStatus.Active, "ACTIVATED", null), (picture.Account.Status, picture.Account.VendorStatus, picture.Account.ManagedBy));
        Assert.Equal(["All People", "All Sales", "Figma Editors", "Sales", "VPN Users"], picture.Groups!.Select(group => group.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["push", "sms", "totp"], picture.Factors!.Select(factor => factor.Kind).Order(StringComparer.Ordinal));
        Assert.Empty(picture.Roles!);
        Assert.Empty(picture.Grants!);
        Assert.Contains(picture.Applications!, application => application is { Name: "Notion", Direct: true, ViaGroup: null });
        Assert.Contains(picture.Applications!, application => application is { Name: "Figma", Direct: false, ViaGroupName: "Figma Editors" });
    }

    [Fact]
    public async Task GetPicture_ApplicationByTwoPaths_TellsBoth()
    {
        var salesforce = (await _world.PictureAsync("ana")).Applications!.Where(application => application.Name == "Salesforce").ToList();

        Assert.Equal([null, "All Sales"], salesforce.Select(application => application.ViaGroupName).Order());
    }

    [Theory]
    [InlineData("ana", "Active", "ACTIVATED")]
    [InlineData("staged", "Staged", "STAGED")]
    [InlineData("provisioned", "Active", "ACTIVATED, password pending")]
    [InlineData("locked", "Locked", "ACTIVATED, account_locked")]
    [InlineData("expired", "Active", "ACTIVATED, password_expired")]
    [InlineData("suspended", "Suspended", "SUSPENDED")]
    public async Task GetPicture_Status_IsInOurWordAndTheirs(string login, string status, string vendorStatus)
    {
        var account = await _world.AccountAsync(login);

        Assert.Equal((status, vendorStatus), (account.Status.ToString(), account.VendorStatus));
    }

    [Theory]
    [InlineData("ana", null)]
    [InlineData("carla", "scim (department)")]
    [InlineData("greta", "active_directory (department, email, firstname, jobTitle, lastname, password, username)")]
    public async Task GetPicture_MasteredElsewhere_SaysByWhomAndWhat(string login, string? managedBy) =>
        Assert.Equal(managedBy, (await _world.AccountAsync(login)).ManagedBy);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../systemusers")]
    [InlineData("ana@acme.example")]
    [InlineData("0123456789abcdef0123456")]
    [InlineData("0123456789abcdef012345678")]
    [InlineData("0123456789abcdef0123456g")]
    public async Task AnyCall_MalformedId_IsRefusedBeforeAUrlIsMade(string id)
    {
        var connection = _world.Connect();
        var before = _world.JumpCloud.Requests.Requests.Count;
        var account = new Account { Id = id, Login = "x", Status = AccountStatus.Active, VendorStatus = "ACTIVATED" };

        foreach (var call in new Func<Task>[]
        {
            () => connection.GetPictureAsync(id, PictureParts.All, CancellationToken.None),
            () => connection.GetGroupAsync(id, CancellationToken.None),
            () => connection.GetApplicationAsync(id, CancellationToken.None),
            () => connection.ListMembersAsync(id, 10, null, CancellationToken.None),
            () => connection.SuspendUserAsync(account, CancellationToken.None),
            () => connection.ResetMfaAsync(account, null, CancellationToken.None),
            () => connection.AddToGroupAsync(account, new IdpGroup { Id = UnknownId, Name = "x", VendorType = "" }, CancellationToken.None),
        })
            Assert.Equal(IdpTrouble.NotFound, (await Assert.ThrowsAsync<IdpException>(call)).Trouble);
        Assert.Equal(before, _world.JumpCloud.Requests.Requests.Count);
    }

    [Fact]
    public async Task GetPicture_UnknownId_IsNotFound() =>
        Assert.Equal(IdpTrouble.NotFound, (await Assert.ThrowsAsync<IdpException>(
            () => _world.Connect().GetPictureAsync(UnknownId, PictureParts.All, CancellationToken.None))).Trouble);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task FindGroups_PageByPage_FindsEachOnce(int pageSize)
    {
        var connection = _world.Connect(pageSize);

        var names = await AllAsync(cursor => connection.FindGroupsAsync(null, 4, cursor, CancellationToken.None));

        Assert.Equal(_world.JumpCloud.State.Groups.Values.Select(group => group.Name).Order(StringComparer.Ordinal), names.Select(group => group.Name));
    }

    [Fact]
    public async Task FindGroups_ByBeginning_IgnoresCase() =>
        Assert.Equal(["Sales"], (await _world.Connect(pageSize: 2).FindGroupsAsync("sAl", 10, null, CancellationToken.None)).Items.Select(group => group.Name));

    [Theory]
    [InlineData("not a cursor")]
    [InlineData("Zm9vYmFyYmF6cXV4")]
    public async Task FindGroups_ForeignCursor_IsRefused(string cursor) =>
        Assert.Equal(IdpTrouble.Rejected, (await Assert.ThrowsAsync<IdpException>(
            () => _world.Connect().FindGroupsAsync(null, 4, cursor, CancellationToken.None))).Trouble);

    [Fact]
    public async Task FindGroups_CursorOfAnotherList_IsRefused()
    {
        var connection = _world.Connect();
        var next = (await connection.FindGroupsAsync(null, 1, null, CancellationToken.None)).Next;

        await Assert.ThrowsAsync<IdpException>(() => connection.FindApplicationsAsync(null, 1, next, CancellationToken.None));
    }

    [Fact]
    public async Task FindGroups_ServerCutsPagesShort_StillFindsAll()
    {
        await _world.DisposeAsync();
        _world = await JumpCloudWorld.StartAsync(new EmulatorOptions { PageSizeCap = 2 });

        var picture = await _world.PictureAsync("ana");

        Assert.Equal(5, picture.Groups!.Count);
        Assert.Equal(_world.JumpCloud.State.Groups.Count, (await AllAsync(cursor => _world.Connect().FindGroupsAsync(null, 100, cursor, CancellationToken.None))).Count);
    }

    [Theory]
    [InlineData("Sales", "STATIC", true, "")]
    [InlineData("Laptop Loaners", "DYNAMIC_REVIEW_REQUIRED", true, "the group's own member query (DYNAMIC_REVIEW_REQUIRED)")]
    [InlineData("All Sales", "DYNAMIC_AUTOMATED", false, "the group's own member query (DYNAMIC_AUTOMATED)")]
    public async Task GetGroup_ByMembershipMethod_SaysWhetherItCanBeChanged(string name, string method, bool changeable, string rules)
    {
        var picture = await _world.GroupAsync(name);

        Assert.Equal((method, changeable, rules), (picture.Group.VendorType, picture.Group.NotChangeable is null, string.Join("", picture.Rules)));
        Assert.Empty(picture.Roles);
    }

    [Fact]
    public async Task GetGroup_WithApplications_NamesThem() =>
        Assert.Equal(["Slack", "Zoom"], (await _world.GroupAsync("All People")).Applications.Select(application => application.Name).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task ListMembers_PageByPage_FindsEachOnce(int limit)
    {
        var group = _world.JumpCloud.Group("IT Agents");

        var members = await AllAsync(cursor => _world.Connect().ListMembersAsync(group.Id, limit, cursor, CancellationToken.None));

        Assert.Equal(["dora", "hugo", "nina"], members.Select(account => account.Login).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task FindApplications_ByBeginning_FindsByTheNamePeopleSee(int pageSize)
    {
        var connection = _world.Connect(pageSize);

        Assert.Equal(["Slack"], (await connection.FindApplicationsAsync("sla", 10, null, CancellationToken.None)).Items.Select(application => application.Name));
        Assert.Equal(10, (await AllAsync(cursor => connection.FindApplicationsAsync("", 3, cursor, CancellationToken.None))).Count);
    }

    [Fact]
    public async Task GetApplication_Inactive_SaysSo()
    {
        Assert.False((await _world.ApplicationAsync("Workday")).Active);
        Assert.True((await _world.ApplicationAsync("Slack")).Active);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task ListEvents_AfterChanges_TellsThemInOrder(int limit)
    {
        var since = DateTimeOffset.UtcNow.AddSeconds(-1);
        var (ana, sales) = (await _world.AccountAsync("ana"), await _world.GroupAsync("Sales"));
        var connection = _world.Connect();
        await connection.SuspendUserAsync(ana, CancellationToken.None);
        await connection.RemoveFromGroupAsync(ana, sales.Group, CancellationToken.None);
        await connection.UnlockUserAsync(await _world.AccountAsync("locked"), CancellationToken.None);

        var all = await AllAsync(cursor => connection.ListEventsAsync(null, since, limit, cursor, CancellationToken.None));
        var ofAna = await AllAsync(cursor => connection.ListEventsAsync(ana.Id, since, limit, cursor, CancellationToken.None));

        Assert.Equal(["user_suspended", "association_change", "user_unlocked"], all.Select(entry => entry.Type));
        Assert.Equal(["user_suspended", "association_change"], ofAna.Select(entry => entry.Type));
        Assert.Equal([sales.Group.Id, ana.Id], ofAna[1].Targets.Select(target => target.Id));
        Assert.All(all, entry => Assert.True(entry.Succeeded));
    }

    [Fact]
    public async Task ListEvents_NotBooked_SaysSo()
    {
        _world.Arrange("""{"organization": true, "insights": false}""");

        var trouble = await Assert.ThrowsAsync<IdpException>(() => _world.Connect().ListEventsAsync(null, DateTimeOffset.UtcNow, 10, null, CancellationToken.None));

        Assert.Equal(IdpTrouble.NotAllowed, trouble.Trouble);
        Assert.Contains("Directory Insights is not enabled", trouble.Message, StringComparison.Ordinal);
    }

    private static async Task<List<T>> AllAsync<T>(Func<string?, Task<Page<T>>> read)
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
