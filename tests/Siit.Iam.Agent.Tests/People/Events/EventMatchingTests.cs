using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.Tests.People.Sync;

namespace Siit.Iam.Agent.Tests.People.Events;

/// <summary>Each event once, however it is learnt.</summary>
public sealed class EventMatchingTests
{
    private static readonly TimeSpan Lag = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Change_ToldByTheLog_IsOneEvent_AlsoWhenASweepFollows()
    {
        await using var world = await ImportedAsync(tellsEvents: true);
        world.Source.Set("ana", AccountStatus.Suspended, LifecycleKind.AccountSuspended);

        await world.ReadChangesAsync();
        await world.ImportAsync();
        await LaterAsync(world);

        Assert.Equal([(LifecycleKind.AccountSuspended, EventSource.Log)], Told(world));
    }

    [Fact]
    public async Task Change_SeenByASweepFirst_WaitsForTheLog()
    {
        await using var world = await ImportedAsync(tellsEvents: true);
        world.Source.Set("ana", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        world.Source.Hidden = 1;

        await world.ImportAsync();
        await world.ReadChangesAsync();
        Assert.Empty(world.AllEvents);
        world.Source.Hidden = 0;
        await world.ReadChangesAsync();
        await LaterAsync(world);

        Assert.Equal([(LifecycleKind.AccountSuspended, EventSource.Log)], Told(world));
    }

    [Fact]
    public async Task Change_ThatTheLogNeverTells_IsToldAsNetChange_AfterTheLag()
    {
        await using var world = await ImportedAsync(tellsEvents: true);
        world.Source.Set("ana", AccountStatus.Suspended, LifecycleKind.AccountSuspended, silent: true);
        world.Source.Tie(TieKind.Member, "staff", "ben", false, silent: true);

        await world.ImportAsync();
        await world.ReadChangesAsync();
        Assert.Empty(world.AllEvents);
        await LaterAsync(world);
        await LaterAsync(world);

        Assert.Equal([(LifecycleKind.AccountSuspended, EventSource.NetChange), (LifecycleKind.MembershipRemoved, EventSource.NetChange)], Told(world).Order());
    }

    [Fact]
    public async Task Change_ToldByTheLogLongAfterItsNetChange_IsNotToldAgain()
    {
        await using var world = await ImportedAsync(tellsEvents: true);
        world.Source.Set("ana", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        world.Source.Hidden = 1;
        await world.ImportAsync();
        await LaterAsync(world);
        Assert.Equal([(LifecycleKind.AccountSuspended, EventSource.NetChange)], Told(world));

        world.Source.Hidden = 0;
        await world.ReadChangesAsync();
        await world.RestartAsync();
        await world.ReadChangesAsync();

        var told = Assert.Single(world.AllEvents);
        Assert.NotNull(told.ConfirmedBy);
    }

    [Fact]
    public async Task Change_ToldByTheLogAfterItsNetChangeAndMuchElse_IsNotToldAgain_AlsoAfterARestart()
    {
        await using var world = await ImportedAsync(tellsEvents: true);
        for (var i = 0; i < 600; i++)
        {
            world.Source.Set("ben", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
            world.Source.Set("ben", AccountStatus.Active, LifecycleKind.AccountUnsuspended);
        }

        world.Source.Set("ana", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        world.Source.Hidden = 1201;
        await world.ImportAsync();
        await LaterAsync(world);
        world.Source.Hidden = 1;
        await world.ReadChangesAsync();
        Assert.Equal(1201, world.AllEvents.Count);

        await world.RestartAsync();
        world.Source.Hidden = 0;
        await world.ReadChangesAsync();

        Assert.NotNull(Assert.Single(world.AllEvents, told => told.Account == "ana").ConfirmedBy);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void Difference_SeenTwice_IsExpectedOnce_UnlessItsOppositeWasBetween(bool opposite, int expected)
    {
        var now = DateTimeOffset.UnixEpoch;
        ExpectedEvent Expect(LifecycleKind kind, int seconds) => new()
        {
            Connection = "okta",
            Kind = kind,
            Account = "ana",
            Object = "everyone",
            NoticedAt = now.AddSeconds(seconds),
            Until = now + Lag,
        };
        var known = new EventKnowledge
        {
            Connection = "okta",
            Traits = new DirectoryTraits(true, Lag),
            Now = now.AddSeconds(9),
            WasTold = _ => false,
            Recent = _ => [],
            CaughtUp = false,
            Expected = opposite ? [Expect(LifecycleKind.MembershipAdded, 5), Expect(LifecycleKind.MembershipRemoved, 1)] : [Expect(LifecycleKind.MembershipRemoved, 1)],
        };

        var verdict = EventMatching.Judge(known, [], [new(LifecycleKind.MembershipRemoved, "ana", "everyone", now)]);

        Assert.Equal(expected, verdict.NowExpected.Count);
    }

    /// <summary>As the logs that know it tell it, so that a trigger for new people does not start.</summary>
    [Fact]
    public async Task Account_BroughtBackAfterItWasDeleted_IsActivated_NotCreated()
    {
        await using var world = await ImportedAsync(tellsEvents: false);
        world.Source.Delete("ana");
        await world.ReadChangesAsync();
        world.Source.Add("ana");
        await world.ReadChangesAsync();

        Assert.Equal([LifecycleKind.AccountDeleted, LifecycleKind.AccountActivated], world.AllEvents.Select(told => told.Kind));
    }

    [Fact]
    public async Task Log_WithEveryStep_IsToldInFull_WhereStatesShowNothing()
    {
        await using var world = await ImportedAsync(tellsEvents: true);
        world.Source.Set("ana", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        world.Source.Set("ana", AccountStatus.Active, LifecycleKind.AccountUnsuspended);
        world.Source.Set("ana", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        world.Source.Set("ana", AccountStatus.Active, LifecycleKind.AccountUnsuspended);

        await world.ReadChangesAsync();
        await LaterAsync(world);

        Assert.Equal(4, world.AllEvents.Count);
    }

    [Fact]
    public async Task States_WithoutALog_AreTheNetChange_AtOnce()
    {
        await using var world = await ImportedAsync(tellsEvents: false);
        world.Source.Set("ana", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        world.Source.Set("ana", AccountStatus.Active, LifecycleKind.AccountUnsuspended);
        world.Source.Tie(TieKind.Member, "staff", "ben", false);
        world.Source.Add("carl");

        await world.ReadChangesAsync();

        Assert.Equal([(LifecycleKind.AccountCreated, EventSource.NetChange), (LifecycleKind.MembershipRemoved, EventSource.NetChange)], Told(world).Order());
    }

    [Fact]
    public async Task Overlap_OfTheLog_CountsOnce_AlsoAfterARestart()
    {
        await using var world = await ImportedAsync(tellsEvents: true);
        world.Source.Set("ana", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        var position = world.Copy.State(SyncWorld.Connection);
        await world.ReadChangesAsync();
        await world.RestartAsync();

        await world.Copy.CommitAsync(null, new(), SyncWorld.Connection, position);
        await world.ReadChangesAsync();

        Assert.Single(world.AllEvents);
    }

    [Fact]
    public async Task Position_ThatExpired_IsMadeGoodByASweep()
    {
        await using var world = await ImportedAsync(tellsEvents: true);
        world.Source.Set("ana", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        world.Source.Expired = 1000;

        Assert.False(await world.ReadChangesAsync());
        await world.ImportAsync();
        world.Source.Expired = 0;
        await LaterAsync(world);

        Assert.Equal([(LifecycleKind.AccountSuspended, EventSource.NetChange)], Told(world));
        world.AssertSame();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Effect_OfOurs_IsKnownAsOurs_AndToldOnce(bool tellsEvents)
    {
        await using var world = await ImportedAsync(tellsEvents);
        var intended = world.Time.GetUtcNow();
        world.Source.Set("ana", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        world.Own.Add(new OwnEffect("call_1", SyncWorld.Connection, "suspend_user", "ana", "ana@acme.example", null, intended, world.Time.GetUtcNow()));
        await world.Changes.TouchAsync(SyncWorld.Connection, world.Source, ["ana"], [], CancellationToken.None);
        world.Source.Set("ben", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        await world.ReadChangesAsync();
        await world.ImportAsync();
        await LaterAsync(world);

        Assert.Equal([("ana", "call_1"), ("ben", null)], world.AllEvents.Select(told => (told.Account, told.Call)).Order());
    }

    private static List<(LifecycleKind, EventSource)> Told(SyncWorld<ScriptedSource> world) => [.. world.AllEvents.Select(told => (told.Kind, told.Source))];

    private static async Task LaterAsync(SyncWorld<ScriptedSource> world)
    {
        world.Time.Advance(Lag + TimeSpan.FromMinutes(1));
        await world.ReadChangesAsync();
    }

    private static async Task<SyncWorld<ScriptedSource>> ImportedAsync(bool tellsEvents)
    {
        var world = SyncWorld.Scripted(tellsEvents);
        world.Source.Add("ana");
        world.Source.Add("ben");
        world.Source.AddGroup("staff");
        world.Source.Tie(TieKind.Member, "staff", "ben", true);
        await world.ImportAsync();
        return world;
    }
}
