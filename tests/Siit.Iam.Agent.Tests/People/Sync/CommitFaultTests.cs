using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.People.Sync;

/// <summary>The disk fails at each commit in turn. What changed and the events of it become durable together, so nothing is lost and nothing told twice.</summary>
public sealed class CommitFaultTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sync_WhoseDiskFailsAtAnyCommit_TellsEachEventOnce(bool tellsEvents)
    {
        var (expected, commits) = await TellAsync(tellsEvents, failAt: null);
        Assert.Equal(8, expected.Count);
        Assert.True(commits > 5, $"Only {commits} commits.");

        for (var failAt = 1; failAt <= commits; failAt++)
            Assert.Equal((failAt, Joined(expected)), (failAt, Joined((await TellAsync(tellsEvents, failAt)).Events)));

        static string Joined(IEnumerable<string> events) => string.Join('\n', events);
    }

    private static async Task<(IReadOnlyList<string> Events, int Commits)> TellAsync(bool tellsEvents, int? failAt)
    {
        await using var world = SyncWorld.Scripted(tellsEvents, new SyncOptions { Readers = 1, GoneShare = 100 });
        for (var i = 1; i <= 6; i++)
            world.Source.Add($"u{i}");
        world.Source.AddGroup("g1");
        world.Source.AddGroup("g2");
        world.Source.Tie(TieKind.Member, "g1", "u1", true);
        world.Source.Tie(TieKind.Member, "g1", "u2", true);
        await world.ImportAsync();
        await world.ReadChangesAsync();

        world.Source.Set("u1", AccountStatus.Suspended, LifecycleKind.AccountSuspended);
        world.Source.Tie(TieKind.Member, "g2", "u3", true);
        world.Source.Tie(TieKind.Member, "g1", "u2", false);
        world.Source.Add("u7");
        // These the log does not tell: a full import finds them.
        world.Source.Set("u4", AccountStatus.Suspended, LifecycleKind.AccountSuspended, silent: true);
        world.Source.Tie(TieKind.Member, "g2", "u5", true, silent: true);
        world.Source.Tie(TieKind.Member, "g1", "u1", false, silent: true);
        world.Source.Delete("u6", silent: true);

        var commits = 0;
        world.Committing = () =>
        {
            if (++commits == failAt)
                throw new IOException("The disk is gone.");
        };
        try
        {
            await SyncAsync(world);
        }
        catch (StoreUnavailableException) when (failAt is not null)
        {
            await world.RestartAsync();
            await SyncAsync(world);
        }

        world.AssertSame();
        return ([.. world.AllEvents.Select(Line).Order(StringComparer.Ordinal)], commits);
    }

    private static async Task SyncAsync(SyncWorld<ScriptedSource> world)
    {
        await world.ReadChangesAsync();
        await world.ImportAsync();
        // Twice more, an overlap's length later: what would be told again is told now.
        for (var again = 0; again < 2; again++)
        {
            world.Time.Advance(world.Source.Traits.Lag + TimeSpan.FromMinutes(1));
            await world.ReadChangesAsync();
            await world.ImportAsync();
        }
    }

    private static string Line(LifecycleEvent told) => $"{told.Kind} {told.Account} {told.Object}";
}
