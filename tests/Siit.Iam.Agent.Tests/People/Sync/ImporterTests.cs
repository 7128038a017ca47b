using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.People.Sync;

public sealed class ImporterTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Import_OfEverything_CopiesEverything_AndTellsNothingAsEvent(bool tellsEvents)
    {
        await using var world = await FilledAsync(tellsEvents);

        var end = await world.ImportAsync();

        Assert.Null(end.Held);
        world.AssertSame();
        Assert.Empty(world.AllEvents);
        Assert.Equal(7, end.Run.Counts.Accounts);
        await world.RestartAsync();
        world.AssertSame();
    }

    [Fact]
    public async Task Import_KilledAtAnyRead_GoesOnWithoutRepeatingAPage_AndShowsNothingBeforeItsEnd()
    {
        var reads = 0;
        for (var kill = 1; kill == 1 || reads >= kill; kill++)
        {
            await using var world = await FilledAsync(tellsEvents: true, new SyncOptions { Readers = 1 });
            var asked = 0;
            world.Source.Before = _ => { if (++asked == kill) throw new IdpException(IdpTrouble.Unavailable, "Down."); };
            try
            {
                await world.ImportAsync();
            }
            catch (IdpException)
            {
                Assert.Empty(world.Part.Accounts);
            }

            await world.RestartAsync();
            world.Source.Before = null;
            await world.ImportAsync();

            world.AssertSame();
            reads = world.Source.Reads.Count(read => !read.StartsWith("position", StringComparison.Ordinal));
            var pages = world.Source.Reads.Where(read => read.Contains('@')).ToList();
            Assert.Equal(pages.Distinct().Count(), pages.Count);
        }

        Assert.True(reads > 12, $"Only {reads} reads.");
    }

    /// <summary>The lists are ahead of the log: what it still tells of somebody gone ties nobody.</summary>
    [Fact]
    public async Task Changes_OfSomebodyWhoIsGoneAlready_TieNobody()
    {
        await using var world = await FilledAsync(tellsEvents: true);
        await world.ImportAsync();
        world.Source.Tie(TieKind.Member, "g1", "u7", true);
        world.Source.Delete("u7");
        world.Source.Hidden = 1000;
        await world.ImportAsync();
        world.Source.Hidden = 0;

        await world.ReadChangesAsync();

        Assert.False(world.Part.IsTied(TieKind.Member, "g1", "u7"));
        world.AssertSame();
    }

    [Theory]
    [InlineData("out and in again is nothing", "out in", "")]
    [InlineData("out, in and out is out", "out in out", "MembershipRemoved")]
    [InlineData("each for itself", "out | in", "MembershipRemoved MembershipAdded")]
    [InlineData("and then out", "out in | out", "MembershipRemoved")]
    public async Task Changes_ThatTheLogDoesNotTell_AreToldAsWhatTheyComeTo(string what, string changes, string told)
    {
        await using var world = await FilledAsync(tellsEvents: true);
        world.Source.LogPage = 100;
        world.Source.Tie(TieKind.Member, "g1", "u7", true);
        await world.ImportAsync();
        await world.ReadChangesAsync();
        var before = world.AllEvents.Count;

        foreach (var page in changes.Split(" | "))
        {
            foreach (var change in page.Split(' '))
                world.Source.TieUntold(TieKind.Member, "g1", "u7", change == "in");
            await world.ReadChangesAsync();
            world.Time.Advance(TimeSpan.FromSeconds(10));
        }

        world.Time.Advance(world.Source.Traits.Lag + TimeSpan.FromMinutes(1));
        await world.ReadChangesAsync();

        world.AssertSame();
        Assert.True(told == string.Join(' ', world.AllEvents.Skip(before).Select(happened => happened.Kind)), what);
    }

    /// <summary>What an interrupted import had read before changes were is old by now.</summary>
    [Fact]
    public async Task Import_InterruptedBeforeChangesWereRead_BeginsAnew()
    {
        await using var world = await FilledAsync(tellsEvents: true);
        await world.ImportAsync();
        world.Source.Before = what => { if (what.StartsWith("members/g3", StringComparison.Ordinal)) throw new IdpException(IdpTrouble.Unavailable, "Down."); };
        await Assert.ThrowsAsync<IdpException>(() => world.ImportAsync());
        world.Source.Before = null;
        world.Source.Set("u1", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        await world.ReadChangesAsync();

        await world.ImportAsync();

        Assert.Equal(AccountStatus.Suspended, world.Part.Account("u1")!.Status);
    }

    /// <summary>An earlier version kept the ties in the pages: gone on with, every group read so far would be taken for empty.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Import_ThatAnEarlierVersionBegan_BeginsAnew(bool ofThisVersion)
    {
        // One reader: what another had under way when the import was interrupted is read again, and may be anything.
        await using var world = await FilledAsync(tellsEvents: true, new SyncOptions { Readers = 1, GoneAtLeast = 3 });
        world.Source.Before = what => { if (what.StartsWith("members/g3", StringComparison.Ordinal)) throw new IdpException(IdpTrouble.Unavailable, "Down."); };
        await Assert.ThrowsAsync<IdpException>(() => world.ImportAsync());
        world.Source.Before = null;
        var run = world.Copy.File.Get(CopyShelves.Runs, SyncWorld.Connection)!;
        await world.Copy.File.CommitAsync(new DocumentChanges().Put(CopyShelves.Runs, SyncWorld.Connection, run with { TiesApart = ofThisVersion }));
        var read = world.Source.Reads.ToList();
        world.Source.Reads.Clear();

        await world.ImportAsync();

        Assert.NotEmpty(read);
        Assert.Equal(ofThisVersion ? [] : read, read.Intersect(world.Source.Reads));
        world.AssertSame();
    }

    /// <summary>A large page lies in several documents.</summary>
    [Theory]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(350)]
    public async Task Import_OfPagesOfAnySize_IsTheDirectory(int accounts)
    {
        await using var world = SyncWorld.Scripted(tellsEvents: false, new SyncOptions { Readers = 3, GoneAtLeast = 3 });
        world.Source.PageSize = 400;
        world.Source.AddGroup("g1");
        for (var i = 1; i <= accounts; i++)
        {
            world.Source.Add($"u{i}");
            world.Source.Tie(TieKind.Member, "g1", $"u{i}", true);
        }

        await world.ImportAsync();
        world.Source.Set("u1", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        world.Source.Tie(TieKind.Member, "g1", "u99", false);
        await world.ImportAsync();
        await world.RestartAsync();

        world.AssertSame();
        Assert.Equal([LifecycleKind.AccountSuspended, LifecycleKind.MembershipRemoved], world.AllEvents.Select(happened => happened.Kind));
    }

    /// <summary>Position and effect of a page are saved together or not at all.</summary>
    [Fact]
    public async Task Changes_ThatCannotBeBroughtIn_AreReadAgain()
    {
        await using var world = await FilledAsync(tellsEvents: true);
        await world.ImportAsync();
        world.Source.Set("u1", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        world.Source.Before = what => { if (what.StartsWith("accounts(", StringComparison.Ordinal)) throw new IdpException(IdpTrouble.Unavailable, "Down."); };
        await Assert.ThrowsAsync<IdpException>(() => world.ReadChangesAsync());
        world.Source.Before = null;
        await world.RestartAsync();

        await world.ReadChangesAsync();

        Assert.Equal(LifecycleKind.AccountSuspended, Assert.Single(world.AllEvents).Kind);
        world.AssertSame();
    }

    /// <summary>A group was listed, and is deleted before its members are.</summary>
    [Fact]
    public async Task Import_OfSomethingDeletedMeanwhile_ComesToItsEnd()
    {
        await using var world = await FilledAsync(tellsEvents: true);
        world.Source.Before = what => { if (what.StartsWith("members/g1", StringComparison.Ordinal)) throw new IdpException(IdpTrouble.NotFound, "It does not exist (any more)."); };

        var end = await world.ImportAsync();

        Assert.Null(end.Held);
        Assert.Empty(world.Part.ChildrenOf(TieKind.Member, "g1"));
        Assert.NotEmpty(world.Part.ChildrenOf(TieKind.Member, "g2"));
    }

    [Fact]
    public async Task Import_ThatFails_LeavesThePictureBefore()
    {
        await using var world = await FilledAsync(tellsEvents: false);
        await world.ImportAsync();
        world.Source.Set("u1", AccountStatus.Suspended, LifecycleKind.AccountSuspended, silent: true);
        world.Source.Before = what => { if (what.StartsWith("applications", StringComparison.Ordinal)) throw new IdpException(IdpTrouble.Unavailable, "Down."); };

        await Assert.ThrowsAsync<IdpException>(() => world.ImportAsync());

        Assert.Equal(AccountStatus.Active, world.Part.Account("u1")!.Status);
        Assert.Empty(world.AllEvents);
        world.Source.Before = null;
        await world.ImportAsync();
        world.AssertSame();
        Assert.Equal(LifecycleKind.AccountSuspended, Assert.Single(world.AllEvents).Kind);
    }

    [Fact]
    public async Task Import_OfAnAccountThatVanished_MarksItGone_WithItsTies()
    {
        await using var world = await FilledAsync(tellsEvents: false);
        await world.ImportAsync();
        world.Source.Delete("u2", silent: true);

        await world.ImportAsync();

        world.AssertSame();
        Assert.True(world.Part.Account("u2")!.Gone);
        Assert.NotNull(world.Copy.Entry(SyncWorld.Connection, "u2")!.GoneAt);
        Assert.Equal((LifecycleKind.AccountDeleted, "u2"), Assert.Single(world.AllEvents) is var told ? (told.Kind, told.Account) : default);
    }

    [Fact]
    public async Task Import_WhoseListMissedARow_AsksForItBeforeItIsGone()
    {
        await using var world = await FilledAsync(tellsEvents: false);
        await world.ImportAsync();
        var hidden = world.Source.Accounts["u2"];
        world.Source.Before = what =>
        {
            if (what.StartsWith("accounts/", StringComparison.Ordinal)) world.Source.Hide("u2");
            else world.Source.Show(hidden);
        };

        await world.ImportAsync();

        Assert.False(world.Part.Account("u2")!.Gone);
        Assert.Empty(world.AllEvents);
        Assert.Contains("accounts(1)", world.Source.Reads);
    }

    [Fact]
    public async Task Import_WhoseListMissedAGroup_AsksForItBeforeItIsGone()
    {
        await using var world = await FilledAsync(tellsEvents: false);
        await world.ImportAsync();
        DirectoryGroup? hidden = null;
        world.Source.Before = what =>
        {
            if (what.StartsWith("groups/", StringComparison.Ordinal))
                hidden = world.Source.HideGroup("g2") ?? hidden;
            else if (what.StartsWith("groups(", StringComparison.Ordinal))
                world.Source.ShowGroup(hidden!);
        };

        await world.ImportAsync();

        Assert.Null(world.Part.Group("g2")!.GoneAt);
        Assert.Empty(world.AllEvents);
    }

    [Fact]
    public async Task Import_WhereTooManyAreGone_ChangesNothing_UntilSomebodyAgrees()
    {
        await using var world = await FilledAsync(tellsEvents: false, new SyncOptions { GoneAtLeast = 1 });
        await world.ImportAsync();
        world.Source.Delete("u1", silent: true);
        world.Source.Delete("u2", silent: true);
        world.Source.Set("u3", AccountStatus.Suspended, LifecycleKind.AccountSuspended, silent: true);

        var end = await world.ImportAsync();

        Assert.StartsWith("2 of 7 accounts at okta are not there any more; up to 1 would be taken as they are. Nothing was changed.", end.Held, StringComparison.Ordinal);
        Assert.False(world.Part.Account("u1")!.Gone);
        Assert.Empty(world.AllEvents);
        await world.RestartAsync();
        Assert.Equal(ImportStage.Held, world.Copy.File.Get(CopyShelves.Runs, SyncWorld.Connection)!.Stage);

        Assert.True(await world.Importer.AgreeAsync(SyncWorld.Connection, CancellationToken.None));
        end = await world.ImportAsync();

        Assert.Null(end.Held);
        world.AssertSame();
        Assert.Equal(3, world.AllEvents.Count);
    }

    [Fact]
    public async Task Import_Narrowed_DoesNotReadListsWhoseMarkIsTheSame()
    {
        await using var world = await FilledAsync(tellsEvents: true);
        await world.ImportAsync();
        world.Source.Reads.Clear();
        world.Source.Tie(TieKind.Member, "g1", "u5", true);

        await world.ImportAsync(everything: false);

        Assert.Equal(["members/g1@", "members/g1@u2"], world.Source.Reads.Where(read => read.StartsWith("members", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(world.Source.Reads, read => read.StartsWith("users", StringComparison.Ordinal));
        world.AssertSame();
    }

    private static Task<SyncWorld<ScriptedSource>> FilledAsync(bool tellsEvents, SyncOptions? options = null)
    {
        var world = SyncWorld.Scripted(tellsEvents, options ?? new SyncOptions { Readers = 3, GoneAtLeast = 3 });
        for (var i = 1; i <= 7; i++)
            world.Source.Add($"u{i}");
        for (var i = 1; i <= 3; i++)
        {
            world.Source.AddGroup($"g{i}");
            for (var j = 1; j <= 2 * i; j++)
                world.Source.Tie(TieKind.Member, $"g{i}", $"u{j}", true);
        }

        world.Source.AddApplication("a1");
        world.Source.Tie(TieKind.Assignment, "a1", "u3", true);
        return Task.FromResult(world);
    }
}
