using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.Tests.Journeys.SyncKills;
using Siit.Iam.Agent.Tests.People.Sync;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>
/// The real server is killed (kill -9) at random moments while it imports four emulated IdPs and reads their changes, which others and
/// itself make. At the end its copy is what a fresh import finds, and every event of the vendors' logs is told once.
/// <c>SIIT_SYNC_KILLS=200</c> says how many times (default 6), <c>SIIT_SYNC_KILLS_SEED</c> which moments.
/// </summary>
public sealed class SyncKillTests
{
    /// <summary>A server that is killed while it starts has read a part of its index.</summary>
    private const int OneInThatManyWhileStarting = 4;

    /// <summary>With as many kills the first imports may never come to their ends; after so many they may.</summary>
    private const int KillsInFirstImport = 2;

    [Fact]
    public async Task Sync_KilledAgainAndAgain_LosesNothingAndTellsNothingTwice()
    {
        var kills = Longer.Number("SIIT_SYNC_KILLS", 6);
        var seed = Longer.Number("SIIT_SYNC_KILLS_SEED", 20260202);
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"{kills} kills, seed {seed}.");
        var random = new Random(seed);
        var found = new SyncKillInvariants();
        await using var world = await SyncKillWorld.StartAsync(seed);

        for (var kill = 1; kill <= kills; kill++)
        {
            await RoundAsync(world, random, seed + (kill * 100), toTheEndOfTheFirstImport: kill == KillsInFirstImport + 1);
            await using (var dead = DeadCopy.Open(world, TimeProvider.System))
                found.Look(kill, world.Idps, dead);
            if (kill % 10 == 0)
                output.WriteLine($"{kill} kills: {world.Idps.Sum(idp => idp.Changes)} changes, {found.Violations.Count} violations.");
        }

