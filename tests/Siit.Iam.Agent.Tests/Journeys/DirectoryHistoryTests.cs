using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.Tests.Idps.Entra;
using Siit.Iam.Agent.Tests.Idps.Google;
using Siit.Iam.Agent.Tests.Idps.JumpCloud;
using Siit.Iam.Agent.Tests.Idps.Okta;
using Siit.Iam.Agent.Tests.Journeys.SyncKills;
using Siit.Iam.Agent.Tests.People.Sync;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>
/// A random history at each emulated IdP, by its own routes, seen through cursors, sweeps, restarts and faults by the real sync: the
/// copy becomes what a fresh import finds, and every event of a vendor's log is told once. <c>SIIT_DIRECTORY_CHANGES</c> says how many
/// changes at each IdP (default 120), <c>SIIT_DIRECTORY_SEED</c> which.
/// </summary>
public sealed class DirectoryHistoryTests
{
    private static readonly int Changes = Longer.Number("SIIT_DIRECTORY_CHANGES", 120);
    private static readonly int Seed = Longer.Number("SIIT_DIRECTORY_SEED", 5);

    [Fact]
    public async Task History_AtOkta_IsToldEventByEvent()
    {
        await using var idp = await OktaWorld.StartAsync();
        Assert.Null(idp.Okta.Arrange(new JsonObject { ["user"] = "svc-siit@acme.example", ["role"] = "SUPER_ADMIN" }));
        using var http = new HttpClient { BaseAddress = idp.Okta.BaseAddress };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"SSWS {EmulatedOkta.SswsToken}");
        await RunAsync(idp.Connect(resilience: OktaWorld.Impatient), idp.Okta.Faults, (random, number) => OktaHistoryTests.ChangeAsync(http, idp.Okta, random, number), random => OfAll(random));
    }

    [Fact]
    public async Task History_AtEntra_IsToldAsWhatCameOfIt()
    {
        await using var idp = await EntraScript.StartAsync(emulator: new EmulatorOptions { PageSizeCap = 50, RequestsPerMinute = 1_000_000 });
        await RunAsync(idp.Connection, idp.Entra.Faults, (random, number) => EntraHistoryTests.ChangeAsync(idp, random, number), random => OfAll(random));
    }

    [Fact]
    public async Task History_AtGoogle_IsToldEventByEvent()
    {
        await using var idp = await GoogleWorld.StartAsync(new EmulatorOptions { People = 40 });
        var history = new GoogleHistoryTests.History(idp, new Random(Seed));
        await RunAsync(idp.Connect(resilience: GoogleWorld.Impatient), idp.Google.Faults, (_, _) => history.StepAsync(), random => OfAll(random));
    }

    [Fact]
    public async Task History_AtJumpCloud_IsToldEventByEvent()
    {
        await using var idp = await JumpCloudWorld.StartAsync();
        using var history = new JumpCloudHistory(idp.JumpCloud, Seed);
        await RunAsync(idp.Connect(), idp.JumpCloud.Faults, (_, _) => history.ChangeAsync(), random => OfAll(random));
    }

    private static Fault OfAll(Random random) => random.Next(4) switch
    {
        0 => new Fault { Kind = FaultKind.Status, Status = 503, Times = random.Next(1, 3), Skip = random.Next(5), Method = "GET" },
        1 => new Fault { Kind = FaultKind.Status, Status = 500, Times = 1, Skip = random.Next(5), Method = "GET" },
        2 => new Fault { Kind = FaultKind.TornPage, Times = 1, Skip = random.Next(6) },
        _ => new Fault { Kind = FaultKind.Status, Status = 403, Times = 1, Skip = random.Next(20), Method = "GET" },
    };

    private static async Task RunAsync(IDirectorySource source, FaultPlan faults, Func<Random, int, Task> change, Func<Random, Fault> trouble)
    {
        var random = new Random(Seed);
        await using var world = new SyncWorld<IDirectorySource>(_ => source, new() { GoneShare = 100 });
        await world.ImportAsync();
        var began = world.Copy.State(SyncWorld.Connection).Position!;
        for (var number = 0; number < Changes; number++)
        {
            await change(random, number);
            if (random.Next(8) == 0)
                await StepAsync(world, random, faults, trouble);
        }

        faults.Clear();
        await world.ReadChangesAsync();
        await world.ReadChangesAsync();
        await world.ImportAsync();
        world.Time.Advance(source.Traits.Lag + TimeSpan.FromMinutes(1));
        Assert.True(await world.ReadChangesAsync());

        await using var fresh = new SyncWorld<IDirectorySource>(_ => source);
        await fresh.ImportAsync();
        Assert.Equal(fresh.Lines(), world.Lines());
        Assert.Equal(world.AllEvents.Count, world.AllEvents.Select(told => told.Id).Distinct().Count());
        var told = world.Copy.File.All(CopyShelves.Told).ToDictionary(one => one.Key, one => one.Value);
        var netChanges = world.AllEvents.Where(one => one.Source == EventSource.NetChange).ToList();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Changes} changes, seed {Seed}: {world.AllEvents.Count} events, {netChanges.Count} of them net changes ({string.Join(", ", netChanges.CountBy(one => one.Kind).Select(one => $"{one.Value} {one.Key}"))}).");
        Assert.Empty(SyncKillInvariants.Alternating(SyncWorld.Connection, world.AllEvents));
        if (!source.Traits.TellsEvents)
        {
            Assert.Equal(world.AllEvents.Count, netChanges.Count);
            return;
        }

        // Each of the log's events, and each once.
        Assert.Equal(await LogAsync(world, source, began), told.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(told.Values.Count(one => one.Event is not null), told.Values.Where(one => one.Event is not null).DistinctBy(one => one.Event).Count());
        Assert.Equal(told.Values.Count(one => one.Event is not null), world.AllEvents.Count - netChanges.Count);
    }

    private static async Task<IReadOnlyList<string>> LogAsync(SyncWorld<IDirectorySource> world, IDirectorySource source, string position)
    {
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var page = await source.ReadChangesAsync(position, new KnownIds(world.Copy, SyncWorld.Connection), CancellationToken.None);
            ids.UnionWith(page.Events.Select(told => CopyShelves.Id(SyncWorld.Connection, told.Id)));
            if (!page.More)
                return [.. ids];
            position = page.Position;
        }
    }

    private static async Task StepAsync(SyncWorld<IDirectorySource> world, Random random, FaultPlan faults, Func<Random, Fault> trouble)
    {
        faults.Clear();
        if (random.Next(3) == 0)
            faults.Add(trouble(random));
        try
        {
            switch (random.Next(8))
            {
                case 0:
                    await world.ImportAsync();
                    break;
                case 1:
                    await world.ImportAsync(everything: false);
                    break;
                case 2:
                    await world.RestartAsync();
                    break;
                default:
                    if (!await world.ReadChangesAsync())
                        await world.ImportAsync();
                    break;
            }
        }
        catch (IdpException)
        {
            // The next one goes on.
        }

        faults.Clear();
    }
}
