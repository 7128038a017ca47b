using Microsoft.Extensions.Configuration;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.JumpCloud;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.JumpCloud;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

/// <summary>The lists of the copy, each page by itself.</summary>
public sealed class JumpCloudDirectoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, null)]
    [InlineData(7, null)]
    [InlineData(100, null)]
    [InlineData(100, 3)]
    [InlineData(10, 4)]
    public async Task Lists_WithPagesOfAnySize_AreTheWholeOrganization(int pageSize, int? cap)
    {
        await using var world = await JumpCloudWorld.StartAsync(new EmulatorOptions { PageSizeCap = cap });
        var source = world.Connect(pageSize);

        var copy = await JumpCloudCopy.ReadAsync(() => source);

        AssertIs(world.JumpCloud.State, copy);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Pages_ReadByOthersInAnyOrder_AreTheWholeOrganization(int seed)
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var random = new Random(seed);

        var copy = await JumpCloudCopy.ReadAsync(() => world.Connect(pageSize: 5), random.Next);

        AssertIs(world.JumpCloud.State, copy);
    }

    [Fact]
    public async Task CountedList_AfterItsFirstPage_NamesAllOthersAtOnce()
    {
        await using var world = await JumpCloudWorld.StartAsync(new EmulatorOptions { People = 200 });
        var source = world.Connect(pageSize: 10);
        var accounts = world.JumpCloud.State.Users.Count;

        var page = await source.ReadAsync(source.ReadsFor(null).Reads[0], Token);

        Assert.Equal(accounts, page.Total);
        Assert.Equal((accounts + 9) / 10, 1 + page.Next.Count);
    }

    [Fact]
    public async Task CountedList_ThatGrows_IsReadToItsNewEnd()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var source = world.Connect(pageSize: 10);
        var first = await source.ReadAsync(source.ReadsFor(null).Reads[0], Token);

        for (var i = 0; i < 25; i++) await source.CreateUserAsync(new NewUser($"late{i}@acme.example", "Late", $"Comer {i}", null, null, null), Token);
        var seen = first.Accounts.ToList();
        var left = new Queue<DirectoryRead>(first.Next);
        while (left.TryDequeue(out var read))
        {
            var page = await source.ReadAsync(read, Token);
            seen.AddRange(page.Accounts);
            foreach (var next in page.Next) left.Enqueue(next);
        }

        Assert.Equal(world.JumpCloud.State.Users.Keys, seen.Select(account => account.Account.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task LongMemberList_IsReadInMoreAndMorePagesAtOnce_WithFewBehindItsEnd()
    {
        await using var world = await JumpCloudWorld.StartAsync(new EmulatorOptions { People = 400 });
        var source = world.Connect(pageSize: 1);
        var everybody = world.JumpCloud.Group("All People").Id;
        var (members, pages, rounds) = (0, 0, 0);

        IReadOnlyList<DirectoryRead> left = [new DirectoryRead(DirectoryList.Part, "members", everybody)];
        for (; left.Count > 0; rounds++)
        {
            var read = await Task.WhenAll(left.Select(each => source.ReadAsync(each, Token)));
            pages += read.Length;
            members += read.Sum(page => page.Ties.Sum(ties => ties.Children.Count));
            left = [.. read.SelectMany(page => page.Next)];
        }

        Assert.Equal(world.JumpCloud.Group("All People").Members.Count, members);
        Assert.InRange(pages, members + 1, members + 16);
        Assert.InRange(rounds, 5, 60);
    }

    [Fact]
    public async Task Account_IsToldWithWhatOnlyTheCopyNeeds()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        world.Arrange("""{"user": "ana", "texts": {"costCenter": "CC-7", "location": "Lyon"}}""");
        var source = world.Connect(with: options => options with
        {
            Fields = new Dictionary<string, string> { ["costCenter"] = "costCenter", ["division"] = "attributes.costObject", ["phone"] = "phoneNumbers.work" },
        });

        var copy = await JumpCloudCopy.ReadAsync(() => source);
        var (ana, service) = (copy.Accounts[world.JumpCloud.User("ana").Id], copy.Accounts[world.JumpCloud.User("svc_siit").Id]);

        Assert.Equal(new Dictionary<string, string> { ["costCenter"] = "CC-7", ["attributes.costObject"] = "C-100" }, ana.Attributes);
        Assert.Equal(world.JumpCloud.User("ana").Manager, ana.ManagerId);
        Assert.True(ana.HasMfa);
        Assert.Equal((AccountKind.Person, AccountKind.Service), (ana.Kind, service.Kind));
        Assert.Empty(ana.Aliases);
        Assert.Equal(await world.AccountAsync("ana") with { Manager = null }, ana.Account);
    }

    [Fact]
    public async Task Roles_AreTiedToTheAccountsOfAdministrators()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var copy = await JumpCloudCopy.ReadAsync(() => world.Connect());
        string[] Holders(string role) => [.. copy.Ties.Where(tie => tie.Kind == TieKind.RoleHolder && copy.Roles[tie.Parent].Name == role).Select(tie => copy.Accounts[tie.Child].Account.Login).Order(StringComparer.Ordinal)];

        Assert.Equal(["erin", "svc_siit", "theo"], Holders("Administrator"));
        Assert.Equal(["breakglass", "dora"], Holders("Administrator With Billing"));
        Assert.Equal(["hugo", "theo"], Holders("Help Desk"));
        Assert.Empty(Holders("Manager"));
        Assert.Equal(["Administrator", "Administrator With Billing"], copy.Roles.Values.Where(role => role.Super).Select(role => role.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task MembersOfADeletedGroup_AreNone()
    {
        await using var world = await JumpCloudWorld.StartAsync();

        var page = await world.Connect().ReadAsync(new DirectoryRead(DirectoryList.Part, "members", "0123456789abcdef01234567"), Token);

        Assert.Empty(page.Ties);
        Assert.Equal([new TieList(TieKind.Member, "0123456789abcdef01234567")], page.Covers);
    }

    [Fact]
    public async Task NarrowedReads_AreFew_AndCompleteWhereTheySaySo()
    {
        var time = new ManualTime();
        await using var world = await JumpCloudWorld.StartAsync(new EmulatorOptions { TimeProvider = time });
        var source = world.Connect(time: time);
        time.Advance(TimeSpan.FromDays(3));
        var since = time.GetUtcNow();
        var created = await source.CreateUserAsync(new NewUser("zoe@acme.example", "Zoë", "New", null, null, null), Token);
        var sent = world.JumpCloud.Requests.Requests.Count;

        var copy = await JumpCloudCopy.ReadAsync(() => source, changedSince: since);

        Assert.Equal([created.NewId], copy.Accounts.Keys);
        Assert.Equal(world.JumpCloud.State.Groups.Keys, copy.Groups.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(world.JumpCloud.State.Apps.Keys, copy.Applications.Keys.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(DirectoryList.Accounts, source.ReadsFor(since).Complete);
        Assert.Equal(4, copy.Pages);
        Assert.InRange(world.JumpCloud.Requests.Requests.Count - sent, 4, 40);
    }

    [Fact]
    public async Task AccountsAndGroups_AskedForById_AreThoseThatExist()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var source = world.Connect();
        var (ana, ben, sales) = (world.JumpCloud.User("ana").Id, world.JumpCloud.User("ben@acme.example").Id, world.JumpCloud.Group("Sales").Id);
        const string nobody = "0123456789abcdef01234567";

        var accounts = await source.ReadAccountsAsync([ana, nobody, "BEN@acme.example", ben, "no-id", "ghost@acme.example"], Token);
        var groups = await source.ReadGroupsAsync([sales, nobody, ".."], Token);

        Assert.Equal(new[] { ana, ben }.Order(StringComparer.Ordinal), accounts.Select(account => account.Account.Id).Order(StringComparer.Ordinal));
        Assert.Equal([sales], groups.Select(group => group.Group.Id));
    }

    [Theory]
    [InlineData("members", "0123456789abcdef01234567", "5-3")]
    [InlineData("accounts", null, "x")]
    [InlineData("accounts", null, "-1-2")]
    [InlineData("everything", null, null)]
    public async Task Read_ThatIsNotOurs_IsRefused(string what, string? of, string? cursor)
    {
        await using var world = await JumpCloudWorld.StartAsync();

        var refused = await Assert.ThrowsAsync<IdpException>(() => world.Connect().ReadAsync(new DirectoryRead(DirectoryList.Part, what, of, cursor), Token));

        Assert.Equal(IdpTrouble.Rejected, refused.Trouble);
    }

    [Fact]
    public void Fields_NamedWrongly_AreRefusedWithTheRightOnes()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["jumpcloud:apiKey:env"] = "KEY",
            ["jumpcloud:apiKeyOwner"] = "a@acme.example",
            ["jumpcloud:fields:costCenter"] = "costCentre",
            ["jumpcloud:fields:location"] = "addresses.work.town",
            ["jumpcloud:fields:title"] = "attributes.Role",
            ["jumpcloud:fields:phone"] = "phoneNumbers.mobile",
        }).Build();

        var refused = Assert.Throws<ConnectionSettingsException>(() => JumpCloudOptions.From("jumpcloud", settings.GetSection("jumpcloud")));

        Assert.Contains("'fields:costCenter' is 'costCentre', which is no attribute here. Known: alternateEmail, company, costCenter", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'fields:location' is 'addresses.work.town'", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("fields:title", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("fields:phone", refused.Message, StringComparison.Ordinal);
    }

    private static void AssertIs(JumpCloudState state, JumpCloudCopy copy)
    {
        Assert.Equal(state.Users.Values.Select(user => (user.Id, user.Username, user.Email)), copy.Accounts.Values
            .Select(held => (held.Account.Id, Username: held.Account.Login, Email: held.Account.Email!)).OrderBy(held => held.Id, StringComparer.Ordinal));
        Assert.Equal(state.Groups.Keys, copy.Groups.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(state.Apps.Keys, copy.Applications.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(state.Roles.Keys, copy.Roles.Keys.Order(StringComparer.Ordinal));
        var members = state.Groups.Values.SelectMany(group => state.MembersOf(group), (group, user) => (TieKind.Member, group.Id, user.Id));
        var direct = state.Apps.Values.SelectMany(app => app.Users, (app, user) => (TieKind.Assignment, app.Id, user));
        var groups = state.Apps.Values.SelectMany(app => app.Groups, (app, group) => (TieKind.GroupAssignment, app.Id, group));
        Assert.Equal(members.Concat(direct).Concat(groups).Order(), copy.Ties.Where(tie => tie.Kind != TieKind.RoleHolder).Order());
    }
}