        var calls = await SettleAsync(world);
        await CompareAsync(world, found, calls);
        output.WriteLine($"{kills} kills, {string.Join(", ", found.Died.OrderBy(one => one.Key).Select(one => $"{one.Value} in a {one.Key} import"))}, {found.GoneOn} went on, "
            + $"{string.Join(", ", world.Idps.Select(idp => $"{idp.Changes} changes at {idp.Name}"))}, {found.Violations.Count} violations.");
        Assert.True(found.Violations.Count == 0, $"Seed {seed}, evidence in {world.Data.Path}:\n{string.Join('\n', found.Violations.Take(40))}");
        world.NothingWrong();
    }

    private static async Task RoundAsync(SyncKillWorld world, Random random, int seed, bool toTheEndOfTheFirstImport)
    {
        using var server = world.Serve();
        using var stop = new CancellationTokenSource();
        var load = new SyncKillLoad(world, server, seed);
        var work = load.RunAsync(stop.Token);
        var first = world.Idps.Exists(idp => !idp.Begun);
        if (first)
            await load.AllBegun.WaitAsync(TimeSpan.FromSeconds(120));
        else if (toTheEndOfTheFirstImport)
            await Eventually.Is(() => Task.FromResult(world.Idps.TrueForAll(idp => idp.Imported)), imported => imported, seconds: 180);
        else if (random.Next(OneInThatManyWhileStarting) != 0)
        {
            await world.ListensAsync(server);
            if (random.Next(2) == 0)
                await Task.WhenAny(work, load.Answered, Task.Delay(TimeSpan.FromSeconds(20)));
        }

        await Task.Delay(random.Next(first ? 500 : 1500));
        var endedByItself = server.ExitCode;
        if (endedByItself is null)
            await server.KillAsync();
        await stop.CancelAsync();
        await work;
        Assert.True(endedByItself is null, $"The server ended by itself on {world.Data.Path}, exit {endedByItself}:\n{server.Said}");
        // The IdPs live on.
        foreach (var idp in world.Idps.Where(idp => idp.Begun))
        {
            for (var change = random.Next(4); change > 0; change--)
                await idp.ChangeAsync(random);
        }
    }

    /// <summary>Nobody changes anything any more; what is under way comes to its end, and everything is read.</summary>
    private static async Task<IReadOnlyList<CallRecord>> SettleAsync(SyncKillWorld world)
    {
        using var server = world.Serve();
        await world.ListensAsync(server);
        foreach (var state in new[] { CallState.Received, CallState.Executing, CallState.Unknown })
            await Eventually.Is(() => world.Door.GetAsync($"/calls?state={state.Word()}&limit=10", CancellationToken.None), calls => calls.AsArray().Count == 0, seconds: 120);
        await world.SyncAsync(full: true);
        await world.SyncAsync(full: true);
        var calls = new List<CallRecord>();
        while (true)
        {
            var path = OperatorsClient.Path("/calls", ("limit", "1000"), ("state", CallState.Succeeded.Word()), ("after", calls.Count > 0 ? calls[^1].Id : null));
            var page = (await world.Door.GetAsync(path, CancellationToken.None)).AsArray();
            calls.AddRange(page.Select(call => WireJson.Read<CallRecord>(call!)));
            if (page.Count < 1000)
                break;
        }

        await server.KillAsync();
        return calls;
    }

    private static async Task CompareAsync(SyncKillWorld world, SyncKillInvariants found, IReadOnlyList<CallRecord> calls)
    {
        var time = new ManualTime();
        await using var dead = DeadCopy.Open(world, time);
        // What a log has not told by then, it will not tell.
        time.Advance(world.Idps.Max(idp => idp.Source.Traits.Lag) + TimeSpan.FromMinutes(1));
        foreach (var idp in world.Idps)
            Assert.True(await dead.Changes.RunAsync(idp.Name, idp.Source, CancellationToken.None));
        var events = dead.All;
        found.Ids(events);
        foreach (var idp in world.Idps)
        {
            await using var fresh = new SyncWorld<IDirectorySource>(_ => idp.Source);
            await fresh.ImportAsync();
            found.Lines(idp.Name, fresh.Lines(), dead.Lines(idp.Name));
            if (!idp.Source.Traits.TellsEvents)
                found.Replay(idp.Name, events, dead.Of(idp.Name));
            else
                found.Log(idp.Name, await LogAsync(dead, idp),
                    dead.Copy.File.All(CopyShelves.Told, idp.Name + "/").ToDictionary(one => one.Key, one => one.Value), events);
            found.Alternate(idp.Name, events);
            if (dead.Events.ExpectedAt(idp.Name) is { Count: > 0 } expected)
                found.Add($"{idp.Name}: {expected.Count} differences are still expected to be told, {expected[0]}");
            var own = calls.Where(call => call.Connection == idp.Name).Select(call => call.Id).ToList();
            var ours = events.Where(one => one.Call is not null).Select(one => one.Call!).ToHashSet();
            var untold = own.Where(call => !ours.Contains(call)).ToList();
            if (idp.Source.Traits.TellsEvents && untold.Count > 0)
                found.Add($"{idp.Name}: {untold.Count} of {own.Count} effects of ours are told as somebody else's, or not: {string.Join(", ", untold.Take(5))}");
            var mine = events.Where(one => one.Connection == idp.Name).ToList();
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{idp.Name}: {mine.Count} events, {own.Count} effects of ours ({own.Count - untold.Count} told as ours), net changes: {string.Join(", ", mine.Where(one => one.Source == EventSource.NetChange).CountBy(one => one.Kind).Select(one => $"{one.Value} {one.Key}"))}.");
        }
    }

    private static async Task<IReadOnlySet<string>> LogAsync(DeadCopy dead, SyncKillIdp idp)
    {
        var ids = new HashSet<string>();
        for (var position = idp.Began; ;)
        {
            var page = await idp.Source.ReadChangesAsync(position, new KnownIds(dead.Copy, idp.Name), CancellationToken.None);
            ids.UnionWith(page.Events.Select(told => CopyShelves.Id(idp.Name, told.Id)));
            if (!page.More)
                return ids;
            position = page.Position;
        }
    }
}
