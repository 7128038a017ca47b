using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Events;

namespace Siit.Iam.Agent.Tests.People.Sync;

/// <summary>
/// Random histories with everything that goes wrong on the way: the copy becomes what the directory is, and the events are those of
/// the log, each once, or the net change where there is no log. <c>SIIT_HISTORY_SEED</c> and <c>SIIT_HISTORY_CHANGES</c> change it.
/// </summary>
public sealed class HistoryTests
{
    private static readonly int Seed = int.Parse(Environment.GetEnvironmentVariable("SIIT_HISTORY_SEED") ?? "11");
    private static readonly int Changes = int.Parse(Environment.GetEnvironmentVariable("SIIT_HISTORY_CHANGES") ?? "300");

    [Fact]
    public async Task History_WithALog_IsToldEventByEvent()
    {
        await using var world = Filled(tellsEvents: true);
        await world.ImportAsync();
        var before = world.Source.Told.Count;

        await LiveAsync(world, new Random(Seed));

        world.AssertSame();
        var told = world.AllEvents.Select(Told).GroupBy(one => one).ToDictionary(group => group.Key, group => group.Count());
        var happened = world.Source.Told.Skip(before).Select(one => (one.Kind, one.Account, one.Object)).GroupBy(one => one).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(happened.OrderBy(one => one.Key.ToString(), StringComparer.Ordinal), told.OrderBy(one => one.Key.ToString(), StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(1, world.AllEvents.Count).Select(id => id.ToString("D16")), world.AllEvents.Select(one => one.Id));
    }

    [Fact]
    public async Task History_WithoutALog_IsToldAsWhatCameOfIt()
    {
        await using var world = Filled(tellsEvents: false);
        await world.ImportAsync();

        await LiveAsync(world, new Random(Seed + 1));

        world.AssertSame();
        // Played from the beginning, the events lead to what is.
        var ties = Start().ToHashSet();
        var status = new Dictionary<string, AccountStatus>();
        foreach (var told in world.AllEvents)
        {
            Assert.Equal(EventSource.NetChange, told.Source);
            if (told.Kind is LifecycleKind.MembershipAdded)
                Assert.True(ties.Add((told.Object!, told.Account)), $"{told.Account} was in {told.Object} already.");
            else if (told.Kind is LifecycleKind.MembershipRemoved)
                Assert.True(ties.Remove((told.Object!, told.Account)), $"{told.Account} was not in {told.Object}.");
            else if (told.Kind is LifecycleKind.AccountDeleted)
                ties.RemoveWhere(tie => tie.Item2 == told.Account);
            if (told.Kind is LifecycleKind.AccountSuspended or LifecycleKind.AccountUnsuspended)
                status[told.Account] = told.Kind == LifecycleKind.AccountSuspended ? AccountStatus.Suspended : AccountStatus.Active;
        }

        Assert.Equal(
            world.Source.Ties.Where(tie => tie.Kind == TieKind.Member).Select(tie => $"{tie.Parent}/{tie.Child}").Order(StringComparer.Ordinal),
            ties.Select(tie => $"{tie.Item1}/{tie.Item2}").Order(StringComparer.Ordinal));
        Assert.All(status.Where(one => world.Source.Accounts.ContainsKey(one.Key)), one => Assert.Equal(world.Source.Accounts[one.Key].Account.Status, one.Value));
    }

    private static (LifecycleKind, string, string?) Told(LifecycleEvent told) => (told.Kind, told.Account, told.Object);

    private static IEnumerable<(string, string)> Start() =>
        Enumerable.Range(0, 40).SelectMany(i => Enumerable.Range(0, 6).Where(g => (i + g) % 3 == 0).Select(g => ($"g{g}", $"u{i}")));

    private static SyncWorld<ScriptedSource> Filled(bool tellsEvents)
    {
        var world = SyncWorld.Scripted(tellsEvents, new() { Readers = 3, GoneShare = 100 });
        (world.Source.PageSize, world.Source.LogPage) = (7, 10);
        for (var i = 0; i < 40; i++)
            world.Source.Add($"u{i}");
        for (var g = 0; g < 6; g++)
            world.Source.AddGroup($"g{g}");
        foreach (var (group, account) in Start())
            world.Source.Tie(TieKind.Member, group, account, true);
        world.Source.AddApplication("a0");
        return world;
    }

    private static async Task LiveAsync(SyncWorld<ScriptedSource> world, Random random)
    {
        for (var i = 0; i < Changes; i++)
        {
            Change(world.Source, random, i);
            if (random.Next(4) == 0)
                await StepAsync(world, random);
        }

        (world.Source.Before, world.Source.Hidden) = (null, 0);
        await TryAsync(() => world.ReadChangesAsync());
        await world.ImportAsync();
        world.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.True(await world.ReadChangesAsync());
    }

    private static void Change(ScriptedSource source, Random random, int number)
    {
        var ids = source.Accounts.Keys.Order(StringComparer.Ordinal).ToList();
        var someone = ids[random.Next(ids.Count)];
        switch (random.Next(10))
        {
            case 0:
                source.Add($"n{number}");
                break;
            case 1 when ids.Count > 20:
                source.Delete(someone);
                break;
            case 2:
                source.Change(someone, account => account with { Title = $"Title {number}" }, LifecycleKind.AccountUpdated);
                break;
            case 3 or 4:
                var suspend = source.Accounts[someone].Account.Status == AccountStatus.Active;
                source.Set(someone, suspend ? AccountStatus.Suspended : AccountStatus.Active, suspend ? LifecycleKind.AccountSuspended : LifecycleKind.AccountUnsuspended);
                break;
            case 5:
                source.Tie(TieKind.Assignment, "a0", someone, random.Next(2) == 0);
                break;
            default:
                source.Tie(TieKind.Member, $"g{random.Next(6)}", someone, random.Next(2) == 0);
                break;
        }
    }

    private static async Task StepAsync(SyncWorld<ScriptedSource> world, Random random)
    {
        world.Source.Hidden = random.Next(3) == 0 ? random.Next(5) : 0;
        var failing = random.Next(5) == 0;
        world.Source.Before = _ =>
        {
            lock (random)
            {
                if (failing && random.Next(4) == 0)
                    throw new IdpException(IdpTrouble.Unavailable, "Down.");
            }
        };
        switch (random.Next(8))
        {
            case 0:
                await TryAsync(() => world.ImportAsync());
                break;
            case 1:
                await TryAsync(() => world.ImportAsync(everything: false));
                break;
            case 2:
                await world.RestartAsync();
                break;
            case 3:
                var some = world.Source.Accounts.Keys.Take(3).ToList();
                await TryAsync(() => world.Changes.TouchAsync(SyncWorld.Connection, world.Source, some, [], CancellationToken.None));
                break;
            default:
                await TryAsync(() => world.ReadChangesAsync());
                break;
        }

        world.Time.Advance(TimeSpan.FromSeconds(random.Next(30)));
    }

    private static async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (IdpException)
        {
            // The next one goes on.
        }
    }
}
