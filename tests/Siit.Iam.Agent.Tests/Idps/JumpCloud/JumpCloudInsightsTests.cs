using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

/// <summary>What Directory Insights tells behind a position: everything, once, also what comes late.</summary>
public sealed class JumpCloudInsightsTests
{
    private const string Hold = """{"organization": true, "holdEvents": true}""";
    private const string Go = """{"organization": true, "holdEvents": false}""";
    private const string Release = """{"organization": true, "releaseEvents": true}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 7)]
    [InlineData(3, 1)]
    public async Task RandomHistory_IsToldAsTheLedgerHasIt_AndTheCopyEndsAsTheOrganization(int seed, int pageSize)
    {
        await using var world = await JumpCloudWorld.StartAsync();
        using var history = new JumpCloudHistory(world.JumpCloud, seed);
        var random = new Random(seed);
        var source = world.Connect(pageSize);
        var position = await source.GetPositionAsync(Token);
        var copy = await JumpCloudCopy.ReadAsync(() => world.Connect());
        var dynamic = world.JumpCloud.State.Groups.Values.Where(group => group.Method == "DYNAMIC_AUTOMATED").Select(group => group.Id).ToHashSet();

        while (world.JumpCloud.Ledger.Effects.Count < 300)
        {
            await history.ChangeAsync();
            var chance = random.Next(40);
            if (chance == 0) history.Arrange(Hold);
            if (chance is 1 or 2) history.Arrange(Go);
            if (chance == 3) history.Arrange(Release);
            if (chance is 4 or 5) position = await copy.FollowAsync(source, position);
        }
        history.Arrange(Release);
        position = await copy.FollowAsync(source, position);

        Assert.Equal(
            world.JumpCloud.Ledger.Effects.SelectMany(JumpCloudHistory.Worth).Order(StringComparer.Ordinal),
            copy.Events.Where(told => !IsLockByUpdate(told) && !dynamic.Contains(told.Object ?? "")).Select(JumpCloudHistory.Line).Order(StringComparer.Ordinal));
        Assert.Equal(0, copy.Repeated);
        Assert.Equal((await JumpCloudCopy.ReadAsync(() => world.Connect())).Lines(), copy.Lines());
        Assert.Equal(position, await copy.FollowAsync(source, position));

        // The ledger has what was asked for: a lock is a field among others there, and what a group's query does follows from a field.
        static bool IsLockByUpdate(FeedEvent told) => told is { Kind: LifecycleKind.AccountLocked or LifecycleKind.AccountUnlocked, VendorType: "user_update" };
    }

    [Fact]
    public async Task Changes_WhenNothingHappens_AreNoneAtTheSamePosition()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var source = world.Connect();
        var position = await source.GetPositionAsync(Token);

        var page = await source.ReadChangesAsync(position, new JumpCloudCopy(), Token);

        Assert.Empty(page.Events);
        Assert.Empty(page.Accounts);
        Assert.Equal((position, false, false), (page.Position, page.More, page.Lost));
    }

    [Fact]
    public async Task Position_StandsBehindWhatHappenedBefore_AlsoWhenThatComesLate()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var source = world.Connect();
        await source.SuspendUserAsync(await world.AccountAsync("ana"), Token);
        var position = await source.GetPositionAsync(Token);
        await source.UnlockUserAsync(await world.AccountAsync("locked"), Token);

        var page = await source.ReadChangesAsync(position, new JumpCloudCopy(), Token);

        Assert.Equal([LifecycleKind.AccountUnlocked], page.Events.Select(told => told.Kind));
    }

    [Fact]
    public async Task EntryThatComesLate_IsToldOnce_AndTheLastWordOnATieStaysTheLast()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var source = world.Connect();
        var (ana, team) = (await world.AccountAsync("ana"), (await world.GroupAsync("Support")).Group);
        var position = await source.GetPositionAsync(Token);
        var copy = await JumpCloudCopy.ReadAsync(() => source);
        world.Arrange(Hold);
        await source.AddToGroupAsync(ana, team, Token);
        world.Arrange(Go);
        await source.RemoveFromGroupAsync(ana, team, Token);

        position = await copy.FollowAsync(source, position);
        Assert.Equal([LifecycleKind.MembershipRemoved], copy.Events.Select(told => told.Kind));

        world.Arrange(Release);
        position = await copy.FollowAsync(source, position);
        await copy.FollowAsync(source, position);

        Assert.Equal([LifecycleKind.MembershipRemoved, LifecycleKind.MembershipAdded], copy.Events.Select(told => told.Kind));
        Assert.Equal(0, copy.Repeated);
        Assert.DoesNotContain((TieKind.Member, team.Id, ana.Id), copy.Ties);
    }

    [Fact]
    public async Task ManyEntries_AreToldPageByPage_EachPositionASafePlaceToGoOnFrom()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var source = world.Connect(pageSize: 2);
        var position = await source.GetPositionAsync(Token);
        string[] logins = ["ana", "ben@acme.example", "carla", "dora", "hugo"];
        foreach (var login in logins) await source.SuspendUserAsync(await world.AccountAsync(login), Token);

        var told = new List<string>();
        ChangePage page;
        do
        {
            // A process that died before it had saved the page asks again and gets the same.
            page = await world.Connect(pageSize: 2).ReadChangesAsync(position, new JumpCloudCopy(), Token);
            var again = await source.ReadChangesAsync(position, new JumpCloudCopy(), Token);
            Assert.Equal((page.Events.Select(each => each.Id).ToList(), page.Position), (again.Events.Select(each => each.Id).ToList(), again.Position), Same);
            told.AddRange(page.Events.Select(each => each.Account));
            position = page.Position;
        }
        while (page.More);

        Assert.Equal(logins.Select(login => world.JumpCloud.User(login).Id), told);

        static bool Same((List<string> Ids, string Position) one, (List<string> Ids, string Position) other) =>
            one.Ids.SequenceEqual(other.Ids) && one.Position == other.Position;
    }

    [Fact]
    public async Task Event_NamesWhoWhatAndByDidIt()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var source = world.ConnectByKey();
        var (ana, team) = (await world.AccountAsync("ana"), (await world.GroupAsync("Support")).Group);
        var position = await source.GetPositionAsync(Token);
        await source.AddToGroupAsync(ana, team, Token);

        var page = await source.ReadChangesAsync(position, new JumpCloudCopy(), Token);

        var told = Assert.Single(page.Events);
        Assert.Equal((ana.Id, "ana", team.Id, "Support"), (told.Account, told.AccountName, told.Object, told.ObjectName));
        Assert.Equal(("svc-siit@acme.example", "association_change"), (told.Actor, told.VendorType));
        Assert.Equal([new TieChange(TieKind.Member, team.Id, ana.Id, Tied: true)], page.Ties);
        Assert.Empty(page.Accounts);
    }

    [Theory]
    [InlineData(89, false)]
    [InlineData(90, true)]
    public async Task Position_OfSoManyDaysAgo_IsLostOrNot(int days, bool lost)
    {
        var time = new ManualTime();
        await using var world = await JumpCloudWorld.StartAsync(new EmulatorOptions { TimeProvider = time });
        var source = world.Connect(time: time);
        var position = await source.GetPositionAsync(Token);
        await source.SuspendUserAsync(await world.AccountAsync("ana"), Token);
        time.Advance(TimeSpan.FromDays(days));

        var page = await world.Connect(time: time).ReadChangesAsync(position, new JumpCloudCopy(), Token);

        Assert.Equal(lost, page.Lost);
        Assert.Equal(lost ? 0 : 1, page.Events.Count);
        var next = await world.Connect(time: time).ReadChangesAsync(page.Position, new JumpCloudCopy(), Token);
        Assert.False(next.Lost);
        Assert.Empty(next.Events);
    }

    [Fact]
    public async Task Position_OfAQuietOrganization_IsNeverLost()
    {
        var time = new ManualTime();
        await using var world = await JumpCloudWorld.StartAsync(new EmulatorOptions { TimeProvider = time });
        var position = await world.Connect(time: time).GetPositionAsync(Token);
        for (var week = 0; week < 20; week++)
        {
            time.Advance(TimeSpan.FromDays(7));
            var page = await world.Connect(time: time).ReadChangesAsync(position, new JumpCloudCopy(), Token);
            Assert.False(page.Lost);
            position = page.Position;
        }
        await world.Connect(time: time).SuspendUserAsync(await world.AccountAsync("ana"), Token);

        var last = await world.Connect(time: time).ReadChangesAsync(position, new JumpCloudCopy(), Token);

        Assert.Equal([LifecycleKind.AccountSuspended], last.Events.Select(told => told.Kind));
    }

    [Fact]
    public async Task Position_ThatCannotBeRead_IsLost()
    {
        await using var world = await JumpCloudWorld.StartAsync();

        var page = await world.Connect().ReadChangesAsync("of another version", new JumpCloudCopy(), Token);

        Assert.True(page.Lost);
    }

    [Fact]
    public async Task NotBooked_SaysWhatToDo()
    {
        await using var world = await JumpCloudWorld.StartAsync();
        var source = world.Connect();
        var position = await source.GetPositionAsync(Token);
        world.Arrange("""{"organization": true, "insights": false}""");

        var read = await Assert.ThrowsAsync<IdpException>(() => source.ReadChangesAsync(position, new JumpCloudCopy(), Token));
        var asked = await Assert.ThrowsAsync<IdpException>(() => source.GetPositionAsync(Token));

        Assert.Equal((IdpTrouble.NotAllowed, IdpTrouble.NotAllowed), (read.Trouble, asked.Trouble));
        Assert.Contains("Enable it there", read.Message, StringComparison.Ordinal);
    }
}
